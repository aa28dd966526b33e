"""What showing the code means: asked each time, or itself the consent to a visit."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import consent
from openhealthcode.consent import Notice, Showing
from openhealthcode.consent.showing import LIFETIME, OPENED
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.step_up import SteppedUp, step_up
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput

VERSION: Final = "showing-v1"
"""Of the sentences under ``desk.showing.notice``. Other words are another version."""
_HOURS: Final = int(LIFETIME.total_seconds()) // 3600


async def show_showing(request: Request, session: ResidentSession) -> Response:
    """What was chosen, and what the other choice would open."""
    platform = platform_of(request)
    chosen = await consent.showing_choice(platform.pool, platform.keys, session.resident_id)
    return render(
        request,
        "resident/showing.html",
        chosen=chosen.showing,
        showings=tuple(Showing),
        scenes=tuple((scene, _ordered(scene)) for scene in OPENED),
        notice=_notice(language_of(request)),
        is_kept=request.query_params.get("done") == "chosen",
    )


async def choose_showing(request: Request, session: ResidentSession) -> Response:
    """Keep the choice; that showing opens anything takes a fresh proof and the PIN.

    Raises:
        InvalidInput: not one of the two.
    """
    platform, form = platform_of(request), await read_form(request)
    if form.text("showing") not in set(Showing):
        raise InvalidInput("no such choice")
    showing, presence, notice = Showing(form.text("showing")), None, None
    if showing is Showing.CONSENT:
        asked = await verify_first(request, session, form, "emergency", back="/showing")
        if asked is not None:
            return asked
        stepped = await step_up(request, session, form, back="/showing")
        if not isinstance(stepped, SteppedUp):
            return stepped
        presence, notice = stepped.presence, _notice(language_of(request))
    await consent.choose_showing(
        platform.pool,
        platform.keys,
        session.resident_id,
        showing,
        notice=notice,
        presence=presence,
    )
    return see_other("/showing?done=chosen")


def _ordered(scene: object) -> list[str]:
    opened = next(found for name, found in OPENED.items() if name == scene)
    return [category.value for category in CATEGORIES if category in opened]


def _notice(language: Language) -> Notice:
    say = catalogue(language).plain
    sentences = tuple(
        say(f"desk.showing.notice.{part}", count=_HOURS)
        for part in ("who", "why", "what", "manner", "how-long", "rights")
    )
    return Notice(VERSION, language.value, sentences)
