"""A found file is handed in: whom it was handed over to, who was shown what stands in it, or neither."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access.handing_over import HandedOver, Onlooker
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.portal.layout import platform_of, read_upload, render
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import HealthCodeError, TooLarge
from openhealthcode.supervision import tracing
from openhealthcode.supervision.tracing import Investigation, ScreenOrigin, Source

MOST_BYTES: Final = 19_000_000
"""A little below what a request may carry; `ohc leak` takes more."""
FIELD: Final = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginView:
    """A file that left, from which the found one comes."""

    kind: str
    name: str
    institution: str
    made_at: datetime
    form: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlookerView:
    """Somebody who was shown some of what stands in it, as the log has it."""

    kind: str
    name: str
    institution: str
    shown: int
    first_at: datetime
    latest_at: datetime
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenView:
    """Whose screen a picture shows."""

    kind: str = "practitioner"
    name: str
    institution: str
    told: ScreenOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """What is known about a found file."""

    told: Investigation
    digest: str
    screen: ScreenView | None = None
    origins: tuple[OriginView, ...]
    onlookers: tuple[OnlookerView, ...]


async def show_form(request: Request, seat: Seat) -> Response:
    """Where a found file is handed in."""
    return _page(request, seat)


async def trace(request: Request, seat: Seat) -> Response:
    """Trace the file; it is read in memory and not kept."""
    platform, session = platform_of(request), seat.session
    tracer = Agent(AgentKind.PRACTITIONER, session.practitioner_id, session.institution_id)
    try:
        content = await _uploaded(request)
        if not content:
            return _page(request, seat, problem="empty")
        told = await tracing.investigate(platform.pool, platform.keys, content, tracer)
    except TooLarge:
        return _page(request, seat, problem="too-large")
    except HealthCodeError:
        return _page(request, seat, problem="empty")
    return _page(request, seat, await _view(request, told))


async def bring_out(request: Request, seat: Seat) -> Response:
    """The label of a pictured screen, dark on white, as a picture; the record in it is blotted out."""
    try:
        told = await asyncio.to_thread(tracing.bring_out, await _uploaded(request))
    except HealthCodeError:
        told = None
    if told is None:
        return _page(request, seat, problem="no-picture")
    return Response(told, media_type="image/png", headers={"Cache-Control": "no-store"})


def _page(
    request: Request, seat: Seat, trace: TraceView | None = None, problem: str = ""
) -> Response:
    return render(
        request,
        "supervisor/traces.html",
        status=422 if problem else 200,
        office=seat.office,
        trace=trace,
        problem=problem,
        most_megabytes=MOST_BYTES // 1_000_000,
    )


async def _view(request: Request, told: Investigation) -> TraceView:
    agents: list[HandedOver | Onlooker] = [*(one.file for one in told.origins), *told.onlookers]
    names = await names_of(
        request,
        people=[
            *(one.agent_id for one in agents if one.agent_kind is AgentKind.PRACTITIONER),
            *([told.screen.screen.account] if told.screen else ()),
        ],
        systems=[one.agent_id for one in agents if one.agent_kind is AgentKind.SYSTEM],
        places=[
            *(one.institution_id for one in agents),
            *([told.screen.institution_id] if told.screen else ()),
        ],
    )
    return TraceView(
        told=told,
        digest=told.digest.hex(),
        screen=_screen(names, told.screen) if told.screen else None,
        origins=tuple(
            OriginView(
                kind=one.file.agent_kind.value,
                name=_called(names, one.file),
                institution=names.place(one.file.institution_id),
                made_at=one.file.made_at,
                form=one.file.form.value,
                source=one.source,
            )
            for one in told.origins
        ),
        onlookers=tuple(
            OnlookerView(
                kind=one.agent_kind.value,
                name=_called(names, one),
                institution=names.place(one.institution_id),
                shown=one.shown,
                first_at=one.first_at,
                latest_at=one.latest_at,
                is_all=one.shown == told.entries_read,
            )
            for one in told.onlookers
        ),
    )


def _screen(names: Names, told: ScreenOrigin) -> ScreenView:
    account = told.screen.account
    return ScreenView(
        name=names.person(account), institution=names.place(told.institution_id), told=told
    )


def _called(names: Names, one: HandedOver | Onlooker) -> str:
    return names.called(one.agent_kind.value, one.agent_id) if one.agent_id else ""


async def _uploaded(request: Request) -> bytes:
    content, _ = await read_upload(request, FIELD, most_bytes=MOST_BYTES)
    return content
