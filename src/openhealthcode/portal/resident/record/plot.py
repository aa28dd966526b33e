"""Where the points, lines and marks of a drawing lie. Pure numbers; the template draws them.

Time runs to the right in proportion, so that a gap between two visits looks like one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 360
HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 26, 14, 26
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_LEAST_SPREAD: Final = 0.08
"""Of the greatest value: a nearly constant series stays level instead of an alarming zigzag."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: its place and what it says."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One value; a flagged one is drawn hollow."""

    x: float
    y: float
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A path, and what stands at its end."""

    path: str
    end: Dot
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of ``WIDTH`` by ``HEIGHT``.

    Args:
        lines: of the values.
        curves: to compare with, behind them.
        dots: the values.
        band: top and height of the reference range; None when there is none to draw.
        across, down: marks of the axes.
    """

    lines: tuple[Line, ...]
    curves: tuple[Line, ...]
    dots: tuple[Dot, ...]
    band: tuple[float, float] | None
    across: tuple[Tick, ...]
    down: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Values:
    """One line of values: across, down, and whether each is out of range."""

    points: tuple[tuple[float, float], ...]
    flagged: frozenset[int] = frozenset()


def plot(
    values: Sequence[Values],
    across: Sequence[tuple[float, str]],
    *,
    curves: Sequence[tuple[str, tuple[tuple[float, float], ...]]] = (),
    band: tuple[float | None, float | None] = (None, None),
) -> Plot:
    """Lay out lines of values over one another.

    Args:
        values: at least one point in all.
        across: what the marks of time say, in the unit of the points, in ascending order; the
            first and the last are the edges of the drawing.
        curves: named lines to compare with.
        band: the reference range; an end far from every value stays off the drawing.
    """
    told = [y for one in values for _, y in one.points]
    told += [y for _, points in curves for x, y in points if across[0][0] <= x <= across[-1][0]]
    told += _near(band, told)
    marks = _marks(min(told), max(told))
    to_x = _Scale(across[0][0], across[-1][0], _LEFT, WIDTH - _RIGHT)
    to_y = _Scale(marks[0], marks[-1], HEIGHT - _BOTTOM, _TOP)
    drawn = [[Dot(to_x(x), to_y(y)) for x, y in one.points] for one in values]
    return Plot(
        lines=tuple(_line(dots) for dots in drawn if dots),
        curves=tuple(
            _line([Dot(to_x(x), to_y(y)) for x, y in points if x <= across[-1][0]], name)
            for name, points in curves
        ),
        dots=tuple(
            Dot(dot.x, dot.y, place in one.flagged)
            for one, dots in zip(values, drawn, strict=True)
            for place, dot in enumerate(dots)
        ),
        band=_band(band, to_y),
        across=tuple(Tick(to_x(x), text) for x, text in across),
        down=tuple(Tick(to_y(y), f"{y:g}") for y in marks),
    )


class _Scale:
    """Takes a stretch of values to a stretch of the drawing; a single value to its middle."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._spread = low, high - low
        self._start, self._room = start, end - start

    def __call__(self, value: float) -> float:
        share = (value - self._low) / self._spread if self._spread else 0.5
        return round(self._start + share * self._room, 1)


def _marks(low: float, high: float) -> list[float]:
    """Round numbers around all values, about four of them."""
    spread = max(high - low, max(abs(high), abs(low), 1e-9) * _LEAST_SPREAD)
    rough = spread / 3
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if first == last:
        first, last = first - 1, last + 1
    return [round(number * step, 10) for number in range(first, last + 1)]


def _near(band: tuple[float | None, float | None], told: Iterable[float]) -> list[float]:
    """The ends of a range that would not squeeze the line flat."""
    values = list(told)
    low, high = min(values), max(values)
    room = (high - low) or max(abs(high), 1e-9)
    return [end for end in band if end is not None and low - room <= end <= high + room]


def _band(band: tuple[float | None, float | None], to_y: _Scale) -> tuple[float, float] | None:
    low, high = band
    if low is None and high is None:
        return None
    ground, ceiling = float(HEIGHT - _BOTTOM), float(_TOP)
    top = ceiling if high is None else min(max(to_y(high), ceiling), ground)
    bottom = ground if low is None else min(max(to_y(low), ceiling), ground)
    return (top, round(bottom - top, 1)) if bottom > top else None


def _line(dots: Sequence[Dot], text: str = "") -> Line:
    return Line("M" + "L".join(f"{dot.x:g} {dot.y:g}" for dot in dots), dots[-1], text)
