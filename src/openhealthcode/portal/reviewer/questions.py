"""The supervisor answers what the public asks about the collection rules."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import questions
from openhealthcode.collection.questions import QuestionUnsuitable
from openhealthcode.portal.layout import (
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.public import about
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import Conflict


async def show_questions(request: Request, seat: Seat) -> Response:
    """What waits for an answer, the next due first."""
    found = await questions.waiting(platform_of(request).pool)
    now, language = datetime.now(UTC), language_of(request)
    return render(
        request,
        "reviewer/questions.html",
        office=seat.office,
        questions=[(about(one, language), one, one.state(now)) for one in found],
        is_done="done" in request.query_params,
    )


async def show_question(request: Request, seat: Seat) -> Response:
    """One question, and the forms to answer it or not to publish it."""
    return await _show(request, seat)


async def answer(request: Request, seat: Seat) -> Response:
    """Publish the answer, or set the question aside with the reason."""
    pool, form = platform_of(request).pool, await read_form(request)
    question_id, by = request.path_params["id"], seat.session.practitioner_id
    try:
        if form.text("step") == "aside":
            await questions.set_aside(pool, question_id, by=by, reason=form.text("reason"))
        else:
            await questions.publish(
                pool, question_id, by=by, question=form.text("question"), answer=form.text("answer")
            )
    except QuestionUnsuitable:
        typed = {name: form.text(name) for name in ("question", "answer", "reason")}
        return await _show(request, seat, problem=form.text("step") or "publish", typed=typed)
    return see_other("/supervision/questions?done")


async def _show(
    request: Request, seat: Seat, *, problem: str = "", typed: dict[str, str] | None = None
) -> Response:
    one = await questions.question(platform_of(request).pool, request.path_params["id"])
    if one.answered_at is not None:
        raise Conflict
    return render(
        request,
        "reviewer/question.html",
        status=422 if problem else 200,
        office=seat.office,
        question=one,
        about=about(one, language_of(request)),
        state=one.state(datetime.now(UTC)),
        typed=typed or {"question": one.asked, "answer": "", "reason": ""},
        longest=(questions.LONGEST_QUESTION, questions.LONGEST_ANSWER),
        problem=problem,
    )
