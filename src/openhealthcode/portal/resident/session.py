"""Pages of a resident who is signed in, or of somebody they act for; all else is sent to sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode import audit
from openhealthcode.access import Oneself
from openhealthcode.portal.layout import (
    Audience,
    page_route,
    platform_of,
    see_other,
    session_token,
)
from openhealthcode.portal.resident.acting import has_turned, turn_back, turned
from openhealthcode.representation import RepresentationOver
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
    """A route only a signed-in resident reaches; for somebody else, as far as the mandate goes.

    Args:
        path: its address.
        handler: answers, given the session.
        methods: as for any route.
        is_part: fetched by a script of ours, which is told 401 instead of being sent elsewhere.
    """

    async def endpoint(request: Request) -> Response:
        session = await signed_in(request)
        if session is None:
            return Response(status_code=401) if is_part else see_other("/sign-in")
        if not has_turned(request):
            oneself = Oneself(platform_of(request).keys, session.resident_id)
            with audit.acting_as(oneself):
                return await handler(request, session)
        theirs = await turned(request, session)
        if theirs is None:
            return _over(request, is_part=is_part)
        if not theirs.reaches(path):
            return _not_theirs(request, is_part=is_part)
        with audit.acting_as(theirs.acting):
            return await handler(request, theirs.session)

    endpoint.__name__ = handler.__name__
    return page_route(path, endpoint, methods=methods)


def _over(request: Request, *, is_part: bool) -> Response:
    """Whom the browser was turned to is nobody to act for any more: be oneself, and say so."""
    if is_part:
        return Response(status_code=401)
    response = see_other("/acting?over=yes")
    turn_back(response, request)
    return response


def _not_theirs(request: Request, *, is_part: bool) -> Response:
    if is_part:
        return Response(status_code=204)
    if request.method != "GET":
        raise RepresentationOver
    return see_other("/acting")
