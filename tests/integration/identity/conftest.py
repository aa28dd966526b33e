"""Keys for the identity tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openhealthcode.trust import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()
