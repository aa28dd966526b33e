"""How a child grows: weight, height and head beside the curves of the WHO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import Entry
from openhealthcode.portal.layout import language_of, render
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.record.own import (
    is_child,
    known_sources,
    opened,
    own_entries,
    person_in,
)
from openhealthcode.portal.resident.record.plot import Plot, Values, plot
from openhealthcode.portal.resident.record.views import GrowthView, MeasuredView
from openhealthcode.record.growth import LAST_MONTH, Growth, Measured, growth_of
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import RecordCategory, Sex

_SPANS: Final = (12, 24, 36, LAST_MONTH)
"""How many months a chart can reach; it is as long as the child's measurements need."""
_SURE: Final = (1, 99)
"""A centile beyond is said to be the outermost: nobody counts the hundredth child."""


async def show_growth(request: Request, session: ResidentSession) -> Response:
    """One chart and one table for each kind of measurement."""
    entries = await own_entries(
        request, session, RecordCategory.VITAL_SIGNS, RecordCategory.DEMOGRAPHICS
    )
    resources = opened(entries)
    born, sex = person_in(resources)
    known = await known_sources(request, entries)
    said = catalogue(language_of(request))
    charts = [
        GrowthView(
            growth=one,
            plot=draw(one, said.plain("record.growth.axis.months")),
            rows=tuple(_row(each, one, entries, known) for each in reversed(one.points)),
            sex=sex if one.curves else "",
        )
        for one in (growth_of(resources, born, sex) if born else ())
    ]
    return render(
        request,
        "resident/record_growth.html",
        charts=charts,
        is_birth_known=born is not None,
        is_child=is_child(born),
        is_sex_known=sex in (Sex.MALE, Sex.FEMALE),
    )


def draw(growth: Growth, months: str) -> Plot:
    """The points of a child over the curves, to the end of the year that holds the last one.

    Args:
        months: the word after the last mark of the axis.
    """
    reach = next(span for span in _SPANS if growth.points[-1].months <= span)
    step = reach // 6
    marks = [(float(at), str(at)) for at in range(0, reach - step, step)]
    curves = [
        (str(curve.centile), tuple(enumerate(curve.values[: reach + 1]))) for curve in growth.curves
    ]
    return plot(
        [Values(tuple((one.months, one.value) for one in growth.points))],
        [*marks, (float(reach), f"{reach}{months}")],
        curves=curves,
    )


def _row(
    one: Measured, growth: Growth, entries: Sequence[Entry], known: Acquaintances
) -> MeasuredView:
    entry = entries[one.entry]
    centile = None
    if one.centile is not None and growth.curves:
        centile = min(max(round(one.centile), _SURE[0]), _SURE[1])
    return MeasuredView(
        entry_id=entry.entry_id,
        when=one.when,
        age_months=int(one.months),
        value=f"{one.value:g}",
        centile=centile,
        source=known.institution(entry.institution_id),
    )
