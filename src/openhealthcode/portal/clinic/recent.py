"""Today's visits with what is still open of each: asked anew every time, kept nowhere."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request

from openhealthcode import consent
from openhealthcode.consent import Consent
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.clinic.views import RecentVisitView
from openhealthcode.portal.clinic.visits import Visit, visits_of
from openhealthcode.portal.layout import platform_of
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import ResidentId


async def recent_visits(request: Request, desk: Desk) -> tuple[RecentVisitView, ...]:
    """Whom this session saw today, newest first."""
    return tuple([await _view(request, desk, visit) for visit in visits_of(request, desk)])


async def consents_for(request: Request, desk: Desk, resident_id: ResidentId) -> list[Consent]:
    """What this resident allows this clinician right now, overrides included, newest first."""
    platform, now = platform_of(request), datetime.now(UTC)
    given = await consent.consents(platform.pool, platform.keys, resident_id)
    return [
        one
        for one in given
        if one.is_for(desk.institution_id, desk.practitioner_id, desk.view.department)
        and one.withdrawn_at is None
        and now < one.end_at
    ]


async def _view(request: Request, desk: Desk, visit: Visit) -> RecentVisitView:
    try:
        resident_id, _ = platform_of(request).keys.open_id(visit.reference)
        given = await consents_for(request, desk, resident_id)
    except HealthCodeError:  # closed and destroyed since
        given = []
    longest = max(given, key=lambda one: one.end_at, default=None)
    return RecentVisitView(
        visit=visit.reference,
        resident=visit.resident,
        scene=visit.scene,
        presented_at=visit.presented_at,
        until=longest.end_at if longest else None,
        is_override=longest.is_override if longest else False,
    )
