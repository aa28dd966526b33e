"""Where the bars of a chart lie. Pure numbers; the template draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from openhealthcode.portal.supervisor.views import BarView, ChartView
from openhealthcode.supervision.summaries import Measure

WIDTH: Final = 240
HEIGHT: Final = 64
_LEAST: Final = 2.0
"""A bar that stands for something is seen."""


def chart(measure: Measure, weeks: Sequence[date], times: Mapping[date, int]) -> ChartView:
    """One measure's bars; the greatest fills the height."""
    most = max(times.values(), default=0)
    step = WIDTH / max(1, len(weeks))
    bars = []
    for place, week in enumerate(weeks):
        known = times.get(week)
        height = 0.0 if known is None else max(_LEAST, HEIGHT * known / most)
        bars.append(
            BarView(
                week, known, round(place * step, 2), round(HEIGHT - height, 2), round(height, 2)
            )
        )
    return ChartView(measure, sum(times.values()), most, tuple(bars))
