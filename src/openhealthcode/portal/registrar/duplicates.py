"""Entries that may be one person's: the queue by risk, side by side, decided, taken back."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access.duplicates import (
    ComparedCase,
    DismissReason,
    NumbersDiffer,
    ReviewQueue,
)
from openhealthcode.identity import CertificateTaken, NumberDisagrees, RegistrationMalformed
from openhealthcode.identity.linking import AlreadyOnePerson, KnownApart, NotMerged
from openhealthcode.identity.review import Answer, AnsweredAlready, Risk
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.registrar.duplicate_views import case_view
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import Conflict, Forbidden, HealthCodeError, InvalidInput
from openhealthcode.standards.ids import ResidentId

MERGE_REASONS: Final = ("cards", "told", "sender", "other")
APART_REASONS: Final = ("cards", "family", "other")
UNDO_REASONS: Final = ("mistake", "new-papers", "other")
LONGEST_WORDS: Final = 300
_PROBLEMS: Final[dict[type[HealthCodeError], str]] = {
    Forbidden: "unseen",
    AnsweredAlready: "answered",
    NumbersDiffer: "numbers",
    KnownApart: "apart",
    AlreadyOnePerson: "one-person",
    NotMerged: "not-merged",
    InvalidInput: "unsuitable",
    CertificateTaken: "taken",
    NumberDisagrees: "disagrees",
    RegistrationMalformed: "disagrees",
}
_CANNOT_BE: Final = (CertificateTaken, NumberDisagrees, RegistrationMalformed)
"""Why what came in cannot be taken over."""
_SHORTEST_PAPER: Final = 2
_STATUS: Final = {"unseen": 403, "answered": 409, "apart": 409, "one-person": 409, "over": 409}
_DONE: Final = frozenset(Answer)


async def show_queue(request: Request, clerk: StaffSession) -> Response:
    """What waits, by risk; how much work it is; what was answered last. Names nobody."""
    platform = platform_of(request)
    queue = await access.review_queue(platform.pool, platform.keys, clerk.institution_id)
    done = request.query_params.get("done", "")
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.answered.clerk_id for one in queue.answered],
        institution_ids=[case.item.institution_id for case in queue.cases],
    )
    return page_of_queue(request, queue, known, done if done in _DONE else "")


def page_of_queue(
    request: Request, queue: ReviewQueue, known: Acquaintances, done: str = ""
) -> Response:
    """The queue, and what was done just now."""
    return render(
        request,
        "registrar/duplicates.html",
        queue=queue,
        risks=sorted(Risk, reverse=True),
        known=known,
        done=done,
        last=request.query_params.get("case", "")[:64],
        why=partial(_why, request),
    )


async def show_case(request: Request, clerk: StaffSession) -> Response:
    """Both entries side by side; logged with both.

    Raises:
        NotFound: no such case, or none of this registrar's.
    """
    return await _show(request, clerk)


async def merge(request: Request, clerk: StaffSession) -> Response:
    """The two are one person."""
    platform, form = platform_of(request), await read_form(request)
    reason = _reason(request, form, "merge", MERGE_REASONS)
    survivor = _resident(form.text("survivor"))
    if not reason or survivor is None:
        return await _show(request, clerk, "merge-reason" if not reason else "survivor")
    doing = access.merge_case(
        platform.pool,
        platform.keys,
        platform.outbox,
        request.path_params["case"],
        agent_of(clerk),
        survivor=survivor,
        reason=reason,
        despite_numbers=form.text("despite") == "yes",
    )
    return await _answered(request, clerk, doing, Answer.MERGED)


async def keep_apart(request: Request, clerk: StaffSession) -> Response:
    """The two are different people."""
    platform, form = platform_of(request), await read_form(request)
    reason = _reason(request, form, "apart", APART_REASONS)
    if not reason:
        return await _show(request, clerk, "apart-reason")
    doing = access.keep_case_apart(
        platform.pool,
        platform.keys,
        request.path_params["case"],
        agent_of(clerk),
        reason,
    )
    return await _answered(request, clerk, doing, Answer.NOT_SAME)


async def accept(request: Request, clerk: StaffSession) -> Response:
    """What came in is right: the person changed, and shows the papers."""
    platform, form = platform_of(request), await read_form(request)
    paper = form.text("paper")[:LONGEST_WORDS]
    if len(paper) < _SHORTEST_PAPER or form.text("compared") != "yes":
        return await _show(request, clerk, "paper")
    doing = access.accept_case(
        platform.pool, platform.keys, request.path_params["case"], agent_of(clerk), paper
    )
    return await _answered(request, clerk, doing, Answer.ACCEPTED)


async def dismiss(request: Request, clerk: StaffSession) -> Response:
    """The delivery is its sender's to put right."""
    platform, form = platform_of(request), await read_form(request)
    if form.text("why") not in set(DismissReason):
        return await _show(request, clerk, "why")
    doing = access.dismiss_case(
        platform.pool,
        platform.keys,
        request.path_params["case"],
        agent_of(clerk),
        DismissReason(form.text("why")),
    )
    return await _answered(request, clerk, doing, Answer.DISMISSED)


