"""A patient away from home: the region of the code is asked, decides, shows and logs; we only ask.

Nothing of it is kept here: every page asks the home region anew, under the two names it gave, which
say nothing to anybody else and are good for this clinician at this terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openhealthcode import registry
from openhealthcode.access import elsewhere
from openhealthcode.access.elsewhere import AnswerElsewhere, ShownElsewhere, State, Visitor
from openhealthcode.consent import Ask, TriageTooLow
from openhealthcode.healthcode import Routed
from openhealthcode.portal.clinic.ask import end
from openhealthcode.portal.clinic.emergency import blank, checked, emergency_form
from openhealthcode.portal.clinic.presets import LIFETIMES_HOURS, PRESETS
from openhealthcode.portal.clinic.record import Seen, view_of
from openhealthcode.portal.clinic.session import Desk, session_of, show
from openhealthcode.portal.clinic.timeline import Shown
from openhealthcode.portal.clinic.views import Ending, EndingView, ResidentView, WaitingView
from openhealthcode.portal.clinic.visits import resident_view
from openhealthcode.portal.layout import (
    PLAIN,
    Language,
    language_of,
    platform_of,
    read_form,
    see_other,
)
from openhealthcode.registry import Region
from openhealthcode.standards import HealthCodeError, PurposeOfUse, Scene

_BASE: Final = "/clinic/elsewhere"
_HOUR: Final = 3600
_LOOK_SECONDS: Final = 3.0
_LONGEST_STREAM: Final = timedelta(minutes=10)


async def scan_elsewhere(
    request: Request, desk: Desk, routed: Routed, scene: Scene
) -> Response | None:
    """Have another region's code redeemed there; None for a code of our own.

    Raises:
        as ``access.elsewhere.region_of`` and ``Regions`` say.
    """
    platform = platform_of(request)
    region = await elsewhere.region_of(platform.pool, platform.keys, routed)
    if region is None:
        return None
    wanted = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=scene,
        categories=PRESETS[scene],
        lifetime_seconds=LIFETIMES_HOURS[0] * _HOUR,
    )
    visitor = await _visitor(request, desk)
    got = await platform.regions.receive(region, visitor, routed.text, wanted)
    return see_other(f"{_BASE}/{region.division}/{got.visit}/{got.request}")


async def wait_elsewhere(request: Request, desk: Desk) -> Response:
    """Wait for the answer, go on to the record, or say that there is none."""
    region, answer = await _answer(request, desk)
    who, visit = _resident(answer), _visit(request)
    base = f"{_BASE}/{region.division}"
    if answer.state is State.ALLOWED:
        return see_other(f"{base}/{visit}/record")
    if answer.state is State.WAITING:
        waiting = WaitingView(
            visit=visit,
            base=base,
            request="",
            region=_name(request, region),
            resident=who,
            scene=answer.scene,
            count=answer.count,
            asked_at=answer.asked_at,
            answer_by=answer.answer_by,
        )
        return show(request, desk, "waiting.html", waiting=waiting)
    ending = Ending.REFUSED if answer.state is State.REFUSED else Ending.UNANSWERED
    return end(request, desk, EndingView(visit="", ending=ending, resident=who))


async def answer_state_elsewhere(request: Request, desk: Desk) -> Response:
    """204 while the resident has not answered and still can."""
    return _state(still_so=await _is_waiting(request, desk))


async def follow_answer_elsewhere(request: Request, desk: Desk) -> Response:
    """Server-sent events until the request is answered; the home region is asked every few seconds."""
    await _answer(request, desk)
    return _stream(request, desk, is_record=False)


async def show_record_elsewhere(request: Request, desk: Desk) -> Response:
    """What the resident's consent shows this clinician now; logged at home, each time."""
    return await _record(request, desk, PurposeOfUse.TREATMENT)


async def show_emergency_record_elsewhere(request: Request, desk: Desk) -> Response:
    """What an override shows; the same page, in amber."""
    return await _record(request, desk, PurposeOfUse.EMERGENCY)


async def record_state_elsewhere(request: Request, desk: Desk) -> Response:
    """204 while something of the record may still be seen."""
    return _state(still_so=await _is_open(request, desk))


async def follow_record_elsewhere(request: Request, desk: Desk) -> Response:
    """Server-sent events when nothing of an open record may be seen any more."""
    await _answer(request, desk)
    return _stream(request, desk, is_record=True)


async def show_emergency_elsewhere(request: Request, desk: Desk) -> Response:
    """The form of an override for somebody who showed another region's code."""
    region, answer = await _answer(request, desk)
    view = blank(_visit(request), _resident(answer), base=f"{_BASE}/{region.division}")
    return emergency_form(request, desk, view)


