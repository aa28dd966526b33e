"""Signing in to the registrar's pages: staff number, password, one-time code."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import (
    Audience,
    forget_session,
    platform_of,
    read_form,
    remember_session,
    render,
    see_other,
    session_token,
)
from openhealthcode.sign_in import Audience as Pages
from openhealthcode.sign_in import LockedForNow, SignInRefused, staff

_TERMINAL_SECONDS = 400 * 24 * 3600  # the longest a browser keeps any cookie


async def show_sign_in(request: Request) -> Response:
    """The form."""
    return render(request, "registrar/sign_in.html", account="", problem="")


async def sign_in(request: Request) -> Response:
    """Take what was typed; never tell which part was wrong."""
    platform, form = platform_of(request), await read_form(request)
    typed = staff.Credentials(form.text("account"), form.text("password"), form.text("totp"))
    terminal = session_token(request, Audience.TERMINAL) or staff.new_terminal()
    terminal_id = staff.terminal_id(platform.keys, terminal)
    try:
        entered = await staff.sign_in(
            platform.pool, platform.keys, typed, Pages.REGISTRAR, terminal_id
        )
    except (SignInRefused, LockedForNow) as refused:
        is_locked = isinstance(refused, LockedForNow)
        return render(
            request,
            "registrar/sign_in.html",
            status=429 if is_locked else 401,
            account=form.text("account")[:64],
            problem="waiting" if is_locked else "wrong",
        )
    response = see_other("/registrar")
    seconds = int((entered.session.expires_at - datetime.now(UTC)).total_seconds())
    remember_session(response, request, Audience.REGISTRAR, entered.token, lifetime_seconds=seconds)
    remember_session(
        response, request, Audience.TERMINAL, terminal, lifetime_seconds=_TERMINAL_SECONDS
    )
    return response


async def sign_out(request: Request) -> Response:
    """End the session."""
    platform, token = platform_of(request), session_token(request, Audience.REGISTRAR)
    if token is not None:
        await staff.sign_out(platform.pool, platform.keys, token)
    response = see_other("/registrar/sign-in")
    forget_session(response, request, Audience.REGISTRAR)
    return response
