"""Why somebody saw something, or did not: one decision, by the reference a resident hands over."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, registry
from openhealthcode.access import ExaminedDecision
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.reviewer.views import DecisionView
from openhealthcode.standards import NotFound, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_LONGEST_REFERENCE = 64


async def show_search(request: Request, seat: Seat) -> Response:
    """Where the reference is entered."""
    return _page(request, seat)


async def examine(request: Request, seat: Seat) -> Response:
    """One decision; reading it stands in the resident's log."""
    platform = platform_of(request)
    reference = (await read_form(request)).text("reference")[: _LONGEST_REFERENCE + 1]
    try:
        examined = await access.examine_decision(
            platform.pool, platform.keys, reference, seat.reviewer
        )
    except NotFound:
        return _page(request, seat, problem="unknown")
    return _page(request, seat, await _view(request, examined))


def _page(
    request: Request, seat: Seat, decision: DecisionView | None = None, problem: str = ""
) -> Response:
    return render(
        request,
        "reviewer/decision.html",
        status=404 if problem else 200,
        office=seat.office,
        decision=decision,
        problem=problem,
    )


async def _view(request: Request, examined: ExaminedDecision) -> DecisionView:
    platform, line = platform_of(request), examined.line
    in_english = language_of(request) is Language.ENGLISH
    persons = await registry.practitioners(platform.pool, {PractitionerId(line.agent_id)})
    person = persons.get(PractitionerId(line.agent_id))
    places = await registry.institutions(
        platform.pool, {InstitutionId(line.institution_id)} if line.institution_id else set()
    )
    place = next(iter(places.values()), None)
    return DecisionView(
        person=((person.name_en if in_english else "") or person.name) if person else "",
        staff_number=person.staff_number if person else "",
        department=person.department if person else "",
        institution=((place.name_en if in_english else "") or place.name) if place else "",
        is_system=line.agent_kind == "system",
        at=line.at,
        purpose=line.purpose or "",
        scene=Scene(line.scene) if line.scene in set(Scene) else None,
        because=examined.because.value if examined.because else "",
        entries=examined.entries,
        is_intact=line.is_intact,
    )
