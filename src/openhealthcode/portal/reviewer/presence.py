"""The region looks into answers given in person: under pressure, or on a helper's word.

An institution's own officer does not see this page: the silent sign is not for the place it is
about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, registry
from openhealthcode.consent.presence import Means, Noted
from openhealthcode.portal.layout import Language, language_of, platform_of, render
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId
from openhealthcode.trust import UnreadableId


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedView:
    """One answer on the list; whom it is about is told when it is looked into."""

    reference: str
    kind: str
    """``duress``, ``assisted`` or ``sample``."""
    institution: str
    asked_by: str
    helper: str
    answered_at: datetime
    examined_at: datetime | None


async def show_presences(request: Request, seat: Seat) -> Response:
    """What somebody should look into, newest first."""
    platform = platform_of(request)
    found = await access.presences(platform.pool, platform.keys, seat.session)
    return render(
        request,
        "reviewer/presences.html",
        office=seat.office,
        noted=await _views(request, found),
    )


async def examine(request: Request, seat: Seat) -> Response:
    """One answer, with whom it is about, masked; it stands in the resident's log."""
    platform = platform_of(request)
    try:
        resident_id, consent_id = platform.keys.open_id(request.path_params["case"])
    except UnreadableId:
        raise NotFound from None
    found = await access.examine_presence(
        platform.pool, platform.keys, resident_id, ConsentId(consent_id), seat.session
    )
    (view,) = await _views(request, [found.noted])
    return render(request, "reviewer/presence.html", office=seat.office, noted=view, examined=found)


def _kind(noted: Noted) -> str:
    if noted.is_under_duress:
        return "duress"
    return "assisted" if noted.means is Means.ASSISTED else "sample"


async def _views(request: Request, found: list[Noted]) -> tuple[NotedView, ...]:
    platform, in_english = platform_of(request), language_of(request) is Language.ENGLISH
    people = {one.practitioner_id for one in found} | {one.helper_id for one in found}
    known = await registry.practitioners(platform.pool, {one for one in people if one})
    asked_for = {one.institution_id for one in found if one.institution_id}
    places = await registry.institutions(platform.pool, asked_for)

    def place(institution_id: InstitutionId | None) -> str:
        somewhere = places.get(institution_id) if institution_id else None
        if somewhere is None:
            return ""
        return (somewhere.name_en if in_english else "") or somewhere.name

    def name(practitioner_id: PractitionerId | None) -> str:
        somebody = known.get(practitioner_id) if practitioner_id else None
        if somebody is None:
            return ""
        return (somebody.name_en if in_english else "") or somebody.name

    return tuple(
        NotedView(
            reference=platform.keys.seal_id(one.resident_id, one.consent_id),
            kind=_kind(one),
            institution=place(one.institution_id),
            asked_by=name(one.practitioner_id),
            helper=name(one.helper_id),
            answered_at=one.answered_at,
            examined_at=one.examined_at,
        )
        for one in found
    )
