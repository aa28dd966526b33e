"""What lasts longer than a day or opens sensitive matters needs the PIN besides the code.

Whoever acts for somebody enters their own. Entered under duress, everything looks done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit
from openhealthcode.consent.presence import Means, Presence
from openhealthcode.portal.layout import Form, platform_of, render
from openhealthcode.sign_in import ResidentSession, pin

_NEVER_IN_A_PAGE: Final = frozenset({"pin", "code"})


@dataclass(frozen=True, slots=True)
class SteppedUp:
    """The PIN was right; what follows from which one it was."""

    presence: Presence


async def step_up(
    request: Request, session: ResidentSession, form: Form, *, back: str
) -> SteppedUp | Response:
    """Take the PIN the form brings, or answer with the page that asks for it.

    Args:
        back: where to go instead.
    """
    platform = platform_of(request)
    acting = access.acting_now(session.resident_id)
    who = acting.representative_id if acting else session.resident_id
    problem = ""
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
        status=422 if problem else 200,
        kept=[(name, value) for name, value in form.fields if name not in _NEVER_IN_A_PAGE],
        has_pin=standing is not None,
        problem=problem,
        back=back,
    )
