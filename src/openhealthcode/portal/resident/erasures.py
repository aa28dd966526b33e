"""Who was asked to erase copies after a withdrawal, and what they answered."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.consent.erasure import state_of
from openhealthcode.portal.layout import language_of, platform_of, render
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.sign_in import ResidentSession


async def show_erasures(request: Request, session: ResidentSession) -> Response:
    """Each institution that was asked, newest first, with its clock or its answer."""
    platform = platform_of(request)
    asked = await access.own_erasures(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(
        platform.pool,
        language_of(request),
        institution_ids=[one.institution_id for one in asked],
    )
    return render(
        request,
        "resident/erasures.html",
        erasures=[(one, known.institution(one.institution_id), state_of(one)) for one in asked],
    )
