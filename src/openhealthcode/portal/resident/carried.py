"""An emergency summary to carry: what it would say, made, shown for a picture or paper, kept as file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.healthcode import picture
from openhealthcode.portal.layout import Language, language_of, platform_of, read_form, render
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound

_SHOWN: Final = "show"
_FILE: Final = "file"


async def show_offer(request: Request, session: ResidentSession) -> Response:
    """What a summary is, what it would hold by the advance choice, and what it cannot do."""
    platform = platform_of(request)
    if platform.sequencer is None:
        raise NotFound
    chosen = await consent.choice_for_emergencies(platform.pool, platform.keys, session.resident_id)
    return render(request, "resident/carried.html", chosen=chosen)


async def make(request: Request, session: ResidentSession) -> Response:
    """Make one, after a fresh proof of who asks; each is made anew and none is kept here."""
    platform, form = platform_of(request), await read_form(request)
    if platform.sequencer is None:
        raise NotFound
    if form.text("form") not in (_SHOWN, _FILE):
        raise InvalidInput("shown, or as a file")
    asked = await verify_first(request, session, form, "summary", back="/emergency")
    if asked is not None:
        return asked
    carried = await access.carry_emergency_summary(
        platform.pool,
        platform.keys,
        session.resident_id,
        log=platform.sequencer.log,
        language="en" if language_of(request) is Language.ENGLISH else "zh-CN",
    )
    code = Markup(picture.draw(carried.note))  # noqa: S704 - drawn by ourselves, squares only
    if form.text("form") == _FILE:
        return _as_file(render(request, "resident/carried_file.html", carried=carried, code=code))
    return render(request, "resident/carried_made.html", carried=carried, code=code)


def _as_file(response: Response) -> Response:
    """To be kept on the phone and read there without a network; its name is nobody's."""
    name = f"emergency-summary-{datetime.now(UTC):%Y-%m-%d}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
