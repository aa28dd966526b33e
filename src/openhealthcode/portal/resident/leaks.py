"""What a resident was told of leaks, in the words that were told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access.affected import own_breach_notices
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.sign_in import ResidentSession


async def show_leaks(request: Request, session: ResidentSession) -> Response:
    """Every notice, the newest first."""
    platform = platform_of(request)
    told = await own_breach_notices(platform.pool, platform.keys, session.resident_id)
    return render(request, "resident/leaks.html", told=told)
