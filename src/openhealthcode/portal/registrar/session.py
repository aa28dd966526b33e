"""Pages of a registrar who is signed in at this terminal; everybody else is sent to sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode import audit
from openhealthcode.portal.layout import (
    Audience,
    page_route,
    platform_of,
    see_other,
    session_token,
)
from openhealthcode.sign_in import Audience as Pages
from openhealthcode.sign_in import StaffSession, staff

Handler = Callable[[Request, StaffSession], Awaitable[Response]]


async def clerk_of(request: Request) -> StaffSession | None:
    """The live session of the clerk at this terminal."""
    token = session_token(request, Audience.REGISTRAR)
    terminal = session_token(request, Audience.TERMINAL)
    if token is None or terminal is None:
        return None
    platform = platform_of(request)
    terminal_id = staff.terminal_id(platform.keys, terminal)
    return await staff.session(platform.pool, platform.keys, token, Pages.REGISTRAR, terminal_id)


def registrar_page(path: str, handler: Handler, *, methods: Sequence[str] = ("GET",)) -> Route:
    """A route only a signed-in registrar reaches."""

    async def endpoint(request: Request) -> Response:
        clerk = await clerk_of(request)
        if clerk is None:
            return see_other("/registrar/sign-in")
        with audit.at_workstation(clerk.terminal_id):
            return await handler(request, clerk)

    endpoint.__name__ = handler.__name__
    return page_route(path, endpoint, methods=methods)
