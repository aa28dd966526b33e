"""Signing in: who one is, the code from the message, and once the counter.

Nothing on these pages tells whether anybody is registered.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import healthcode
from openhealthcode.portal.layout import (
    Audience,
    language_of,
    platform_of,
    read_form,
    remember_session,
    render,
    see_other,
)
from openhealthcode.portal.layout.site import site_of
from openhealthcode.portal.resident.arriving import arriving, forget_attempt, remember_attempt
from openhealthcode.portal.resident.subject import read_subject
from openhealthcode.sign_in import (
    CodeOver,
    MessageNotSent,
    NeedsBinding,
    PasskeyRefused,
    SignedIn,
    TooManyCodes,
    WrongCode,
    residents,
)


async def show_sign_in(request: Request) -> Response:
    """The first page of somebody who is not signed in."""
    empty = {"number": "", "name": "", "phone": ""}
    return _form(request, empty, {})


async def send_code(request: Request) -> Response:
    """Check what was typed and send a code to the phone, registered or not."""
    form = await read_form(request)
    subject, problems = read_subject(form, language_of(request))
    typed = {name: form.text(name)[:64] for name in ("number", "name", "phone")}
    if subject is None:
        return _form(request, typed, problems)
    platform = platform_of(request)
    try:
        attempt = await residents.start(platform.pool, platform.keys, platform.outbox, subject)
    except TooManyCodes:
        return _form(request, typed, {"form": "too-many"}, status=429)
    except MessageNotSent:
        return _form(request, typed, {"form": "not-sent"}, status=503)
    response = see_other("/sign-in/code")
    remember_attempt(response, request, attempt, subject.phone)
    return response


async def show_code_form(request: Request) -> Response:
    """Asks for the code that was sent."""
    return see_other("/sign-in") if arriving(request) is None else _code_form(request)


async def take_code(request: Request) -> Response:
    """Take the code from the message: in, or on to the counter."""
    platform, attempt = platform_of(request), arriving(request)
    form = await read_form(request)
    if attempt is None:
        return see_other("/sign-in")
    try:
        outcome = await residents.confirm(
            platform.pool, platform.keys, attempt.token, form.text("code")
        )
    except WrongCode:
        return _code_form(request, "wrong")
    except CodeOver:
        return _code_form(request, "over")
    return await _enter(request, outcome)


def _code_form(request: Request, problem: str = "") -> Response:
    attempt = arriving(request)
    return render(
        request,
        "resident/sms.html",
        status=400 if problem else 200,
        phone=attempt.masked_phone if attempt else "",
        problem=problem,
    )


async def take_passkey(request: Request) -> Response:
    """Take the authenticator's answer: in, with nothing typed."""
    platform, form = platform_of(request), await read_form(request)
    try:
        outcome = await residents.finish_passkey_sign_in(
            platform.pool, platform.keys, site_of(request), form.text("credential")
        )
    except PasskeyRefused:
        empty = {"number": "", "name": "", "phone": ""}
        return _form(request, empty, {"form": "passkey"}, status=401)
    return await _enter(request, outcome)


async def wait_at_counter(request: Request) -> Response:
    """The number for the counter; goes in once a clerk has seen the card."""
    return await _enter(request, await _awaited(request))


async def state_at_counter(request: Request) -> Response:
    """For the waiting page's script: 204 while nothing has changed, else where to go."""
    outcome = await _awaited(request)
    if isinstance(outcome, NeedsBinding):
        return Response(status_code=204)
    return await _enter(request, outcome)


async def _enter(request: Request, outcome: SignedIn | NeedsBinding | None) -> Response:
    if isinstance(outcome, NeedsBinding) and request.method == "POST":
        return see_other("/sign-in/counter")
    if not isinstance(outcome, SignedIn):
        return _counter(request, outcome)
    session, now = outcome.session, datetime.now(UTC)
    pool = platform_of(request).pool
    await healthcode.enrol_device(pool, session.device_reference, session.resident_id, now)
    response = see_other("/")
    lifetime = int((session.expires_at - now).total_seconds())
    remember_session(response, request, Audience.RESIDENT, outcome.token, lifetime_seconds=lifetime)
    forget_attempt(response, request)
    return response


async def _awaited(request: Request) -> SignedIn | NeedsBinding | None:
    attempt = arriving(request)
    if attempt is None:
        return None
    platform = platform_of(request)
    return await residents.await_binding(platform.pool, platform.keys, attempt.token)


def _counter(request: Request, waiting: NeedsBinding | None) -> Response:
    if waiting is None:
        return render(request, "resident/counter.html", status=410, expired=True)
    return render(
        request,
        "resident/counter.html",
        expired=False,
        number=waiting.number,
        valid_until=waiting.expires_at,
    )


def _form(
    request: Request, values: dict[str, str], problems: dict[str, str], *, status: int = 200
) -> Response:
    return render(
        request,
        "resident/sign_in.html",
        status=400 if problems and status == 200 else status,
        values=values,
        problems={"number": "", "name": "", "phone": "", "form": ""} | problems,
    )


async def show_signed_out(request: Request) -> Response:
    """Says that the phone's code is worthless now."""
    return render(request, "resident/signed_out.html")
