"""Copies to erase: what an institution was asked and attests, and what is overdue anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit, registry
from openhealthcode.access import AskedErasure
from openhealthcode.consent.erasure import LONGEST_REASON, ErasureAnswer, ErasureState, NotToAttest
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import InvalidInput


async def show_erasures(request: Request, seat: Seat) -> Response:
    """What this officer's institution still has to erase, the most urgent first."""
    platform = platform_of(request)
    asked = await access.erasures_asked(platform.pool, platform.keys, seat.session.institution_id)
    done = request.query_params.get("done", "")
    return render(
        request,
        "reviewer/erasures.html",
        office=seat.office,
        asked=asked,
        done=done if done in set(ErasureAnswer) else "",
    )


async def show_overdue(request: Request, seat: Seat) -> Response:
    """For the supervisor: which institutions have not attested in time."""
    platform = platform_of(request)
    late = await access.erasures_overdue(platform.pool, platform.keys)
    return render(
        request,
        "reviewer/erasures_overdue.html",
        office=seat.office,
        late=late,
        names=await _names(request, late),
    )


async def show_erasure(request: Request, seat: Seat) -> Response:
    """One request with the copies it is about; opening it stands in the resident's log."""
    return await _show(request, seat)


async def attest(request: Request, seat: Seat) -> Response:
    """Take what the officer attests for the institution."""
    platform, form = platform_of(request), await read_form(request)
    if form.text("answer") not in set(ErasureAnswer):
        return await _show(request, seat, problem="answer", typed=form.text("reason"))
    answer = ErasureAnswer(form.text("answer"))
    try:
        await access.attest_erasure(
            platform.pool,
            platform.keys,
            request.path_params["id"],
            _agent(seat),
            answer=answer,
            reason=form.text("reason"),
        )
    except InvalidInput:
        return await _show(request, seat, problem="reason", typed=form.text("reason"))
    except NotToAttest:
        return see_other(f"{seat.office.home}/erasures")
    return see_other(f"{seat.office.home}/erasures?done={answer}")


async def _show(request: Request, seat: Seat, *, problem: str = "", typed: str = "") -> Response:
    platform = platform_of(request)
    copies = await access.copies_to_erase(
        platform.pool, platform.keys, request.path_params["id"], _agent(seat)
    )
    is_retained = copies.asked.state is ErasureState.RETAINED
    return render(
        request,
        "reviewer/erasure.html",
        status=422 if problem else 200,
        office=seat.office,
        copies=copies,
        answers=(ErasureAnswer.ERASED,) if is_retained else tuple(ErasureAnswer),
        longest_reason=LONGEST_REASON,
        problem=problem,
        typed=typed[:LONGEST_REASON],
    )


def _agent(seat: Seat) -> audit.Agent:
    return audit.Agent(
        audit.AgentKind.PRACTITIONER, seat.session.practitioner_id, seat.session.institution_id
    )


async def _names(request: Request, asked: Iterable[AskedErasure]) -> dict[str, str]:
    """The institutions by the public id of what they were asked."""
    asked = list(asked)
    in_english = language_of(request) is Language.ENGLISH
    found = await registry.institutions(
        platform_of(request).pool, {one.institution_id for one in asked}
    )
    return {
        one.public_id: (found[one.institution_id].name_en if in_english else "")
        or found[one.institution_id].name
        for one in asked
        if one.institution_id in found
    }
