"""Signing in to the clinic: password with a one-time code, or a passkey."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.clinic.views import SignInView
from openhealthcode.portal.layout import (
    PLAIN,
    Audience,
    Form,
    forget_session,
    local_path,
    platform_of,
    read_form,
    remember_session,
    render,
    see_other,
    session_token,
)
from openhealthcode.portal.layout.site import site_of
from openhealthcode.sign_in import Audience as Pages
from openhealthcode.sign_in import LockedForNow, PasskeyRefused, SignInRefused, StaffSignedIn, staff

_START = "/clinic"
_TERMINAL_SECONDS = 400 * 24 * 3600  # the longest a browser keeps any cookie


async def show_sign_in(request: Request) -> Response:
    """The form; says so when a session has just ended."""
    back = _back(request.query_params.get("back", _START))
    ended = session_token(request, Audience.CLINIC) is not None
    return _form(request, SignInView(problem="ended" if ended else "", back=back))


async def sign_in(request: Request) -> Response:
    """Take staff number, password and one-time code; never tell which of them was wrong."""
    platform, form = platform_of(request), await read_form(request)
    typed = staff.Credentials(form.text("account"), form.text("password"), form.text("totp"))
    terminal = _terminal(request)
    try:
        signed_in = await staff.sign_in(
            platform.pool,
            platform.keys,
            typed,
            Pages.CLINIC,
            staff.terminal_id(platform.keys, terminal),
        )
    except SignInRefused:
        return _form(request, _again(form, "wrong"), status=401)
    except LockedForNow:
        return _form(request, _again(form, "waiting"), status=429)
    return _enter(request, signed_in, terminal, _back(form.text("back")))


async def begin_passkey(request: Request) -> Response:
    """What the browser needs to ask its authenticator."""
    options = staff.begin_passkey_sign_in(platform_of(request).keys, site_of(request))
    return Response(options, media_type="application/json", headers=PLAIN.headers())


async def sign_in_by_passkey(request: Request) -> Response:
    """Take the authenticator's answer."""
    platform, form = platform_of(request), await read_form(request)
    terminal, back = _terminal(request), _back(form.text("back"))
    try:
        signed_in = await staff.finish_passkey_sign_in(
            platform.pool,
            platform.keys,
            site_of(request),
            form.text("credential"),
            Pages.CLINIC,
            staff.terminal_id(platform.keys, terminal),
        )
    except (PasskeyRefused, SignInRefused):
        return _form(request, SignInView(problem="passkey", back=back), status=401)
    return _enter(request, signed_in, terminal, back)


async def sign_out(request: Request) -> Response:
    """End the session and forget whom it saw."""
    platform, token = platform_of(request), session_token(request, Audience.CLINIC)
    if token is not None:
        await staff.sign_out(platform.pool, platform.keys, token)
    response = see_other("/clinic/sign-in")
    forget_session(response, request, Audience.CLINIC)
    forget_session(response, request, Audience.CLINIC_VISITS)
    forget_session(response, request, Audience.CLINIC_COUNTER)
    return response


def _enter(request: Request, signed_in: StaffSignedIn, terminal: str, back: str) -> Response:
    response = see_other(back)
    seconds = int((signed_in.session.expires_at - datetime.now(UTC)).total_seconds())
    remember_session(response, request, Audience.CLINIC, signed_in.token, lifetime_seconds=seconds)
    remember_session(
        response, request, Audience.TERMINAL, terminal, lifetime_seconds=_TERMINAL_SECONDS
    )
    forget_session(response, request, Audience.CLINIC_VISITS)
    return response


def _terminal(request: Request) -> str:
    return session_token(request, Audience.TERMINAL) or staff.new_terminal()


def _form(request: Request, view: SignInView, *, status: int = 200) -> Response:
    return render(request, "clinic/sign_in.html", status=status, form=view)


def _again(form: Form, problem: str) -> SignInView:
    return SignInView(
        account=form.text("account")[:64], problem=problem, back=_back(form.text("back"))
    )


def _back(path: str) -> str:
    """Where to go on: only pages of the clinic."""
    is_ours = path == _START or path.startswith(_START + "/")
    return local_path(path) if is_ours and not path.startswith("/clinic/sign-in") else _START