async def open_in_emergency_elsewhere(request: Request, desk: Desk) -> Response:
    """Ask the home region to open what the resident's advance choice leaves."""
    region, answer = await _answer(request, desk)
    base = f"{_BASE}/{region.division}"
    form = await read_form(request)
    view = checked(blank(_visit(request), _resident(answer), base=base), form)
    if view.problem or view.chosen_level is None:
        return emergency_form(request, desk, view, status=422)
    try:
        await platform_of(request).regions.override(
            region,
            await _visitor(request, desk),
            request.path_params["visit"],
            triage_level=view.chosen_level,
            reason=view.reason,
        )
    except TriageTooLow:
        return emergency_form(request, desk, replace(view, problem="can-wait"), status=422)
    return see_other(f"{base}/{view.visit}/emergency/record")


async def _record(request: Request, desk: Desk, purpose: PurposeOfUse) -> Response:
    region, answer = await _answer(request, desk)
    who = _resident(answer)
    shown = await platform_of(request).regions.show(
        region,
        await _visitor(request, desk),
        request.path_params["visit"],
        is_emergency=purpose is PurposeOfUse.EMERGENCY,
    )
    if shown.until is None:
        return end(request, desk, EndingView(visit="", ending=Ending.CLOSED))
    entries = _entries(request, shown)
    seen = Seen(who, entries, shown.at, shown.until, shown.number, purpose, shown.scene)
    view = view_of(
        request,
        seen,
        visit=_visit(request),
        base=f"{_BASE}/{region.division}",
        region=_name(request, region),
    )
    return show(request, desk, "record.html", record=view)


def _entries(request: Request, shown: ShownElsewhere) -> tuple[Shown, ...]:
    in_english = language_of(request) is Language.ENGLISH
    return tuple(
        Shown(dict(one.resource), one.category, one.source_en if in_english else one.source)
        for one in shown.entries
    )


async def _answer(request: Request, desk: Desk) -> tuple[Region, AnswerElsewhere]:
    """The region the address names, and what it says of the visit.

    Raises:
        NotFound: none of this clinician's here.
    """
    platform, division = platform_of(request), request.path_params["division"]
    region = await registry.region_of_division(platform.pool, division)
    answer = await platform.regions.answer(
        region,
        await _visitor(request, desk),
        request.path_params["visit"],
        request.path_params["request"],
    )
    return region, answer


async def _visitor(request: Request, desk: Desk) -> Visitor:
    """Who asks, as our registry knows them."""
    pool = platform_of(request).pool
    who = await registry.practitioner(pool, desk.practitioner_id)
    where = await registry.institution(pool, desk.institution_id)
    return Visitor(
        institution_key=str(where.institution_id),
        institution=where.name,
        institution_en=where.name_en,
        practitioner_key=str(who.practitioner_id),
        name=who.name,
        name_en=who.name_en,
        staff_number=who.staff_number,
        department=who.department,
        title=who.title,
        terminal_id=desk.terminal_id,
    )


async def _is_waiting(request: Request, desk: Desk) -> bool:
    _, answer = await _answer(request, desk)
    return answer.state is State.WAITING


async def _is_open(request: Request, desk: Desk) -> bool:
    _, answer = await _answer(request, desk)
    is_emergency = "/emergency/" in request.url.path
    return answer.is_overridden if is_emergency else answer.is_open


def _stream(request: Request, desk: Desk, *, is_record: bool) -> Response:
    return StreamingResponse(
        _events(request, desk, is_record=is_record),
        media_type="text/event-stream",
        headers=PLAIN.headers() | {"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, desk: Desk, *, is_record: bool) -> AsyncIterator[str]:
    """Ask the home region every few seconds; after some minutes the page begins anew."""
    yield "retry: 2000\n\n"
    still_so = _is_open if is_record else _is_waiting
    for _ in range(int(_LONGEST_STREAM.total_seconds() / _LOOK_SECONDS)):
        try:
            unchanged = await session_of(request) is not None and await still_so(request, desk)
        except HealthCodeError:
            unchanged = False
        if not unchanged:
            yield "event: change\ndata: 1\n\n"
            return
        yield ": quiet\n\n"
        await asyncio.sleep(_LOOK_SECONDS)


def _state(*, still_so: bool) -> Response:
    return Response(status_code=204 if still_so else 200, headers=PLAIN.headers())


def _resident(answer: AnswerElsewhere) -> ResidentView:
    return resident_view(answer.name, answer.sex, answer.birth_date)


def _visit(request: Request) -> str:
    return f"{request.path_params['visit']}/{request.path_params['request']}"


def _name(request: Request, region: Region) -> str:
    return (region.name_en if language_of(request) is Language.ENGLISH else "") or region.name
