"""Cases about accesses: the list of an office, and one case with its steps and what is open to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import registry
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.alert_queue import person_of
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import InvalidInput
from openhealthcode.supervision import cases
from openhealthcode.supervision.cases import (
    LONGEST_WORDS,
    CaseRead,
    LookSaid,
    NotInThisCase,
    Office,
    Said,
    Sanction,
    State,
    StepKind,
    Verdict,
    WordsUnsuitable,
)

_MOST_LEAVES: Final = 40
_ORDER: Final = (
    StepKind.TAKE,
    StepKind.HEAR,
    StepKind.JUDGE,
    StepKind.CONFIRM,
    StepKind.OBJECT,
    StepKind.SUSPEND,
    StepKind.LIFT,
    StepKind.ANSWER,
    StepKind.APPEAL,
)
"""In which order what is open is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One thing that was done."""

    kind: StepKind
    office: Office
    by: str
    at: datetime
    words: str
    verdict: Verdict | None
    sanction: Sanction


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as the pages show it: of the resident nothing but that there is one."""

    case_id: UUID
    kind: cases.CaseKind
    accused: str
    institution: str
    department: str
    rule: str
    leaves: tuple[int, ...]
    look: LookSaid | None = None
    """What a reported line says; of a warning the alert does."""
    others: tuple[str, ...] = ()
    """Who else looked at the one resident, of the reader's institution or, for the region, of any."""
    alert_id: UUID | None
    opened_at: datetime
    state: State
    due_at: datetime | None
    is_late: bool
    is_for_region: bool
    is_heard: bool
    verdict: Verdict | None
    sanction: Sanction
    is_suspended: bool
    taken_by: str
    steps: tuple[StepView, ...]
    open_to_me: tuple[StepKind, ...]
    needs_second: bool


async def show_cases(request: Request, seat: Seat) -> Response:
    """Every case this office handles, those that are not over first."""
    platform, person = platform_of(request), await person_of(request, seat)
    found = await cases.cases_for(platform.pool, platform.keys, person)
    names = await _names(request, found)
    views = [view_of(one, names, person) for one in found]
    return render(
        request,
        "supervisor/cases.html",
        office=seat.office,
        open_cases=[one for one in views if one.state is not State.CLOSED],
        closed_cases=[one for one in views if one.state is State.CLOSED],
    )


async def show_case(request: Request, seat: Seat) -> Response:
    """One case."""
    return await _show(request, seat)


async def take_step(request: Request, seat: Seat) -> Response:
    """Do what the form says, if it is still open."""
    platform, form = platform_of(request), await read_form(request)
    person, case_id = await person_of(request, seat), UUID(str(request.path_params["id"]))
    try:
        kind, said = read_step(form)
        await cases.take_step(platform.pool, platform.keys, case_id, person, kind, said)
    except WordsUnsuitable:
        return await _show(request, seat, problem="words", typed=form.text("words"), status=422)
    except InvalidInput:
        return await _show(request, seat, problem="verdict", typed=form.text("words"), status=422)
    except NotInThisCase:
        return await _show(request, seat, problem="moved", status=409)
    return see_other(f"{seat.office.home}/conduct/{case_id}?done=yes")


def read_step(form: Form) -> tuple[StepKind, Said]:
    """What a form says.

    Raises:
        InvalidInput: no step, or a judgement without a verdict.
    """
    if form.text("step") not in set(StepKind):
        raise InvalidInput("a step our pages do not offer")
    kind = StepKind(form.text("step"))
    if kind is not StepKind.JUDGE:
        return kind, Said(form.text("words"))
    verdict, sanction = form.text("verdict"), form.text("sanction") or Sanction.NONE.value
    if verdict not in set(Verdict) or sanction not in set(Sanction):
        raise InvalidInput("a judgement our pages do not offer")
    return kind, Said(form.text("words"), Verdict(verdict), Sanction(sanction))


async def _show(
    request: Request, seat: Seat, *, problem: str = "", typed: str = "", status: int = 200
) -> Response:
    platform, person = platform_of(request), await person_of(request, seat)
    read = await cases.case(
        platform.pool, platform.keys, UUID(str(request.path_params["id"])), person
    )
    names = await _names(request, [read])
    return render(
        request,
        "supervisor/case.html",
        status=status,
        office=seat.office,
        case=replace(view_of(read, names, person), others=await _others(request, read, person)),
        verdicts=tuple(Verdict),
        sanctions=tuple(Sanction),
        longest=LONGEST_WORDS,
        problem=problem,
        typed=typed[:LONGEST_WORDS],
        is_done="done" in request.query_params,
    )


async def _names(request: Request, found: list[CaseRead]) -> Names:
    people: list[UUID] = [one.case.accused for one in found]
    people += [s.by for one in found for s in one.steps if s.office is not Office.RESIDENT]
    return await names_of(request, people=people, places={one.case.institution_id for one in found})


async def _others(request: Request, read: CaseRead, person: cases.Person) -> tuple[str, ...]:
    others = set(read.case.about.others) - {person.practitioner_id}
    known = await registry.practitioners(platform_of(request).pool, others)
    is_region = person.office is Office.SUPERVISOR
    shown = [
        who
        for who, one in known.items()
        if is_region or one.institution_id == person.institution_id
    ]
    names = await names_of(request, people=shown)
    return tuple(sorted(map(names.person, shown)))


def view_of(read: CaseRead, names: Names, person: cases.Person) -> CaseView:
    """A case as somebody may read it."""
    case, stands = read.case, read.stands
    may = cases.steps_open_to(case, stands, person)
    return CaseView(
        case_id=case.case_id,
        kind=case.kind,
        accused=names.person(case.accused),
        institution=names.place(case.institution_id),
        department=case.department,
        rule=case.about.rule,
        leaves=case.about.leaves[-_MOST_LEAVES:],
        look=case.about.look,
        alert_id=case.about.alert_id,
        opened_at=case.opened_at,
        state=stands.state,
        due_at=stands.due_at,
        is_late=stands.is_late,
        is_for_region=stands.is_for_region,
        is_heard=stands.is_heard,
        verdict=stands.verdict,
        sanction=stands.sanction,
        is_suspended=stands.suspended_at is not None,
        taken_by=names.person(stands.taken_by),
        steps=tuple(
            StepView(
                kind=step.kind,
                office=step.office,
                by="" if step.office is Office.RESIDENT else names.person(step.by),
                at=step.at,
                words=step.said.words,
                verdict=step.said.verdict,
                sanction=step.said.sanction,
            )
            for step in read.steps
        ),
        open_to_me=tuple(kind for kind in _ORDER if kind in may),
        needs_second=cases.is_own_unit(case, person),
    )
