"""A key directory of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openhealthcode.trust import Keys


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keys(directory: Path) -> Iterator[Keys]:
    opened = Keys.open(directory)
    yield opened
    opened.close()
