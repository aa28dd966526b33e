"""Where the folded pattern begins, and how dark each of its cells is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from operator import add
from typing import Final

from openhealthcode.supervision.tracing.screen.period import BINS, Folded
from openhealthcode.trust.marks import SIDE

_WIDE: Final = BINS // SIDE
_KEPT: Final = 4
_NOTHING: Final = 1e-9
_CALM: Final = 1.0
"""Added to weights: a cell hardly ever free says little."""

Pilot = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cells:
    """One way to lay the pattern's begin.

    Args:
        likeness: of the cells alike on every screen, from 0 to 1.
        dark: of each cell, in units of what tells the pilot's dark cells from its light ones.
    """

    likeness: float
    dark: tuple[float, ...]


def cells_of(folded: Folded, pilot: Pilot) -> list[Cells]:
    """The likeliest ways to lay the pattern's begin, best first."""
    tones = [
        [tone / (weight + _CALM) for tone, weight in zip(*rows, strict=True)]
        for rows in zip(*map(_summed, folded), strict=True)
    ]
    begins: list[tuple[float, int, int]] = []
    for likeness, y, x in sorted(_likenesses(tones, pilot), reverse=True):
        if all(_apart(y, other_y) or _apart(x, other_x) for _, other_y, other_x in begins):
            begins.append((likeness, y, x))
        if len(begins) == _KEPT:
            break
    return [Cells(likeness, _read(tones, pilot, y, x)) for likeness, y, x in begins]


def _summed(spots: list[list[float]]) -> list[list[float]]:
    """The sum of a cell that begins at each spot; the pattern goes on at its other side."""
    rows = [_run(row) for row in spots]
    return [list(row) for row in zip(*map(_run, zip(*rows, strict=True)), strict=True)]


def _run(line: Sequence[float]) -> list[float]:
    twice = [*line, *line]
    return [sum(twice[at : at + _WIDE]) for at in range(BINS)]


def _likenesses(tones: list[list[float]], pilot: Pilot) -> list[tuple[float, int, int]]:
    """For each begin, how like the pilot its cells are, dark for dark."""
    twice = [row + row for row in tones]
    squares = [[tone * tone for tone in row] for row in twice]
    darks = sum(dark for _, dark in pilot)
    found: list[tuple[float, int, int]] = []
    for y in range(BINS):
        sums = powers = in_dark = [0.0] * BINS
        for cell, dark in pilot:
            row, at = (cell // SIDE * _WIDE + y) % BINS, cell % SIDE * _WIDE
            part = twice[row][at : at + BINS]
            sums = list(map(add, sums, part))
            powers = list(map(add, powers, squares[row][at : at + BINS]))
            if dark:
                in_dark = list(map(add, in_dark, part))
        for x, (total, power, dim) in enumerate(zip(sums, powers, in_dark, strict=True)):
            spread = power - total * total / len(pilot)
            lighter = total * darks / len(pilot) - dim
            most = sqrt(max(spread, 0.0) * darks * (len(pilot) - darks) / len(pilot))
            found.append((lighter / (most + _NOTHING), y, x))
    return found


def _apart(one: int, other: int) -> bool:
    return 1 < (one - other) % BINS < BINS - 1


def _read(tones: list[list[float]], pilot: Pilot, y: int, x: int) -> tuple[float, ...]:
    """How dark each cell is, where the pilot's dark cells are 1 and its light ones -1 on average."""
    seen = [
        tones[(cell // SIDE * _WIDE + y) % BINS][(cell % SIDE * _WIDE + x) % BINS]
        for cell in range(SIDE * SIDE)
    ]
    darks = sum(dark for _, dark in pilot)
    dim = sum(seen[cell] for cell, dark in pilot if dark) / darks
    light = sum(seen[cell] for cell, dark in pilot if not dark) / (len(pilot) - darks)
    half, middle = max((light - dim) / 2, _NOTHING), (light + dim) / 2
    return tuple((middle - tone) / half for tone in seen)