async def take_back(request: Request, clerk: StaffSession) -> Response:
    """The latest answer was wrong: all is as before, and the case waits again."""
    platform, form = platform_of(request), await read_form(request)
    reason = _reason(request, form, "undo", UNDO_REASONS)
    if not reason:
        return await _show(request, clerk, "undo-reason")
    doing = access.take_back_answer(
        platform.pool,
        platform.keys,
        platform.outbox,
        request.path_params["case"],
        agent_of(clerk),
        reason,
    )
    return await _answered(request, clerk, doing, Answer.REOPENED)


async def _answered(
    request: Request, clerk: StaffSession, doing: Awaitable[object], answer: Answer
) -> Response:
    """Do what was decided, and go back to the queue; what is refused is said on the page."""
    try:
        await doing
    except (Forbidden, Conflict, InvalidInput, *_CANNOT_BE) as refused:
        return await _refused(request, clerk, refused)
    return _done(request, answer)


def _done(request: Request, answer: Answer) -> Response:
    return see_other(f"/registrar/duplicates?done={answer}&case={request.path_params['case']}")


async def _refused(request: Request, clerk: StaffSession, refused: HealthCodeError) -> Response:
    """The case again, with what stood against it."""
    return await _show(request, clerk, _PROBLEMS.get(type(refused), "over"))


async def _show(request: Request, clerk: StaffSession, problem: str = "") -> Response:
    platform = platform_of(request)
    case = await access.compare_case(
        platform.pool, platform.keys, request.path_params["case"], agent_of(clerk)
    )
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.clerk_id for one in case.answered],
        institution_ids=[
            *(one.source.institution_id for entry in case.entries for one in entry.received),
            *(one.institution_id for one in case.answered),
        ],
    )
    return page_of_case(request, case, known, problem)


def page_of_case(
    request: Request, case: ComparedCase, known: Acquaintances, problem: str = ""
) -> Response:
    """The comparison, with the decisions there are."""
    return render(
        request,
        "registrar/duplicate.html",
        status=_STATUS.get(problem, 422) if problem else 200,
        case=case,
        view=case_view(case, language_of(request)),
        known=known,
        merge_reasons=MERGE_REASONS,
        apart_reasons=APART_REASONS,
        undo_reasons=UNDO_REASONS,
        dismiss_reasons=tuple(DismissReason),
        problem=problem,
        why=partial(_why, request),
        kind=partial(_kind, request),
    )


def _why(request: Request, reason: str) -> str:
    """What led to a case, in words; a rule of a later release in general ones."""
    return _said(request, "duplicates.reason", reason)


def _kind(request: Request, kind: str) -> str:
    return _said(request, "duplicates.kind", kind)


def _said(request: Request, table: str, name: str) -> str:
    known = catalogue(language_of(request))
    key = f"{table}.{name}"
    return known.plain(key if key in known.sentences else f"{table}.other")


def _reason(request: Request, form: Form, about: str, known: tuple[str, ...]) -> str:
    """The reason in words: a usual one, or the registrar's own; empty when none was given."""
    chosen, words = form.text("reason"), form.text("words")[:LONGEST_WORDS]
    if chosen not in known or (chosen == "other" and not words):
        return ""
    if chosen == "other":
        return words
    usual = catalogue(language_of(request)).plain(f"duplicates.{about}.reason.{chosen}")
    return f"{usual} {words}".strip()


def _resident(text: str) -> ResidentId | None:
    try:
        return ResidentId(UUID(text))
    except ValueError:
        return None
