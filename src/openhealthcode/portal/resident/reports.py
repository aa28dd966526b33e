"""「不认识此人」: one tap asks who somebody in the log was, and a page says what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import (
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.looks import Look
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.views import PersonView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.supervision import reports
from openhealthcode.supervision.cases import LONGEST_WORDS, NotInThisCase, Verdict, WordsUnsuitable
from openhealthcode.supervision.reports import ResidentReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """What the resident asked about somebody, and what came of it.

    Args:
        state: names the sentence, as ``reports.state.<state>``.
        followed: what followed for somebody who was not justified, as ``reports.sanction.<followed>``.
        due_at: until when the answer must come, or may be contested.
    """

    case_id: UUID
    line: int
    person: PersonView
    asked_at: datetime
    state: str
    due_at: datetime | None
    followed: str = ""
    words: str = field(default="", repr=False)
    answered_at: datetime | None = None
    may_contest: bool = False


async def ask_who(request: Request, session: ResidentSession) -> Response:
    """One tap at a line of the log; nothing needs to be written."""
    platform, number = platform_of(request), request.path_params["number"]
    case = await reports.report(platform.pool, platform.keys, session.resident_id, number)
    return see_other(f"/looked/reports?asked=yes#c{case.case_id}")


async def show_reports(
    request: Request, session: ResidentSession, problem: str = "", about: UUID | None = None
) -> Response:
    """Everything the resident asked, the newest first, with its clock or its answer."""
    platform = platform_of(request)
    found = await reports.reports_of(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.accused for one in found],
        institution_ids=[one.institution_id for one in found],
    )
    return render(
        request,
        "resident/reports.html",
        reports=[view_of(one, known) for one in found],
        asked=request.query_params.get("asked") == "yes",
        problem=problem,
        about=about,
        longest=LONGEST_WORDS,
    )


async def contest(request: Request, session: ResidentSession) -> Response:
    """Have the region look at an answer again, with or without words."""
    platform, case_id = platform_of(request), request.path_params["id"]
    words = (await read_form(request)).text("words")
    try:
        await reports.contest(platform.pool, platform.keys, session.resident_id, case_id, words)
    except WordsUnsuitable:
        return await show_reports(request, session, "words", case_id)
    except NotInThisCase:
        return await show_reports(request, session, "over", case_id)
    return see_other(f"/looked/reports#c{case_id}")


def view_of(one: ResidentReport, known: Acquaintances) -> ReportView:
    """As the page shows it."""
    return ReportView(
        case_id=one.case_id,
        line=one.line,
        person=known.person(one.accused, one.institution_id),
        asked_at=one.reported_at,
        state=_state(one),
        due_at=one.due_at,
        followed=one.sanction.value if one.answer is Verdict.UNJUSTIFIED else "",
        words=one.words,
        answered_at=one.answered_at,
        may_contest=one.may_contest,
    )


def reported(
    looks: Iterable[Look], found: Iterable[ResidentReport], known: Acquaintances
) -> Mapping[int, ReportView]:
    """Which lines of a page the resident has asked about, by the number each is known by."""
    asked = list(found)
    views = {}
    for look in looks:
        numbers = {line.number for line in look.lines}
        one = next(
            (r for r in asked if r.line in numbers or _is_about(r, look)),
            None,
        )
        if one is not None:
            views[look.newest.number] = view_of(one, known)
    return views


def _is_about(one: ResidentReport, look: Look) -> bool:
    """Whether a question that is still open is about the same person."""
    return one.is_open and look.newest.agent_id == one.accused


def _state(one: ResidentReport) -> str:
    if one.answer is not None and not one.is_open:
        return str(one.answer)
    if one.is_late:
        return "late"
    return "contested" if one.answer is not None else "asked"
