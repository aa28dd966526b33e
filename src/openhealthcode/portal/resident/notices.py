"""When a resident is told that somebody looked."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import telling
from openhealthcode.access.telling import About, NoticeChoice
from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput

_HOURS: Final = range(24)


async def show_notices(request: Request, session: ResidentSession) -> Response:
    """What was chosen, or what holds for everybody."""
    platform = platform_of(request)
    chosen = await telling.notice_choice(platform.pool, platform.keys, session.resident_id)
    return render(
        request,
        "resident/notices.html",
        chosen=chosen,
        abouts=tuple(About),
        hours=tuple(_HOURS),
        is_kept=request.query_params.get("done") == "chosen",
    )


async def choose(request: Request, session: ResidentSession) -> Response:
    """Keep the choice.

    Raises:
        InvalidInput: no such choice, or an hour that no day has.
    """
    platform, form = platform_of(request), await read_form(request)
    if form.text("about") not in set(About):
        raise InvalidInput("no such choice")
    choice = NoticeChoice(
        About(form.text("about")), _hour(form.text("from")), _hour(form.text("until"))
    )
    await telling.choose_notices(platform.pool, platform.keys, session.resident_id, choice)
    return see_other("/notices?done=chosen")


def _hour(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise InvalidInput("not an hour of the day")
    return int(text)
