"""Wakes the clinic's open pages: an answer has come, a record may no longer be seen.

An event carries a random number and nothing else; the page then asks, or loads itself anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openhealthcode import access, consent
from openhealthcode.portal.clinic.ask import request_here
from openhealthcode.portal.clinic.presentation import (
    look_named,
    presentation_of,
    request_named,
)
from openhealthcode.portal.clinic.recent import consents_for
from openhealthcode.portal.clinic.session import Desk, session_of
from openhealthcode.portal.layout import PLAIN, platform_of
from openhealthcode.standards.ids import ConsentId, ResidentId

_StillSo = Callable[[], Awaitable[bool]]


async def answer_state(request: Request, desk: Desk) -> Response:
    """204 while the resident has not answered and still can."""
    return _state(still_so=await _is_waiting(request, desk))


async def follow_answer(request: Request, desk: Desk) -> Response:
    """Server-sent events until the request is answered."""
    await request_here(request, desk)
    _, request_id = request_named(request)
    topic = consent.topic_of_request(platform_of(request).keys, request_id)
    return _stream(request, topic, lambda: _is_waiting(request, desk))


async def record_state(request: Request, desk: Desk) -> Response:
    """204 while what a page shows of the record may still be seen for its purpose."""
    presented = await presentation_of(request, desk)
    still_so = bool(await _open_now(request, desk)) and await _still_shown(
        request, desk, presented.resident_id
    )
    return _state(still_so=still_so)


async def follow_record(request: Request, desk: Desk) -> Response:
    """Server-sent events when what this clinician may see of an open record has changed."""
    presented = await presentation_of(request, desk)
    at_first = await _open_now(request, desk)

    async def is_unchanged() -> bool:
        if not at_first or await _open_now(request, desk) != at_first:
            return False
        return await _still_shown(request, desk, presented.resident_id)

    topic = consent.topic_of(platform_of(request).keys, presented.resident_id)
    return _stream(request, topic, is_unchanged)


async def _is_waiting(request: Request, desk: Desk) -> bool:
    asked = await request_here(request, desk)
    return asked.answer is None and datetime.now(UTC) < asked.expires_at


async def _open_now(request: Request, desk: Desk) -> frozenset[ConsentId]:
    presented = await presentation_of(request, desk)
    is_emergency = "/emergency/" in request.url.path
    return frozenset(
        one.consent_id
        for one in await consents_for(request, desk, presented.resident_id)
        if one.is_override == is_emergency
    )


async def _still_shown(request: Request, desk: Desk, resident_id: ResidentId) -> bool:
    """Whether nothing of what the page's look showed was closed since."""
    number = look_named(request)
    if number is None:
        return True  # a page of an earlier release, which names none
    platform = platform_of(request)
    return await access.is_still_shown(
        platform.pool,
        platform.keys,
        resident_id,
        practitioner_id=desk.practitioner_id,
        institution_id=desk.institution_id,
        number=number,
    )


def _state(*, still_so: bool) -> Response:
    return Response(status_code=204 if still_so else 200, headers=PLAIN.headers())


def _stream(request: Request, topic: str, still_so: _StillSo) -> Response:
    return StreamingResponse(
        _events(request, topic, still_so),
        media_type="text/event-stream",
        headers=PLAIN.headers() | {"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, topic: str, still_so: _StillSo) -> AsyncIterator[str]:
    """Look at once, at every announcement and after every quiet while."""
    yield "retry: 2000\n\n"
    async for _ in platform_of(request).announcements.follow(topic):
        if await session_of(request) is None or not await still_so():
            yield _change()
            return
        yield ": quiet\n\n"


def _change() -> str:
    return f"event: change\ndata: {token_hex(8)}\n\n"
