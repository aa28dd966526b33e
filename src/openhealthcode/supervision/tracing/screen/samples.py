"""A picture reduced to what is faint in it: how much darker than its surroundings each spot is.

What is written on a page, its lines and the borders of its cards are left out; spots beside them
count as far as they are free.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import sub
from typing import Final

from PIL import Image, ImageChops

_LONGEST: Final = 480
_LEAST_STEP: Final = 2.0
_MOST_PIXELS_LONG: Final = 2048
_NEAR: Final = 2
_EVEN: Final = 9
"""Tones apart within two pixels; more is a letter, a line or a border."""
_IS_EVEN: Final = [255 if tone <= _EVEN else 0 for tone in range(256)]
_AROUND: Final = 8
_FREE: Final = 0.15
_FREE_AROUND: Final = 40.0
_FAINTEST_INK: Final = 6.0
_CLIP: Final = 4.0
_DARK: Final = 110


@dataclass(frozen=True, slots=True)
class Samples:
    """A picture as rows of spots.

    Args:
        tones: of each spot, how much lighter than its surroundings, times its weight.
        weights: from 0, written over, to 1, free.
    """

    width: int
    height: int
    tones: list[float]
    weights: list[float]


def samples_of(grey: Image.Image) -> Samples:
    """The faint part of a picture; a dark page counts as its negative."""
    grey.thumbnail((_MOST_PIXELS_LONG, _MOST_PIXELS_LONG))
    if sorted(grey.resize((64, 64)).tobytes())[2048] < _DARK:
        grey = ImageChops.invert(grey)
    lightest = _extreme(grey, ImageChops.lighter)
    even = ImageChops.subtract(lightest, _extreme(grey, ImageChops.darker)).point(_IS_EVEN)
    step = max(_LEAST_STEP, max(grey.size) / _LONGEST)
    size = (max(1, int(grey.width / step)), max(1, int(grey.height / step)))
    covered = (0.0, 0.0, min(size[0] * step, grey.width), min(size[1] * step, grey.height))

    def reduced(image: Image.Image) -> list[float]:
        spots = image.convert("F").resize(size, Image.Resampling.BOX, covered)
        return list(array("f", spots.tobytes()))

    weights = [free / 255 for free in reduced(even)]
    sums = reduced(Image.composite(grey, Image.new("L", grey.size), even))
    return _faint(*size, sums, weights)


def _extreme(
    grey: Image.Image, choose: Callable[[Image.Image, Image.Image], Image.Image]
) -> Image.Image:
    """The lightest or darkest tone within two pixels of each; shifted whole, not pixel by pixel."""
    for across, down in ((1, 0), (0, 1)):
        shifted = [
            ImageChops.offset(grey, across * far, down * far) for far in range(-_NEAR, _NEAR + 1)
        ]
        grey = reduce(choose, shifted)
    return grey


def _faint(width: int, height: int, sums: list[float], weights: list[float]) -> Samples:
    """Tones less those of their surroundings, twice: the second time without what stood out."""
    tones = _above(width, height, sums, weights)
    for spot, tone in enumerate(tones):
        if weights[spot] <= _FREE or abs(tone) > _FAINTEST_INK:
            sums[spot] = weights[spot] = 0.0
    tones = _above(width, height, sums, weights)
    kept = [
        max(-_CLIP, min(_CLIP, tone)) * weight for tone, weight in zip(tones, weights, strict=True)
    ]
    return Samples(width, height, kept, weights)


def _above(width: int, height: int, sums: list[float], weights: list[float]) -> list[float]:
    """How much lighter each spot is than the mean of the free ones around it."""
    around = zip(_boxes(width, height, sums), _boxes(width, height, weights), strict=True)
    means = [total / free if free > _FREE_AROUND else None for total, free in around]
    return [
        total / free - mean if free > _FREE and mean is not None else 0.0
        for total, free, mean in zip(sums, weights, means, strict=True)
    ]


def _boxes(width: int, height: int, spots: list[float]) -> list[float]:
    """The sum of the spots in a square around each."""
    rows = [_windows(spots[start : start + width]) for start in range(0, width * height, width)]
    columns = [_windows(column) for column in zip(*rows, strict=True)]
    return [total for row in zip(*columns, strict=True) for total in row]


def _windows(line: list[float] | tuple[float, ...]) -> list[float]:
    total = [0.0] * (_AROUND + 1) + list(accumulate(line))
    total += total[-1:] * _AROUND
    return list(map(sub, total[2 * _AROUND + 1 :], total[: len(line)]))
