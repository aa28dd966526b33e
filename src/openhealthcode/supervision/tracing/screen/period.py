"""How far apart the pattern repeats in a picture, whatever the picture was scaled to.

A first guess from signs alone: shifted by one period, lighter falls on lighter. It is made finer by
laying all repetitions over each other: only the true period leaves the pattern standing.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from operator import add, mul
from typing import Final

from openhealthcode.supervision.tracing.screen.samples import Samples

BINS: Final = 64
"""Spots in a row of the folded pattern, and rows: four by four for a cell."""
_SHORTEST: Final = 22
_LONGEST: Final = 210
_KEPT: Final = 6
_LEAST_SEEN: Final = 400
_MOST_STEPS: Final = 60

Folded = tuple[list[list[float]], list[list[float]]]
"""Tones and weights of the folded pattern, row by row."""


def periods(samples: Samples) -> Iterator[float]:
    """Likely periods in spots, the likeliest first, each made fine."""
    scores = _scores(samples)
    rough: list[int] = []
    for shift in sorted(scores, key=lambda one: -scores[one]):
        if len(rough) < _KEPT and all(abs(shift - one) > 1 for one in rough):
            rough.append(shift)
            yield _finer(samples, shift)


def fold(samples: Samples, period: float) -> Folded:
    """All repetitions of a pattern of this period laid over each other."""
    return _folded(samples, samples.tones, period), _folded(samples, samples.weights, period)


def _scores(samples: Samples) -> dict[int, float]:
    """For each shift, how much oftener than by chance signs agree with those it falls on."""
    width, height = samples.width, samples.height
    across = _signs(samples.tones, width)
    down = _signs([tone for x in range(width) for tone in samples.tones[x::width]], height)
    scores: dict[int, float] = {}
    for shift in range(_SHORTEST, _LONGEST):
        agree = both = 0
        for lighter, darker in (across, down):
            alike = (lighter & lighter >> shift).bit_count() + (
                darker & darker >> shift
            ).bit_count()
            free = lighter | darker
            agree += alike
            both += (free & free >> shift).bit_count()
        if both >= _LEAST_SEEN:
            scores[shift] = (2 * agree - both) / sqrt(both)
    return scores


def _signs(tones: list[float], width: int) -> tuple[int, int]:
    """Lighter and darker spots as bits, with room between rows that no shift crosses."""
    room = bytes(_LONGEST)
    lighter, darker = bytearray(), bytearray()
    for start in range(0, len(tones), width):
        row = tones[start : start + width]
        lighter += bytes([tone > 0 for tone in row]) + room
        darker += bytes([tone < 0 for tone in row]) + room
    return _bits(lighter), _bits(darker)


def _bits(flags: bytearray) -> int:
    return int(flags.translate(b"01" + bytes(254)).decode(), 2)


def _finer(samples: Samples, shift: int) -> float:
    """The period near a shift under which the folded pattern stands out most."""
    step = max(shift**2 / (48 * max(samples.width, samples.height)), 2 / _MOST_STEPS)
    steps = int(1 / step)
    return max(
        (shift + step * each for each in range(-steps, steps + 1)),
        key=lambda period: _contrast(_folded(samples, samples.tones, period)),
    )


def _contrast(tones: list[list[float]]) -> float:
    return sum(sum(map(mul, row, row)) for row in tones)


def _folded(samples: Samples, values: list[float], period: float) -> list[list[float]]:
    """Down first, whole rows at once, then across."""
    bins, width = BINS / period, samples.width
    rows: list[list[float]] = [[] for _ in range(BINS)]
    for y in range(samples.height):
        row, at = values[y * width : (y + 1) * width], int((y + 0.5) * bins) % BINS
        rows[at] = list(map(add, rows[at], row)) if rows[at] else row
    places = [int((x + 0.5) * bins) % BINS for x in range(width)]
    folded = [[0.0] * BINS for _ in range(BINS)]
    for line, row in zip(folded, rows, strict=True):
        for at, value in zip(places, row, strict=False):
            line[at] += value
    return folded
