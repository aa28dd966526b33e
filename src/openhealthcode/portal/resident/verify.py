"""A fresh proof that it is the resident who allows: a code sent to the phone."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import (
    Audience,
    Form,
    language_of,
    platform_of,
    render,
    session_token,
)
from openhealthcode.portal.resident.arriving import arriving, remember_attempt
from openhealthcode.sign_in import CodeOver, ResidentSession, WrongCode, residents

_REPEATED = ("answer", "category", "held", "hours", "added", "previewed", "agreed", "notice")


async def verified(request: Request, form: Form) -> bool:
    """Whether the form brings the code that was sent; a wrong one is no proof and no error."""
    platform = platform_of(request)
    token = session_token(request, Audience.RESIDENT) or ""
    attempt = arriving(request)
    if "code" not in form or attempt is None:
        return False
    try:
        await residents.verify_again(
            platform.pool, platform.keys, token, attempt.token, form.text("code")
        )
    except (WrongCode, CodeOver):
        return False
    return True


async def ask_to_verify(
    request: Request, session: ResidentSession, form: Form, count: int
) -> Response:
    """Send a code, unless one is already being tried, and ask for it with the choice kept."""
    was_wrong = "code" in form
    response = render(
        request,
        "resident/confirm.html",
        phone=session.phone.masked,
        request_id=request.path_params["id"],
        choice=[(name, value) for name, value in form.fields if name in _REPEATED],
        problem="wrong" if was_wrong else "",
        count=count,
    )
    if not was_wrong:
        await _send_code(request, session, response)
    return response


async def verify_first(
    request: Request, session: ResidentSession, form: Form, effect: str, *, back: str = "/rights"
) -> Response | None:
    """Nothing when a code was entered lately, or with this form; else the page that asks for one.

    Args:
        effect: what the button does once the code is right, a key under ``rights.verify``.
        back: where to go instead.
    """
    if session.is_fresh(datetime.now(UTC)) or await verified(request, form):
        return None
    was_wrong = "code" in form
    response = render(
        request,
        "resident/verify.html",
        phone=session.phone.masked,
        kept=[(name, value) for name, value in form.fields if name not in {"code", "pin"}],
        problem="wrong" if was_wrong else "",
        effect=effect,
        back=back,
    )
    if not was_wrong:
        await _send_code(request, session, response)
    return response


async def _send_code(request: Request, session: ResidentSession, response: Response) -> None:
    platform = platform_of(request)
    attempt = await residents.start_verification(
        platform.pool,
        platform.keys,
        platform.outbox,
        session_token(request, Audience.RESIDENT) or "",
        language=language_of(request),
    )
    remember_attempt(response, request, attempt, session.phone)
