"""The officers' queue of alerts: what stands out, in a sentence each, and what is made of it.

Nothing of a record is here, and of residents only how many: a mark tells whether it is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import registry
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import SUPERVISOR, Seat
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.supervision import alerts
from openhealthcode.supervision.alerts import AlertMoved, AlertRow, AlertState
from openhealthcode.supervision.cases import (
    LONGEST_WORDS,
    Office,
    Person,
    WordsUnsuitable,
    is_of_unit,
)
from openhealthcode.supervision.warning import Edition, Severity

_MARK_DIGITS: Final = 6
_MOST_LISTED: Final = 100
_DONE: Final = frozenset({"dismissed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One thing that was found, as a sentence, with the places of its accesses in the public log."""

    sentence: str
    severity: Severity
    at: datetime
    leaves: tuple[int, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert as the pages show it."""

    alert_id: UUID
    person: str
    department: str
    institution: str
    severity: Severity
    opened_at: datetime
    latest_at: datetime
    told_at: datetime
    residents: int
    findings: tuple[FindingView, ...]
    state: AlertState
    case_id: UUID | None
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """What this officer looks at today, what colleagues do, and what waits."""

    today: tuple[AlertView, ...]
    others: tuple[AlertView, ...]
    waiting: int
    budget: int


async def person_of(request: Request, seat: Seat) -> Person:
    """Who sits here, as the rules of cases see them."""
    who = await registry.practitioner(platform_of(request).pool, seat.session.practitioner_id)
    office = Office.SUPERVISOR if seat.office is SUPERVISOR else Office.OFFICER
    return Person(office, who.practitioner_id, who.institution_id, who.department)


async def show_alerts(request: Request, seat: Seat) -> Response:
    """Today's queue, the gravest first."""
    platform, person = platform_of(request), await person_of(request, seat)
    queue = await alerts.alerts_for(platform.pool, platform.keys, person)
    edition = await alerts.edition_in_force(platform.pool, platform.keys)
    others = queue.others[:_MOST_LISTED]
    names = await _names(request, [*queue.today, *others])
    departments = await _departments(request, [*queue.today, *others])
    done = request.query_params.get("done", "")
    return render(
        request,
        "supervisor/alerts.html",
        office=seat.office,
        queue=QueueView(
            today=tuple(_view(request, one, edition, names, departments) for one in queue.today),
            others=tuple(_view(request, one, edition, names, departments) for one in others),
            waiting=len(queue.waiting) + len(queue.others) - len(others),
            budget=queue.budget,
        ),
        done=done if done in _DONE else "",
    )


async def show_alert(request: Request, seat: Seat) -> Response:
    """One alert with all that was found."""
    return await _show(request, seat)


async def settle_alert(request: Request, seat: Seat) -> Response:
    """Make a case of it, or say why it is none."""
    platform, form = platform_of(request), await read_form(request)
    person, alert_id = await person_of(request, seat), UUID(str(request.path_params["id"]))
    words = form.text("words")
    try:
        if form.text("step") == "dismiss":
            await alerts.dismiss(platform.pool, platform.keys, alert_id, person, words)
            return see_other(f"{seat.office.home}/alerts?done=dismissed")
        opened = await alerts.make_case(platform.pool, platform.keys, alert_id, person)
    except WordsUnsuitable:
        return await _show(request, seat, problem="words", typed=words, status=422)
    except AlertMoved:
        return await _show(request, seat, problem="moved", status=409)
    return see_other(f"{seat.office.home}/conduct/{opened.case_id}")


async def _show(
    request: Request, seat: Seat, *, problem: str = "", typed: str = "", status: int = 200
) -> Response:
    platform, person = platform_of(request), await person_of(request, seat)
    row = await alerts.alert_for(
        platform.pool, platform.keys, UUID(str(request.path_params["id"])), person
    )
    edition = await alerts.edition_in_force(platform.pool, platform.keys)
    names, departments = await _names(request, [row]), await _departments(request, [row])
    view = _view(request, row, edition, names, departments)
    is_own = is_of_unit(person, row.alert.institution, view.department)
    return render(
        request,
        "supervisor/alert.html",
        status=status,
        office=seat.office,
        alert=view,
        is_system=row.alert.practitioner not in departments,
        may_dismiss=not is_own,
        longest=LONGEST_WORDS,
        problem=problem,
        typed=typed[:LONGEST_WORDS],
    )


async def _names(request: Request, rows: Iterable[AlertRow]) -> Names:
    found = list(rows)
    people = [one.alert.practitioner for one in found] + [one.settled_by for one in found]
    return await names_of(
        request,
        people=people,
        systems=[one.alert.practitioner for one in found],
        places=[one.alert.institution for one in found],
    )


async def _departments(request: Request, rows: Iterable[AlertRow]) -> dict[UUID, str]:
    known = await registry.practitioners(
        platform_of(request).pool, {one.alert.practitioner for one in rows}
    )
    return {who: one.department for who, one in known.items()}


def _view(
    request: Request,
    row: AlertRow,
    edition: Edition,
    names: Names,
    departments: dict[UUID, str],
) -> AlertView:
    alert, language = row.alert, "en" if language_of(request) is Language.ENGLISH else "zh"
    who = alert.practitioner
    return AlertView(
        alert_id=row.alert_id,
        person=names.person(who) or names.called("system", who),
        department=departments.get(who, ""),
        institution=names.place(alert.institution),
        severity=alert.severity,
        opened_at=alert.opened_at,
        latest_at=alert.latest_at,
        told_at=row.told_at,
        residents=len(alert.resident_marks),
        findings=tuple(
            FindingView(
                sentence=edition.sentence(finding, language),
                severity=finding.severity,
                at=finding.at,
                leaves=finding.leaves,
                marks=tuple(mark.hex()[:_MARK_DIGITS] for mark in finding.resident_marks),
            )
            for finding in alert.findings
        ),
        state=row.state,
        case_id=row.case_id,
        settled_at=row.settled_at,
        settled_by=names.person(row.settled_by),
    )
