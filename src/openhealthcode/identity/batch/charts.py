"""Drawings of a report as SVG text: no script, no font, nothing fetched; the figures stand in tables too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

_ROW: Final = 22
_LABEL: Final = 330
_WIDE: Final = 800
_HIGH: Final = 260
_MARGIN: Final = 48


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, how far it reaches left or right, and the figure beside it."""

    label: str
    value: float
    told: str = ""
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, its points from left to right."""

    label: str
    style: str
    points: Sequence[tuple[float, float]]


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Bars from a common zero: to the right what speaks for one person, to the left against."""
    least = min([0.0, *(row.value for row in rows)])
    most = max([0.0, *(row.value for row in rows)])
    unit = (_WIDE - _LABEL - 2 * _MARGIN) / ((most - least) or 1.0)
    zero = _LABEL + _MARGIN - least * unit
    drawn = Markup("").join(_bar(place, row, zero, unit) for place, row in enumerate(rows))
    axis = Markup('<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(
        zero, len(rows) * _ROW
    )
    return _framed(title, len(rows) * _ROW, drawn + axis)


def lines(title: str, curves: Sequence[Line], horizontal: tuple[float, float]) -> Markup:
    """Curves over a common horizontal axis; the vertical one goes from 0 to 1."""
    left, right = horizontal
    across, up = (_WIDE - 2 * _MARGIN) / ((right - left) or 1.0), _HIGH - 2 * _MARGIN
    parts = [_grid(left, right, across, up)]
    for place, curve in enumerate(curves):
        points = " ".join(
            f"{_MARGIN + (x - left) * across:.1f},{_MARGIN + (1 - y) * up:.1f}"
            for x, y in curve.points
        )
        parts.append(
            Markup(
                '<polyline class="{0}" points="{1}"/><text class="{0}" x="{2}" y="{3}">{4}</text>'
            ).format(curve.style, points, _MARGIN + 8 + place * 180, _MARGIN - 14, curve.label)
        )
    return _framed(title, _HIGH, Markup("").join(parts))


def _bar(place: int, row: Bar, zero: float, unit: float) -> Markup:
    middle = place * _ROW + 15
    if row.is_heading:
        return Markup('<text class="heading" x="0" y="{}">{}</text>').format(middle, row.label)
    start, width = min(zero, zero + row.value * unit), abs(row.value * unit)
    side = "for" if row.value >= 0 else "against"
    beside = start + width + 6 if row.value >= 0 else start - 6
    return Markup(
        '<text x="14" y="{0}">{1}</text>'
        '<rect class="{2}" x="{3:.1f}" y="{4}" width="{5:.1f}" height="14"/>'
        '<text class="figure {2}" x="{6:.1f}" y="{0}">{7}</text>'
    ).format(middle, row.label, side, start, place * _ROW + 4, width, beside, row.told)


def _grid(left: float, right: float, across: float, up: float) -> Markup:
    rules = [
        Markup(
            '<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
            '<text class="figure" x="4" y="{3:.1f}">{4:.2f}</text>'
        ).format(_MARGIN, _WIDE - _MARGIN, y := _MARGIN + (1 - share) * up, y + 4, share)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    step = max(round((right - left) / 10), 1)
    rules += [
        Markup('<text class="figure" x="{:.1f}" y="{}">{}</text>').format(
            _MARGIN + (x - left) * across - 8, _HIGH - _MARGIN + 20, x
        )
        for x in range(round(left), round(right) + 1, step)
    ]
    return Markup("").join(rules)


def _framed(title: str, high: int, inside: Markup) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{0}" viewBox="0 0 {1} {2}" width="100%">'
        "<title>{0}</title>{3}</svg>"
    ).format(title, _WIDE, high, inside)
