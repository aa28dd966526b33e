"""A trend as geometry: where the points of a series lie on a small drawing.

Time runs to the right by days, so that a gap between visits looks like a gap. The reference range
is a band behind the line. Pure numbers; the template draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openhealthcode.record.plain import as_date
from openhealthcode.record.summary import Point, Result

_LABEL_ROOM: Final = 52


@dataclass(frozen=True, slots=True)
class Dot:
    """One value on the drawing."""

    x: float
    y: float
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of the given size; ``lines`` are SVG paths, the diastolic one second."""

    width: int
    height: int
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    band_y: float
    band_height: float

    @property
    def has_band(self) -> bool:
        """Whether a reference range lies on the drawing."""
        return self.band_height > 0

    @property
    def labelled(self) -> tuple[Dot, ...]:
        """The dots that carry their value: the last always, the others where there is room."""
        kept = [self.dots[-1]]
        for dot in reversed(self.dots[:-1]):
            if kept[-1].x - dot.x >= _LABEL_ROOM:
                kept.append(dot)
        return tuple(reversed(kept))


def draw(result: Result, *, width: int, height: int, margin: int, foot: int = 0) -> Chart | None:
    """Lay out a series of at least two values; fewer show no trend.

    Args:
        result: the series.
        width: of the whole drawing.
        height: of the whole drawing.
        margin: kept free around the points, for the dots and their values.
        foot: kept free below, for the dates.
    """
    points = [point for point in result.points if point.when]
    if len(points) < 2:
        return None
    across = _across(points, width, margin)
    ground = height - foot
    down = _Scale.over(_values(points, result), margin, ground - min(margin, 8))
    places = _places([point.value for point in points])
    series = [[point.value for point in points]]
    if all(point.second is not None for point in points):
        series.append([point.second or 0.0 for point in points])
    band_top, band_bottom = _band(result, down, ground)
    return Chart(
        width=width,
        height=height,
        lines=tuple(_path(across, [down.at(value) for value in values]) for values in series),
        dots=tuple(
            Dot(x, round(down.at(point.value), 1), _text(point, places), point.when)
            for x, point in zip(across, points, strict=True)
        ),
        band_y=band_top,
        band_height=round(band_bottom - band_top, 1),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    per_unit: float
    bottom: float

    @classmethod
    def over(cls, values: Sequence[float], top: float, bottom: float) -> _Scale:
        low, high = min(values), max(values)
        spread = high - low
        # A nearly constant series stays a nearly level line instead of an alarming zigzag.
        least = max(abs(high), 1e-9) * 0.08
        if spread < least:
            low, spread = (high + low - least) / 2, least
        return cls(low, (bottom - top) / spread, bottom)

    def at(self, value: float) -> float:
        return self.bottom - (value - self.low) * self.per_unit


def _values(points: Sequence[Point], result: Result) -> list[float]:
    values = [point.value for point in points]
    values += [point.second for point in points if point.second is not None]
    low, high = min(values), max(values)
    room = (high - low) or max(abs(high), 1e-9)
    # A limit far away from every value would squeeze the line flat: it then stays off the drawing.
    values += [
        limit
        for limit in (result.low, result.high)
        if limit is not None and low - room <= limit <= high + room
    ]
    return values


def _across(points: Sequence[Point], width: int, margin: int) -> list[float]:
    days = [as_date(point.when) for point in points]
    numbers = [day.toordinal() if day else 0 for day in days]
    first, last = min(numbers), max(numbers)
    room = width - 2 * margin
    if first == last:
        step = room / (len(points) - 1)
        return [round(margin + step * place, 1) for place in range(len(points))]
    return [round(margin + (number - first) / (last - first) * room, 1) for number in numbers]


def _band(result: Result, down: _Scale, ground: int) -> tuple[float, float]:
    if result.low is None and result.high is None:
        return 0.0, 0.0
    top = 0.0 if result.high is None else down.at(result.high)
    bottom = float(ground) if result.low is None else down.at(result.low)
    top, bottom = (round(min(max(edge, 0.0), float(ground)), 1) for edge in (top, bottom))
    return top, max(top, bottom)


def _path(across: Sequence[float], down: Sequence[float]) -> str:
    pairs = (f"{x:g} {y:.1f}" for x, y in zip(across, down, strict=True))
    return "M" + "L".join(pairs)


def _text(point: Point, places: int) -> str:
    if point.second is not None:
        return f"{point.value:.0f}/{point.second:.0f}"
    return f"{point.value:.{places}f}"


def _places(values: Sequence[float]) -> int:
    """Decimals that all values of a series are written with, so that they can be compared."""
    size = max(abs(value) for value in values)
    most = 0 if size >= 100 else 1 if size >= 10 else 2
    return next(
        (places for places in range(most) if all(round(v, places) == v for v in values)), most
    )
