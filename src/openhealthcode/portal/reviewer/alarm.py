"""The region's alarm: it comes to whatever page of the supervisor is open, by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openhealthcode import access
from openhealthcode.portal.layout import PLAIN, platform_of, render
from openhealthcode.portal.reviewer.office import SUPERVISOR, Seat, alarms_for, seat_of


async def show_alarm(request: Request, _: Seat) -> Response:
    """The part of a page that says so; empty while there is nothing."""
    return render(request, "reviewer/alarm.html")


async def follow_alarms(request: Request, seat: Seat) -> Response:
    """Server-sent events whenever there is another number of alarms."""
    return StreamingResponse(
        _events(request, seat),
        media_type="text/event-stream",
        headers=PLAIN.headers() | {"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, seat: Seat) -> AsyncIterator[str]:
    """An event carries nothing; the page then asks for the part that says it."""
    platform = platform_of(request)
    shown = request.state.alarms
    yield "retry: 2000\n\n"
    async for _ in platform.announcements.follow(access.topic_of_alarms(platform.keys)):
        if await seat_of(request, SUPERVISOR) is None:
            return
        now = await alarms_for(request, seat, is_fresh=True)
        yield "event: change\ndata: \n\n" if now != shown else ": quiet\n\n"
        shown = now
