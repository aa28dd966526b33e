"""Budgets of the hot path, wide enough for a busy machine; ``make bench`` has the figures."""

from __future__ import annotations

from datetime import UTC, datetime
from timeit import repeat

from openhealthcode import healthcode
from openhealthcode.trust import Keys


def test_an_online_code_opens_within_twenty_microseconds(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    now = datetime.now(UTC)
    text = healthcode.issue(keys, b"a phone.", now)
    seconds = min(repeat(lambda: healthcode.open(keys, text, now), number=2000, repeat=9))
    keys.close()
    assert seconds / 2000 < 20e-6
