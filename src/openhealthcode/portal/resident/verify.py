"""A fresh proof that it is the resident who allows: a code sent to the phone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import (
    Audience,
    Form,
    language_of,
    platform_of,
    render,
    session_token,
)
from openhealthcode.portal.layout.site import site_of
from openhealthcode.portal.resident.arriving import arriving, remember_attempt
from openhealthcode.sign_in import (
    CodeOver,
    PasskeyRefused,
    ResidentSession,
    WrongCode,
    residents,
)

PROOFS: Final = frozenset({"code", "pin", "credential"})
"""Fields that never stand in a page again."""
_REPEATED = ("answer", "category", "held", "hours", "added", "previewed", "agreed", "notice")


async def verified(request: Request, form: Form) -> bool:
    """Whether the form brings the code that was sent, or a passkey's answer.

    A wrong one is no proof and no error.
    """
    platform = platform_of(request)
    token = session_token(request, Audience.RESIDENT) or ""
    if form.text("credential"):
        return await _proved_by_passkey(request, token, form.text("credential"))
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


async def _proved_by_passkey(request: Request, token: str, answer: str) -> bool:
    platform = platform_of(request)
    try:
        session = await residents.verify_by_passkey(
            platform.pool, platform.keys, site_of(request), token, answer
        )
    except PasskeyRefused:
        return False
    request.state.proved_by_passkey = session.resident_id
    return True


async def may_answer_by_passkey(request: Request, session: ResidentSession) -> bool:
    """Whether whoever is at this page, acting for somebody or not, has a passkey."""
    acting = access.acting_now(session.resident_id)
    who = acting.representative_id if acting else session.resident_id
    return await residents.has_passkey(platform_of(request).pool, who)


async def ask_to_verify(
    request: Request, session: ResidentSession, form: Form, count: int
) -> Response:
    """Send a code, unless one is already being tried, and ask for it with the choice kept."""
    was_wrong = "code" in form
    is_sent = was_wrong or bool(form.text("credential"))
    response = render(
        request,
        "resident/confirm.html",
        phone=session.phone.masked,
        request_id=request.path_params["id"],
        choice=[(name, value) for name, value in form.fields if name in _REPEATED],
        problem="wrong" if was_wrong else "",
        passkey=await _passkey(request, session, form),
        count=count,
    )
    if not is_sent:
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
    is_sent = was_wrong or bool(form.text("credential"))
    response = render(
        request,
        "resident/verify.html",
        phone=session.phone.masked,
        kept=[(name, value) for name, value in form.fields if name not in PROOFS],
        problem="wrong" if was_wrong else "",
        passkey=await _passkey(request, session, form),
        effect=effect,
        back=back,
    )
    if not is_sent:
        await _send_code(request, session, response)
    return response


async def _passkey(request: Request, session: ResidentSession, form: Form) -> str:
    """Whether a passkey can answer instead, and whether one just did, wrongly."""
    if not await may_answer_by_passkey(request, session):
        return ""
    return "wrong" if form.text("credential") else "offered"


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
