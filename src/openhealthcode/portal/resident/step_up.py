"""What lasts longer than a day or opens sensitive matters needs the PIN, or a passkey, besides the code.

Whoever acts for somebody gives their own. A PIN entered under duress makes everything look done.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit
from openhealthcode.consent.presence import Means, Presence
from openhealthcode.portal.layout import Form, platform_of, render
from openhealthcode.portal.layout.site import site_of
from openhealthcode.portal.resident.verify import PROOFS, may_answer_by_passkey
from openhealthcode.sign_in import PasskeyRefused, ResidentSession, pin, residents
from openhealthcode.standards.ids import ResidentId


@dataclass(frozen=True, slots=True)
class SteppedUp:
    """The proof was right; what follows from which one it was."""

    presence: Presence


async def step_up(
    request: Request, session: ResidentSession, form: Form, *, back: str
) -> SteppedUp | Response:
    """Take the PIN or the passkey the form brings, or answer with the page that asks for it.

    Args:
        back: where to go instead.
    """
    platform = platform_of(request)
    acting = access.acting_now(session.resident_id)
    who = acting.representative_id if acting else session.resident_id
    problem = passkey_problem = ""
    if getattr(request.state, "proved_by_passkey", None) == who:
        return SteppedUp(Presence(means=Means.PASSKEY))
    if form.text("credential"):
        if await _proves(request, who, form.text("credential")):
            return SteppedUp(Presence(means=Means.PASSKEY))
        passkey_problem = "wrong"
    if "pin" in form:
        agent = audit.Agent(audit.AgentKind.RESIDENT, who)
        try:
            match = await pin.check(platform.pool, platform.keys, who, form.text("pin"), agent)
            pressed = match is pin.PinMatch.UNDER_DURESS
            return SteppedUp(Presence(means=Means.PIN_ON_PHONE, is_under_duress=pressed))
        except pin.WrongPin:
            problem = "wrong"
        except pin.PinLocked:
            problem = "locked"
        except pin.PinOver:
            problem = "over"
        except pin.NoPin:
            problem = ""
    standing = await pin.standing(platform.pool, who)
    return render(
        request,
        "resident/step_up.html",
        status=422 if problem or passkey_problem else 200,
        kept=[(name, value) for name, value in form.fields if name not in PROOFS],
        has_pin=standing is not None,
        problem=problem,
        passkey=passkey_problem or await _offered(request, session),
        back=back,
    )


async def _proves(request: Request, who: ResidentId, answer: str) -> bool:
    platform = platform_of(request)
    try:
        await residents.check_passkey(platform.pool, platform.keys, site_of(request), who, answer)
    except PasskeyRefused:
        return False
    return True


async def _offered(request: Request, session: ResidentSession) -> str:
    return "offered" if await may_answer_by_passkey(request, session) else ""
