"""A code to read out: where nobody can scan the screen, on the telephone, for scanners of lines."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, healthcode
from openhealthcode.healthcode import grouped, picture
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.sign_in import ResidentSession


async def show_offer(request: Request, _: ResidentSession) -> Response:
    """What a short code is for; none is made by looking at the page."""
    return render(request, "resident/short_code.html", minutes=healthcode.SHORT_MINUTES, digits="")


async def make(request: Request, session: ResidentSession) -> Response:
    """A new one; the one before is over."""
    platform = platform_of(request)
    digits = await access.own_short_code(platform.pool, platform.keys, session.resident_id)
    return render(
        request,
        "resident/short_code.html",
        minutes=healthcode.SHORT_MINUTES,
        digits=grouped(digits),
        bars=Markup(picture.draw_bars(digits)),  # noqa: S704 - drawn from digits, by ourselves
    )
