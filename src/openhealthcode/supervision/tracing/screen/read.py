"""How dark each cell of a screen's pattern is in a picture, in the few ways it may be laid."""

from __future__ import annotations

from typing import Final

from PIL import Image

from openhealthcode.supervision.tracing.screen.cells import Cells, Pilot, cells_of
from openhealthcode.supervision.tracing.screen.period import fold, periods
from openhealthcode.supervision.tracing.screen.samples import samples_of

ATTEMPTS: Final = 4
"""So many readings of one picture are held against the accounts."""
_SURE: Final = 0.7
_LEAST_LIKE: Final = 0.35


def read_screen(grey: Image.Image, pilot: Pilot) -> list[tuple[float, ...]]:
    """Readings of all 256 cells, the likeliest first; none where no pattern is to be seen.

    Takes about a second of processor time, a few for a picture that is none of ours.

    Args:
        grey: the picture; it may be made smaller.
        pilot: the cells that are alike on every screen.
    """
    samples = samples_of(grey)
    found: list[Cells] = []
    for period in periods(samples):
        found += cells_of(fold(samples, period), pilot)
        if max(one.likeness for one in found) > _SURE:
            break
    found.sort(key=lambda one: -one.likeness)
    return [one.dark for one in found[:ATTEMPTS] if one.likeness > _LEAST_LIKE]
