"""The queue of an office, one case of it, and its judgement."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, registry
from openhealthcode.access import ExaminedOverride, lookups
from openhealthcode.consent import emergency
from openhealthcode.consent.emergency import CaseState, Judgement, NotToReview, OverrideCase
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.reviewer.views import CaseView, ExaminedView
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import UnreadableId


async def show_queue(request: Request, seat: Seat) -> Response:
    """Everything this reviewer may judge now, the next due first."""
    platform = platform_of(request)
    found = await emergency.cases_to_review(platform.pool, platform.keys, seat.reviewer)
    done = request.query_params.get("done", "")
    return render(
        request,
        "reviewer/queue.html",
        office=seat.office,
        cases=await _views(request, found),
        new_lookups=await lookups.unseen_alarms(platform.pool),
        done=done if done in set(Judgement) else "",
    )


async def show_case(request: Request, seat: Seat) -> Response:
    """One case; opening it stands in the resident's log."""
    return await _show(request, seat)


async def judge(request: Request, seat: Seat) -> Response:
    """Take the judgement and its reason."""
    platform, form = platform_of(request), await read_form(request)
    resident_id, consent_id = _named(request)
    if form.text("judgement") not in set(Judgement):
        return await _show(request, seat, problem="judgement", typed=form.text("reason"))
    judgement = Judgement(form.text("judgement"))
    try:
        await access.judge_override(
            platform.pool,
            platform.keys,
            resident_id,
            consent_id,
            reviewer=seat.reviewer,
            judgement=judgement,
            reason=form.text("reason"),
        )
    except InvalidInput:
        return await _show(request, seat, problem="reason", typed=form.text("reason"))
    except NotToReview:
        return _over(request, seat)
    return see_other(f"{seat.office.home}?done={judgement}")


async def _show(request: Request, seat: Seat, *, problem: str = "", typed: str = "") -> Response:
    platform = platform_of(request)
    resident_id, consent_id = _named(request)
    try:
        examined = await access.examine_override(
            platform.pool, platform.keys, resident_id, consent_id, seat.reviewer
        )
    except NotToReview:
        return _over(request, seat)
    return render(
        request,
        "reviewer/case.html",
        status=422 if problem else 200,
        office=seat.office,
        examined=await _examined(request, examined),
        judgements=tuple(Judgement),
        problem=problem,
        typed=typed[:500],
    )


def _over(request: Request, seat: Seat) -> Response:
    return render(request, "reviewer/over.html", status=409, office=seat.office)


def _named(request: Request) -> tuple[ResidentId, ConsentId]:
    try:
        resident_id, consent_id = platform_of(request).keys.open_id(request.path_params["case"])
    except UnreadableId:
        raise NotFound from None
    return ResidentId(resident_id), ConsentId(consent_id)


async def _examined(request: Request, examined: ExaminedOverride) -> ExaminedView:
    (case,) = await _views(request, [(examined.case, examined.state)])
    return ExaminedView(
        case=case,
        triage_level=examined.triage_level,
        reason=examined.reason,
        looks=examined.looks,
        entries=examined.entries,
    )


async def _views(
    request: Request, found: Iterable[tuple[OverrideCase, CaseState]]
) -> tuple[CaseView, ...]:
    platform, in_english = platform_of(request), language_of(request) is Language.ENGLISH
    cases = list(found)
    authors = await registry.practitioners(
        platform.pool, {case.practitioner_id for case, _ in cases}
    )
    places = await registry.institutions(platform.pool, {case.institution_id for case, _ in cases})
    views = []
    for case, state in cases:
        author, place = authors[case.practitioner_id], places[case.institution_id]
        views.append(
            CaseView(
                reference=platform.keys.seal_id(case.resident_id, case.consent_id),
                author=(author.name_en if in_english else "") or author.name,
                staff_number=author.staff_number,
                department=author.department,
                institution=(place.name_en if in_english else "") or place.name,
                opened_at=case.opened_at,
                due_at=case.due_at,
                state=state,
                is_second=case.reviewers_needed > 1,
            )
        )
    return tuple(views)
