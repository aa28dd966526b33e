"""Curves over sizes that grow by tens, as an SVG without script, font or anything fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Final
from xml.sax.saxutils import escape

_WIDE: Final = 720
_HIGH: Final = 340
_LEFT: Final = 64
_TOP: Final = 48
_RIGHT: Final = 96
_BOTTOM: Final = 48


@dataclass(frozen=True)
class Curve:
    """One curve: a figure for each size."""

    label: str
    colour: str
    values: Sequence[float]


def drawn(title: str, sizes: Sequence[float], curves: Sequence[Curve]) -> str:
    """The whole picture; the horizontal axis by tens, the vertical one from zero."""
    most = _rounded(max(value for curve in curves for value in curve.values))
    parts = [
        *_grid(sizes, most),
        *(part for curve in curves for part in _curve(curve, sizes, most)),
    ]
    name = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDE} {_HIGH}" '
        f'font-family="sans-serif" font-size="13">\n<title>{name}</title>\n'
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#ffffff"/>\n'
        f'<text x="{_LEFT}" y="24" font-size="15">{name}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _curve(curve: Curve, sizes: Sequence[float], most: float) -> list[str]:
    points = [
        (_x(size, sizes), _y(value, most)) for size, value in zip(sizes, curve.values, strict=True)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{curve.colour}"/>' for x, y in points]
    last_x, last_y = points[-1]
    told = f"{curve.label} {curve.values[-1]:g}"
    return [
        f'<polyline points="{path}" fill="none" stroke="{curve.colour}" stroke-width="2"/>',
        *dots,
        f'<text x="{last_x + 8:.1f}" y="{last_y + 4:.1f}" fill="{curve.colour}">{told}</text>',
    ]


def _grid(sizes: Sequence[float], most: float) -> list[str]:
    parts = []
    for step in range(6):
        value = most * step / 5
        y = _y(value, most)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d5d9de"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    for size in sizes:
        x = _x(size, sizes)
        parts.append(
            f'<text x="{x:.1f}" y="{_HIGH - _BOTTOM + 22}" text-anchor="middle">{size:,.0f}</text>'
        )
    return parts


def _x(size: float, sizes: Sequence[float]) -> float:
    first, last = log10(sizes[0]), log10(sizes[-1])
    return _LEFT + (log10(size) - first) / ((last - first) or 1.0) * (_WIDE - _LEFT - _RIGHT)


def _y(value: float, most: float) -> float:
    return _TOP + (1 - value / most) * (_HIGH - _TOP - _BOTTOM)


def _rounded(most: float) -> float:
    """The next 1, 2 or 5 of a power of ten."""
    power = 10.0 ** (ceil(log10(most)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)
