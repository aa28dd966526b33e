"""The figures of the region: charts with their tables, by period and place; nobody's record."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import registry
from openhealthcode.consent import emergency
from openhealthcode.portal.layout import Language, language_of, platform_of, render
from openhealthcode.portal.layout.headers import PLAIN
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor import bars
from openhealthcode.portal.supervisor.views import (
    GroupView,
    HealthView,
    PeriodView,
    PlaceView,
)
from openhealthcode.portal.supervisor.waiting import waiting
from openhealthcode.standards import OFFICIAL_TIME, InvalidInput
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.supervision import summaries
from openhealthcode.supervision.summaries import Figures, Measure, Place, Scope
from openhealthcode.transparency import NoteVerifier, open_checkpoint, read_policy

LENGTHS: Final = (4, 13, 26, 52)
"""Weeks that may be chosen."""
GROUPS: Final[Mapping[str, tuple[Measure, ...]]] = {
    "codes": (
        Measure.CODE_SHOWN,
        Measure.PHONE_BOUND,
        Measure.CODE_OFFLINE,
        Measure.CODE_PRINTED,
    ),
    "sharing": (
        Measure.SHOWN_TO_PEOPLE,
        Measure.SHOWN_TO_SYSTEMS,
        Measure.REFUSED,
        Measure.FILED,
    ),
    "consents": (
        Measure.ASKED,
        Measure.GRANTED,
        Measure.DENIED,
        Measure.WITHDRAWN,
        Measure.RESTRICTED,
    ),
    "emergency": (Measure.OVERRIDE, Measure.OVERRIDE_REVIEWED),
    "residents": (Measure.REGISTERED, Measure.CLOSED, Measure.OWN_VIEW, Measure.COPIED),
}
BY_PLACE: Final = (
    Measure.CODE_SHOWN,
    Measure.SHOWN_TO_PEOPLE,
    Measure.SHOWN_TO_SYSTEMS,
    Measure.REFUSED,
    Measure.FILED,
    Measure.OVERRIDE,
)
"""The columns of the table of places: what institutions do."""
_DIVISION_LENGTH: Final = 6


async def show_dashboard(request: Request, seat: Seat) -> Response:
    """The page."""
    pool, scope = platform_of(request).pool, _scope(request)
    found, overrides, active, (waits, warned), health = await asyncio.gather(
        summaries.figures(pool, scope),
        emergency.override_figures(pool),
        summaries.active_institutions(pool, scope),
        waiting(pool, platform_of(request).keys),
        _health(request),
    )
    return render(
        request,
        "supervisor/dashboard.html",
        office=seat.office,
        period=await _period(request, scope),
        groups=_groups(found),
        places=await _places(request, scope, found),
        columns=BY_PLACE,
        overrides=overrides,
        active=len(active),
        waits=waits,
        silenced=warned.silenced,
        health=health,
        fewest=summaries.FEWEST,
        width=bars.WIDTH,
        height=bars.HEIGHT,
    )


async def tell_dashboard(request: Request, _: Seat) -> Response:
    """The same numbers as a table for other programs: week, measure, times."""
    found = await summaries.figures(platform_of(request).pool, _scope(request))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("week", "measure", "times"))
    for measure, times in sorted(found.by_week.items()):
        writer.writerows((week.isoformat(), measure, times[week]) for week in sorted(times))
    headers = PLAIN.headers() | {"Content-Disposition": 'attachment; filename="figures.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def _scope(request: Request) -> Scope:
    """What the page was asked for.

    Raises:
        InvalidInput: not what our page offers.
    """
    asked = request.query_params
    division, institution = asked.get("division", ""), asked.get("institution", "")
    try:
        weeks = int(asked.get("weeks", "13"))
        institution_id = UUID(institution) if institution else None
    except ValueError:
        raise InvalidInput("not a period or place of the list") from None
    is_division = len(division) == _DIVISION_LENGTH and division.isascii() and division.isdigit()
    if weeks not in LENGTHS or (division and not is_division):
        raise InvalidInput("not a period or place of the list")
    end = _monday(datetime.now(OFFICIAL_TIME).date()) + timedelta(days=7)
    return Scope(end - timedelta(weeks=weeks), end, division, institution_id)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


async def _period(request: Request, scope: Scope) -> PeriodView:
    names = await _names(request, [scope.institution_id] if scope.institution_id else [])
    return PeriodView(
        weeks=(scope.end_week - scope.first_week).days // 7,
        lengths=LENGTHS,
        division=scope.division,
        institution=names.get(scope.institution_id, "") if scope.institution_id else "",
        first_week=scope.first_week,
        last_day=min(datetime.now(OFFICIAL_TIME).date(), scope.end_week - timedelta(days=1)),
    )


def _groups(found: Figures) -> tuple[GroupView, ...]:
    return tuple(
        GroupView(
            name,
            tuple(bars.chart(one, found.weeks, found.by_week.get(one, {})) for one in measures),
        )
        for name, measures in GROUPS.items()
    )


async def _places(request: Request, scope: Scope, found: Figures) -> tuple[PlaceView, ...]:
    """One line for each place, the busiest first; the small ones together at the end."""
    seen = {place for of in BY_PLACE for place in found.by_place.get(of, {})}
    names = await _names(request, [one.institution_id for one in seen if one.institution_id])
    lines = [
        PlaceView(
            name=_name(place, scope, names),
            query=_query(request, place, scope),
            numbers=tuple(found.by_place.get(of, {}).get(place) for of in BY_PLACE),
        )
        for place in seen
    ]
    return tuple(sorted(lines, key=lambda one: (not one.name, -sum(filter(None, one.numbers)))))


def _name(place: Place, scope: Scope, names: Mapping[UUID, str]) -> str:
    if place.institution_id is not None:
        return names.get(place.institution_id, str(place.institution_id))
    return "" if scope.division else place.division


def _query(request: Request, place: Place, scope: Scope) -> str:
    """Where the figures of this place alone are; empty if these are them, or there are none."""
    weeks = request.query_params.get("weeks", "13")
    if place.institution_id is not None and scope.institution_id is None:
        asked = {"weeks": weeks, "division": place.division, "institution": place.institution_id}
        return urlencode(asked)
    if place.division and not scope.division:
        return urlencode({"weeks": weeks, "division": place.division})
    return ""


async def _names(request: Request, ids: Iterable[UUID]) -> dict[UUID, str]:
    pool, in_english = platform_of(request).pool, language_of(request) is Language.ENGLISH
    known = await registry.institutions(pool, {InstitutionId(one) for one in ids})
    return {id_: (one.name_en if in_english else "") or one.name for id_, one in known.items()}


async def _health(request: Request) -> HealthView | None:
    """How the log stands; None where no log is kept."""
    platform = platform_of(request)
    sequencer = platform.sequencer
    if sequencer is None:
        return None
    note = await asyncio.to_thread(sequencer.published)
    leaves = open_checkpoint(note, NoteVerifier(sequencer.verifier_key)).size if note else 0
    counted, counted_at = await summaries.counted_up_to(platform.pool)
    return HealthView(
        leaves=leaves,
        waiting=await sequencer.waiting(),
        behind=max(0, leaves - counted),
        counted_at=counted_at,
        witnesses=tuple(one.verifier.name for one in read_policy(sequencer.policy).witnesses),
        late=tuple(one.name for one in getattr(platform, "chores", ()) if one.is_late),
    )
