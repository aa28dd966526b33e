"""Pages of a resident who is signed in; everybody else is sent to sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode.portal.layout import (
    Audience,
    page_route,
    platform_of,
    see_other,
    session_token,
)
from openhealthcode.sign_in import ResidentSession, residents

Handler = Callable[[Request, ResidentSession], Awaitable[Response]]


async def signed_in(request: Request) -> ResidentSession | None:
    """The session of the resident whose browser this is."""
    token = session_token(request, Audience.RESIDENT)
    if token is None:
        return None
    platform = platform_of(request)
    return await residents.session(platform.pool, platform.keys, token)


def resident_page(
    path: str, handler: Handler, *, methods: Sequence[str] = ("GET",), is_part: bool = False
) -> Route:
    """A route only a signed-in resident reaches.

    Args:
        path: its address.
        handler: answers, given the session.
        methods: as for any route.
        is_part: fetched by a script of ours, which is told 401 instead of being sent elsewhere.
    """

    async def endpoint(request: Request) -> Response:
        session = await signed_in(request)
        if session is not None:
            return await handler(request, session)
        return Response(status_code=401) if is_part else see_other("/sign-in")

    endpoint.__name__ = handler.__name__
    return page_route(path, endpoint, methods=methods)
