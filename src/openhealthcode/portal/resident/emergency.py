"""For the day one cannot answer: what an emergency may open."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import consent
from openhealthcode.consent import AdvanceChoice, EmergencyScope
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, SensitiveCategory

_NOTICES: Final = frozenset({"chosen"})


async def show_emergency(request: Request, session: ResidentSession) -> Response:
    """What was chosen, and what can be."""
    platform = platform_of(request)
    chosen = await consent.choice_for_emergencies(platform.pool, platform.keys, session.resident_id)
    done = request.query_params.get("done", "")
    return render(
        request,
        "resident/emergency.html",
        chosen=chosen,
        scopes=tuple(EmergencyScope),
        kinds=tuple(SensitiveCategory),
        notice=done if done in _NOTICES else "",
    )


async def choose(request: Request, session: ResidentSession) -> Response:
    """Keep the choice; to open more than before needs a fresh proof of who chooses."""
    platform, form = platform_of(request), await read_form(request)
    wanted = _choice(form)
    before = await consent.choice_for_emergencies(platform.pool, platform.keys, session.resident_id)
    if consent.opens_more(wanted, before):
        asked = await verify_first(request, session, form, "emergency")
        if asked is not None:
            return asked
    await consent.choose_for_emergencies(platform.pool, platform.keys, session.resident_id, wanted)
    return see_other("/emergency?done=chosen")


def _choice(form: Form) -> AdvanceChoice:
    opened = form.all("opened")
    if form.text("scope") not in set(EmergencyScope) or not set(opened) <= set(SensitiveCategory):
        raise InvalidInput("no such choice")
    return AdvanceChoice(
        scope=EmergencyScope(form.text("scope")),
        opened=frozenset(map(SensitiveCategory, opened)),
    )
