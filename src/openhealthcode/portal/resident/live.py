"""Wakes the resident's open pages; what happened, the page then asks for itself.

An event carries a random number and nothing else: whoever reads the connection learns only that
something happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openhealthcode import consent
from openhealthcode.portal.layout import PLAIN, platform_of
from openhealthcode.portal.resident.session import signed_in
from openhealthcode.sign_in import ResidentSession


async def follow_changes(request: Request, session: ResidentSession) -> Response:
    """Server-sent events until the page is left or its session ends."""
    return StreamingResponse(
        _events(request, session),
        media_type="text/event-stream",
        headers=PLAIN.headers() | {"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, session: ResidentSession) -> AsyncIterator[str]:
    platform = platform_of(request)
    topic = consent.topic_of(platform.keys, session.resident_id)
    following = platform.announcements.follow(topic)
    await anext(following)
    yield "retry: 2000\nevent: begun\ndata: \n\n"  # the page asks now, and misses nothing
    async for something_happened in following:
        if await signed_in(request) is None:
            yield _change()  # the page asks, is told 401, and leaves
            return
        yield _change() if something_happened else ": quiet\n\n"


def _change() -> str:
    return f"event: change\ndata: {token_hex(8)}\n\n"
