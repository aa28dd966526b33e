"""The pattern of a clinic's pages that a program reads from a picture of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from openhealthcode.trust import Keys
from openhealthcode.trust.marks import SIDE, ScreenCode


def pattern_now(keys: Keys, account: UUID) -> str:
    """The dark cells of this account at this minute, as the path of an SVG."""
    return pattern(keys.screens, account, datetime.now(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=1_000)
def pattern(code: ScreenCode, account: UUID, minute: datetime) -> str:
    """The same for any minute; a cell is one unit, a row is drawn through its middle."""
    cells = code.cells(account, minute)
    return "".join(_lines(f"{cells:0{SIDE * SIDE}b}"[::-1]))


def _lines(cells: str) -> Iterator[str]:
    for y in range(SIDE):
        x = 0
        for dark, run in groupby(cells[y * SIDE : (y + 1) * SIDE]):
            length = len(list(run))
            if dark == "1":
                yield f"M{x} {y}h{length}"
            x += length
