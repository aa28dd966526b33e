"""Look-ups that stand out: who tries out identities, or asked for somebody who does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import registry
from openhealthcode.access import lookups
from openhealthcode.access.lookups import Alarm, AlarmKind
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import PractitionerId, SystemId


@dataclass(frozen=True, slots=True)
class AlarmView:
    """What one caller did on one day."""

    kind: AlarmKind
    on_day: date
    caller_id: UUID
    caller: str
    institution: str
    times: int
    first_at: datetime
    latest_at: datetime
    seen_at: datetime | None
    seen_by: str


async def show_lookups(request: Request, seat: Seat) -> Response:
    """What nobody has looked into first, then the latest."""
    found = await lookups.alarms(platform_of(request).pool)
    views = [await _view(request, one) for one in found]
    return render(request, "reviewer/lookups.html", office=seat.office, alarms_of_lookups=views)


async def see_lookups(request: Request, seat: Seat) -> Response:
    """Somebody looks into one of them.

    Raises:
        InvalidInput: not one that our page lists.
    """
    form = await read_form(request)
    try:
        on_day, caller_id = date.fromisoformat(form.text("day")), UUID(form.text("caller"))
        kind = AlarmKind(form.text("kind"))
    except ValueError:
        raise InvalidInput("not an alarm of the list") from None
    await lookups.see_alarm(platform_of(request).pool, on_day, caller_id, kind, seat.session)
    return see_other("/supervision/lookups")


async def _view(request: Request, one: Alarm) -> AlarmView:
    pool, in_english = platform_of(request).pool, language_of(request) is Language.ENGLISH
    place = (await registry.institutions(pool, [one.institution_id])).get(one.institution_id)
    return AlarmView(
        kind=one.kind,
        on_day=one.on_day,
        caller_id=one.caller_id,
        caller=await _caller(request, one.caller_id),
        institution=((place.name_en if in_english else "") or place.name) if place else "",
        times=one.times,
        first_at=one.first_at,
        latest_at=one.latest_at,
        seen_at=one.seen_at,
        seen_by=await _person(request, one.seen_by) if one.seen_by else "",
    )


async def _caller(request: Request, caller_id: UUID) -> str:
    """A system's or terminal's name, or that of a person at a desk."""
    pool = platform_of(request).pool
    try:
        return (await registry.system(pool, SystemId(caller_id))).name
    except NotFound:
        terminal = (await registry.terminals(pool, [caller_id])).get(caller_id)
        return terminal.name if terminal else await _person(request, PractitionerId(caller_id))


async def _person(request: Request, practitioner_id: PractitionerId) -> str:
    known = await registry.practitioners(platform_of(request).pool, {practitioner_id})
    somebody, in_english = known.get(practitioner_id), language_of(request) is Language.ENGLISH
    if somebody is None:
        return ""
    return (somebody.name_en if in_english else "") or somebody.name
