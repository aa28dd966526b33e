"""Signing in to an office: staff number, password, one-time code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode.portal.layout import (
    Audience,
    forget_session,
    page_route,
    platform_of,
    read_form,
    remember_session,
    render,
    see_other,
    session_token,
)
from openhealthcode.portal.reviewer.office import Office
from openhealthcode.sign_in import LockedForNow, SignInRefused, staff

_TERMINAL_SECONDS: Final = 400 * 24 * 3600  # the longest a browser keeps any cookie


def sign_in_routes(office: Office) -> list[Route]:
    """The form, what takes it, and the way out."""

    async def show(request: Request) -> Response:
        return _form(request, office)

    async def take(request: Request) -> Response:
        return await _take(request, office)

    async def leave(request: Request) -> Response:
        return await _leave(request, office)

    show.__name__ = f"{office.name}_sign_in_form"
    take.__name__ = f"{office.name}_sign_in"
    leave.__name__ = f"{office.name}_sign_out"
    return [
        page_route(f"{office.home}/sign-in", show),
        page_route(f"{office.home}/sign-in", take, methods=("POST",)),
        page_route(f"{office.home}/sign-out", leave, methods=("POST",)),
    ]


def _form(
    request: Request, office: Office, *, status: int = 200, account: str = "", problem: str = ""
) -> Response:
    return render(
        request,
        "reviewer/sign_in.html",
        status=status,
        office=office,
        account=account,
        problem=problem,
    )


async def _take(request: Request, office: Office) -> Response:
    """Take what was typed; never tell which part was wrong."""
    platform, form = platform_of(request), await read_form(request)
    typed = staff.Credentials(form.text("account"), form.text("password"), form.text("totp"))
    terminal = session_token(request, Audience.TERMINAL) or staff.new_terminal()
    terminal_id = staff.terminal_id(platform.keys, terminal)
    try:
        entered = await staff.sign_in(
            platform.pool, platform.keys, typed, office.pages, terminal_id
        )
    except (SignInRefused, LockedForNow) as refused:
        is_locked = isinstance(refused, LockedForNow)
        return _form(
            request,
            office,
            status=429 if is_locked else 401,
            account=form.text("account")[:64],
            problem="waiting" if is_locked else "wrong",
        )
    response = see_other(office.home)
    seconds = int((entered.session.expires_at - datetime.now(UTC)).total_seconds())
    remember_session(response, request, office.cookie, entered.token, lifetime_seconds=seconds)
    remember_session(
        response, request, Audience.TERMINAL, terminal, lifetime_seconds=_TERMINAL_SECONDS
    )
    return response


async def _leave(request: Request, office: Office) -> Response:
    platform, token = platform_of(request), session_token(request, office.cookie)
    if token is not None:
        await staff.sign_out(platform.pool, platform.keys, token)
    response = see_other(f"{office.home}/sign-in")
    forget_session(response, request, office.cookie)
    return response
