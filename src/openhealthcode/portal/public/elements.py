"""One data element on one occasion: why it is asked, by which law, who asked, how many refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, registry
from openhealthcode.collection import RULES, CollectionRule, Element, UnknownScene, questions
from openhealthcode.collection.questions import Question
from openhealthcode.portal.layout import Language, language_of, platform_of, render
from openhealthcode.portal.public.views import ElementView, element_view, named, said
from openhealthcode.standards import NotFound

_MONTHS: Final = 12
FEWEST_TOLD: Final = 10
"""A smaller number is told as "fewer than": at a small clinic it could be one known person."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """Who asked for it, and how often; ``None`` for fewer than are told."""

    institution: str
    asked: int | None
    refused: int | None


@dataclass(frozen=True, slots=True)
class ElementPage:
    """The page of one element on one occasion.

    Args:
        ruled: what the rule says; ``None`` when it does not ask for it.
        demand: what the rule demands, for the key of its sentence.
        refusals: how many residents refuse it here; ``None`` for fewer than are told.
    """

    scene: str
    title: str
    id: str
    name: str
    ruled: ElementView | None
    demand: str
    since: date
    asked: tuple[AskedView, ...]
    refusals: int | None
    questions: tuple[Question, ...]


async def show_element(request: Request) -> Response:
    """The element with its rule, its figures, its questions, and a form to ask another."""
    return await element_page(request, *named_in(request))


def named_in(request: Request) -> tuple[CollectionRule, Element]:
    """The rule and the element an address names.

    Raises:
        NotFound: one of them there is not.
    """
    try:
        rule = RULES.of(request.path_params["scene"])
    except UnknownScene:
        raise NotFound from None
    element = RULES.catalogue.get(request.path_params["element"])
    if element is None:
        raise NotFound
    return rule, element


async def element_page(
    request: Request, rule: CollectionRule, element: Element, *, problem: str = "", typed: str = ""
) -> Response:
    """The page, again with what was typed when a question could not be taken."""
    language, pool = language_of(request), platform_of(request).pool
    ruled = rule.elements.get(element.id)
    since = _since(datetime.now(UTC).date())
    page = ElementPage(
        scene=rule.scene,
        title=said(rule.title, language),
        id=element.id,
        name=named(element, language),
        ruled=element_view(ruled, language) if ruled else None,
        demand=ruled.demand if ruled else "",
        since=since,
        asked=await _asked(request, rule, element, since, language),
        refusals=_told(await collection.refusals(pool, rule.scene, element.id)),
        questions=tuple(await questions.published(pool, rule.scene, element.id)),
    )
    return render(
        request,
        "public/element.html",
        status=422 if problem else 200,
        page=page,
        fewest=FEWEST_TOLD,
        days=questions.ANSWER_WITHIN.days,
        longest=questions.LONGEST_QUESTION,
        problem=problem,
        typed=typed[: questions.LONGEST_QUESTION],
    )


def _since(today: date) -> date:
    """The first day of the month a year ago."""
    return (today - timedelta(days=365)).replace(day=1)


async def _asked(
    request: Request, rule: CollectionRule, element: Element, since: date, language: Language
) -> tuple[AskedView, ...]:
    pool = platform_of(request).pool
    found = await collection.asked_by(pool, rule.scene, element.id, since)
    known = await registry.institutions(pool, [one.institution_id for one in found])
    return tuple(
        AskedView(
            institution=_name(known[one.institution_id], language),
            asked=_told(one.asked),
            refused=_told(one.refused_by_residents),
        )
        for one in found
        if one.institution_id in known
    )


def _name(institution: registry.Institution, language: Language) -> str:
    in_english = language is Language.ENGLISH and institution.name_en
    return institution.name_en if in_english else institution.name


def _told(count: int) -> int | None:
    """The number, unless it is so small that it could point at somebody."""
    return count if count == 0 or count >= FEWEST_TOLD else None
