"""Questions about the rules: asked by anybody, answered within 15 days, for everybody to read."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import RULES, questions
from openhealthcode.collection.questions import Question, QuestionUnsuitable
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.headers import PLAIN
from openhealthcode.portal.public.elements import element_page, named_in
from openhealthcode.portal.public.views import named, said
from openhealthcode.standards import TooManyAttempts


async def ask(request: Request) -> Response:
    """Take a question and lead to the page that shows its clock."""
    platform = platform_of(request)
    rule, element = named_in(request)
    words = (await read_form(request)).text("words")
    try:
        question_id = await questions.ask(
            platform.pool,
            platform.keys,
            scene=rule.scene,
            element=element.id,
            words=words,
            caller=request.client.host if request.client else "",
        )
    except QuestionUnsuitable:
        return await element_page(request, rule, element, problem="words", typed=words)
    except TooManyAttempts:
        return await element_page(request, rule, element, problem="too-many", typed=words)
    return see_other(f"/questions/{question_id}")


async def show_questions(request: Request) -> Response:
    """Everything asked and answered, and how the platform keeps to its time."""
    pool = platform_of(request).pool
    found = await questions.published(pool)
    return render(
        request,
        "public/questions.html",
        questions=[(about(one, language_of(request)), one) for one in found],
        clock=await questions.clock(pool),
        days=questions.ANSWER_WITHIN.days,
    )


async def tell_questions(request: Request) -> Response:
    """The same as data."""
    pool = platform_of(request).pool
    found, clock = await questions.published(pool), await questions.clock(pool)
    told = {
        "answerWithinDays": questions.ANSWER_WITHIN.days,
        "waiting": clock.waiting,
        "overdue": clock.overdue,
        "answered": clock.answered,
        "answeredInTime": clock.in_time,
        "setAside": clock.set_aside,
        "questions": [
            {
                "scene": one.scene,
                "element": one.element,
                "askedAt": one.asked_at,
                "dueAt": one.due_at,
                "answeredAt": one.answered_at,
                "question": one.published,
                "answer": one.answer,
            }
            for one in found
        ],
    }
    return Response(orjson.dumps(told), media_type="application/json", headers=PLAIN.headers())


async def show_question(request: Request) -> Response:
    """One question: its clock, and from its answer on its words."""
    one = await questions.question(platform_of(request).pool, request.path_params["id"])
    now = datetime.now(UTC)
    return render(
        request,
        "public/question.html",
        question=one,
        about=about(one, language_of(request)),
        state=one.state(now),
        days_left=one.days_left(now),
    )


def about(question: Question, language: Language) -> str:
    """What a question is about, in words: the occasion and the detail."""
    element = RULES.catalogue.get(question.element)
    parts = [said(RULES.of(question.scene).title, language)]
    return " · ".join([*parts, named(element, language)] if element else parts)
