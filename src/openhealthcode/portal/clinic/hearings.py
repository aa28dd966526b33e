"""Whoever is asked about their looks reads the question, answers, and may appeal."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.layout import platform_of, read_form, see_other
from openhealthcode.portal.supervisor.conduct import view_of
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import InvalidInput
from openhealthcode.supervision import cases
from openhealthcode.supervision.cases import (
    LONGEST_WORDS,
    CaseRead,
    NotInThisCase,
    Office,
    Person,
    Said,
    StepKind,
    WordsUnsuitable,
)

_HOME = "/clinic/hearings"
_MINE = (StepKind.ANSWER, StepKind.APPEAL)


async def show_hearings(request: Request, desk: Desk) -> Response:
    """Every case in which this clinician is or was asked."""
    platform, person = platform_of(request), accused(desk)
    found = await cases.hearings_of(platform.pool, platform.keys, person)
    names = await _names(request, found)
    return show(
        request, desk, "hearings.html", cases=[view_of(one, names, person) for one in found]
    )


async def open_hearings(request: Request, desk: Desk) -> int:
    """How many questions this clinician may still answer or appeal in."""
    platform, person = platform_of(request), accused(desk)
    found = await cases.hearings_of(platform.pool, platform.keys, person)
    return sum(bool(cases.steps_open_to(one.case, one.stands, person)) for one in found)


async def show_hearing(request: Request, desk: Desk) -> Response:
    """One of them."""
    return await _show(request, desk)


async def answer_hearing(request: Request, desk: Desk) -> Response:
    """Take an answer or an appeal.

    Raises:
        InvalidInput: a step that is not the accused's.
    """
    platform, form = platform_of(request), await read_form(request)
    case_id, words = UUID(str(request.path_params["id"])), form.text("words")
    if form.text("step") not in _MINE:
        raise InvalidInput("a step our pages do not offer")
    try:
        await cases.take_step(
            platform.pool,
            platform.keys,
            case_id,
            accused(desk),
            StepKind(form.text("step")),
            Said(words),
        )
    except WordsUnsuitable:
        return await _show(request, desk, problem="words", typed=words, status=422)
    except NotInThisCase:
        return await _show(request, desk, problem="moved", status=409)
    return see_other(f"{_HOME}/{case_id}?done=yes")


def accused(desk: Desk) -> Person:
    """The clinician as who is asked."""
    return Person(Office.ACCUSED, desk.practitioner_id, desk.institution_id, desk.view.department)


async def _show(
    request: Request, desk: Desk, *, problem: str = "", typed: str = "", status: int = 200
) -> Response:
    platform, person = platform_of(request), accused(desk)
    read = await cases.case(
        platform.pool, platform.keys, UUID(str(request.path_params["id"])), person
    )
    return show(
        request,
        desk,
        "hearing.html",
        status=status,
        case=view_of(read, await _names(request, [read]), person),
        longest=LONGEST_WORDS,
        problem=problem,
        typed=typed[:LONGEST_WORDS],
        is_done="done" in request.query_params,
    )


async def _names(request: Request, found: list[CaseRead]) -> Names:
    people = {step.by for one in found for step in one.steps if step.office is not Office.RESIDENT}
    places = {one.case.institution_id for one in found}
    return await names_of(request, people=people, places=places)
