"""What may be collected about the resident, occasion by occasion: each optional detail can be refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import (
    RULES,
    CollectionRule,
    CollectionScene,
    Demand,
    RuledElement,
    UnknownScene,
)
from openhealthcode.portal.layout import (
    Form,
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.public import ElementView, element_view, said
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import NotFound

_CHOSEN: Final = "collect"
"""The field of the form: each element that may be collected."""


@dataclass(frozen=True, slots=True)
class SceneLine:
    """One occasion on the list: how much of what can be chosen is open."""

    scene: CollectionScene
    title: str
    refused: int
    agreed: int


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One detail that is the resident's to choose."""

    element: ElementView
    is_collected: bool
    ends_at_once: bool
    """Whether refusing also destroys what is held: it rests on nothing but the consent."""


@dataclass(frozen=True, slots=True)
class SceneView:
    """One occasion with its notice and its choices."""

    scene: CollectionScene
    title: str
    who: str
    why: str
    needed: tuple[ElementView, ...]
    optional: tuple[ChoiceView, ...]
    separate: tuple[ChoiceView, ...]
    in_force_from: date


async def show_scenes(request: Request, session: ResidentSession) -> Response:
    """Every occasion, and how much is refused or agreed to there."""
    pool, language = platform_of(request).pool, language_of(request)
    lines = []
    for scene, rule in RULES.rules.items():
        choices = await collection.choices_of(pool, session.resident_id, scene)
        lines.append(
            SceneLine(
                scene,
                said(rule.title, language),
                refused=sum(not _is_open(r, choices) for r in rule.of_demand(Demand.OPTIONAL)),
                agreed=sum(_is_open(r, choices) for r in rule.of_demand(Demand.SEPARATE_CONSENT)),
            )
        )
    return render(request, "resident/collecting.html", scenes=lines)


async def show_scene(request: Request, session: ResidentSession) -> Response:
    """One occasion: what is needed, what can be refused, what waits for a consent of its own."""
    rule = _rule(request)
    choices = await collection.choices_of(
        platform_of(request).pool, session.resident_id, rule.scene
    )
    return render(
        request,
        "resident/collecting_scene.html",
        page=view(rule, choices, language_of(request)),
        is_done="done" in request.query_params,
    )


async def choose(request: Request, session: ResidentSession) -> Response:
    """Keep what changed; a consent of its own needs a fresh proof of who gives it."""
    platform, rule, form = platform_of(request), _rule(request), await read_form(request)
    known = await collection.choices_of(platform.pool, session.resident_id, rule.scene)
    changed = _changed(rule, known, form)
    separate = {ruled.element.id for ruled in rule.of_demand(Demand.SEPARATE_CONSENT)}
    here = f"/collection/{rule.scene}"
    if any(is_agreed and element in separate for element, is_agreed in changed.items()):
        asked = await verify_first(request, session, form, "emergency", back=here)
        if asked is not None:
            return asked
    if changed:
        await collection.choose(
            platform.pool,
            platform.keys,
            resident_id=session.resident_id,
            rule=rule,
            choices=changed,
            agent=Agent(AgentKind.RESIDENT, session.resident_id),
        )
    return see_other(f"{here}?done=yes")


def _rule(request: Request) -> CollectionRule:
    try:
        return RULES.of(request.path_params["scene"])
    except UnknownScene:
        raise NotFound from None


def _changed(rule: CollectionRule, known: Mapping[str, bool], form: Form) -> dict[str, bool]:
    """The answers that differ from before; elements that are not the resident's are not looked at."""
    ticked = set(form.all(_CHOSEN))
    return {
        ruled.element.id: ruled.element.id in ticked
        for ruled in rule.of_demand(Demand.OPTIONAL, Demand.SEPARATE_CONSENT)
        if (ruled.element.id in ticked) is not _is_open(ruled, known)
    }


def _is_open(ruled: RuledElement, choices: Mapping[str, bool]) -> bool:
    """Whether it may be collected: an optional element unless refused, others once agreed to."""
    return choices.get(ruled.element.id, ruled.demand is Demand.OPTIONAL)


def view(rule: CollectionRule, choices: Mapping[str, bool], language: Language) -> SceneView:
    """One occasion with what the resident chose there."""

    def lines(demand: Demand) -> tuple[ChoiceView, ...]:
        return tuple(
            ChoiceView(element_view(r, language), _is_open(r, choices), r.is_by_consent)
            for r in rule.of_demand(demand)
        )

    return SceneView(
        scene=rule.scene,
        title=said(rule.title, language),
        who=said(rule.who, language),
        why=said(rule.why, language),
        needed=tuple(element_view(r, language) for r in rule.of_demand(Demand.REQUIRED)),
        optional=lines(Demand.OPTIONAL),
        separate=lines(Demand.SEPARATE_CONSENT),
        in_force_from=rule.in_force_from,
    )
