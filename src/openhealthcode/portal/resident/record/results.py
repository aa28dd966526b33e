"""Results over time: what can be compared in one line, and each line as a chart with its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import Entry
from openhealthcode.portal.layout import language_of, render
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.record.own import known_sources, opened, own_entries
from openhealthcode.portal.resident.record.plot import Plot, Values, plot
from openhealthcode.portal.resident.record.views import ChartView, ReadingView, SeriesView
from openhealthcode.record.plain import as_date, text_matches
from openhealthcode.record.series import Place, Reading, Series, part_of, series_of
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory

MEASURED: Final = (
    RecordCategory.LABORATORY,
    RecordCategory.VITAL_SIGNS,
    RecordCategory.IMAGING,
    RecordCategory.BLOOD_TYPE,
)
_LONGEST_QUERY: Final = 64
_LEAST_DAYS: Final = 2
_MOST_MARKS: Final = 4
_YEARS_IN_MARKS_FROM_DAYS: Final = 730


async def show_results(request: Request, session: ResidentSession) -> Response:
    """Every kind of result on record, the latest first."""
    entries = await own_entries(request, session, *MEASURED)
    known = await known_sources(request, entries)
    query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
    found = [
        _listed(one, entries, known)
        for one in series_of(opened(entries), language_of(request).value)
        if text_matches(one.name, query)
    ]
    return render(request, "resident/record_results.html", series=found, query=query)


async def show_chart(request: Request, session: ResidentSession) -> Response:
    """The series to which one result belongs.

    Raises:
        NotFound: there is no such result, or it is in no series.
    """
    entry_id: UUID = request.path_params["id"]
    entries = await own_entries(request, session, *MEASURED)
    place = next((i for i, entry in enumerate(entries) if entry.entry_id == entry_id), None)
    series = series_of(opened(entries), language_of(request).value)
    one = None if place is None else part_of(series, Place(place, _part(request)))
    if one is None:
        raise NotFound
    known = await known_sources(request, entries)
    others = [other for other in series if other is not one and other.name == one.name]
    chart = ChartView(
        name=one.name,
        unit=one.unit,
        readings=tuple(_reading(each, entries, known) for each in reversed(one.readings)),
        plot=draw(one),
        mixed_ranges=one.band == (None, None) and any(each.reference for each in one.readings),
        others=tuple(_listed(other, entries, known) for other in others),
    )
    return render(request, "resident/record_chart.html", chart=chart)


def draw(series: Series) -> Plot | None:
    """The line of a series, of blood pressures two; None with numbers of one day only."""
    drawn = [
        (day, reading.value, reading)
        for reading in series.readings
        if reading.value is not None and (day := as_date(reading.when))
    ]
    days = [day.toordinal() for day, _, _ in drawn]
    if len(set(days)) < _LEAST_DAYS:
        return None
    flagged = frozenset(place for place, (_, _, one) in enumerate(drawn) if one.flag)
    lines = [Values(tuple(zip(days, (value for _, value, _ in drawn), strict=True)), flagged)]
    seconds = [one.second for _, _, one in drawn if one.second is not None]
    if len(seconds) == len(drawn):
        lines.append(Values(tuple(zip(days, seconds, strict=True)), flagged))
    return plot(lines, _marks([day for day, _, _ in drawn]), band=series.band)


def _marks(days: Sequence[date]) -> list[tuple[float, str]]:
    """First and last day, and whole years between them."""
    first, last = days[0], days[-1]
    by_year = (last - first).days >= _YEARS_IN_MARKS_FROM_DAYS
    form = "%Y" if by_year else "%Y-%m"
    marks = [(float(first.toordinal()), first.strftime(form))]
    if by_year:
        step = -(-(last.year - first.year) // _MOST_MARKS)
        room = (last - first).days / (_MOST_MARKS + 2)
        for year in range(first.year + step, last.year + 1, step):
            place = float(date(year, 1, 1).toordinal())
            if place - marks[-1][0] > room and last.toordinal() - place > room:
                marks.append((place, str(year)))
    return [*marks, (float(last.toordinal()), last.strftime(form))]


def _part(request: Request) -> int:
    text = request.query_params.get("part", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise InvalidInput("no such part")
    return int(text)


def _listed(one: Series, entries: Sequence[Entry], known: Acquaintances) -> SeriesView:
    latest = _reading(one.latest, entries, known)
    part = one.latest.place.part
    return SeriesView(
        name=one.name,
        unit=one.unit,
        latest=latest,
        count=len(one.readings),
        address=f"/record/results/{latest.entry_id}" + (f"?part={part}" if part else ""),
    )


def _reading(reading: Reading, entries: Sequence[Entry], known: Acquaintances) -> ReadingView:
    entry = entries[reading.place.entry]
    return ReadingView(
        entry_id=entry.entry_id,
        when=reading.when,
        text=reading.text,
        flag=reading.flag,
        reference=reading.reference,
        source=known.institution(entry.institution_id),
    )
