"""What the registrar's pages show of the collection rules and of what came in under them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request

from openhealthcode.collection import (
    RULES,
    CollectionRule,
    CollectionScene,
    Demand,
    ElementReport,
    Input,
    RuledElement,
    Text,
    fields,
)
from openhealthcode.portal.layout import Language, language_of


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the form."""

    name: str
    label: str
    reason: str
    input: Input | None


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """The form of a rule with its notice."""

    who: str
    why: str
    longest_years: int
    needed: tuple[FieldView, ...]
    optional: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What an institution's systems handed in of one element, on one occasion."""

    scene: str
    element: str
    counts: ElementReport

    @property
    def is_beyond(self) -> bool:
        """Whether some of it was more than the rule allows."""
        return bool(self.counts.refused_by_rule or self.counts.set_aside)

    @property
    def is_never_read(self) -> bool:
        """Whether nobody ever read it; who somebody is serves to find them and is not meant."""
        rule = RULES.rules.get(CollectionScene(self.counts.scene)) if _is_scene(self) else None
        ruled = rule.elements.get(self.counts.element) if rule else None
        tells_who = ruled is not None and ruled.retention_years is None
        return self.counts.is_never_read and not tells_who

    @property
    def stands_out(self) -> bool:
        """Whether it was more than the rule allows, or nobody ever read it."""
        return self.is_beyond or self.is_never_read


def registration_view(request: Request, rule: CollectionRule) -> RegistrationView:
    """The form of a rule, in the language of the page."""
    language = language_of(request)
    asked = fields(rule)
    return RegistrationView(
        who=_said(rule.who, language),
        why=_said(rule.why, language),
        longest_years=max(ruled.retention_years or 0 for ruled in asked),
        needed=tuple(_field(r, language) for r in asked if r.demand is Demand.REQUIRED),
        optional=tuple(_field(r, language) for r in asked if r.demand is Demand.OPTIONAL),
    )


def report_lines(request: Request, report: Iterable[ElementReport]) -> list[ReportLine]:
    """The report of an institution: what is beyond the rules first, then what nobody ever read."""
    language = language_of(request)
    lines = [
        ReportLine(_scene(each.scene, language), _element(each.element, language), each)
        for each in report
    ]
    return sorted(lines, key=lambda line: (not line.is_beyond, not line.stands_out))


def _is_scene(line: ReportLine) -> bool:
    return line.counts.scene in set(CollectionScene)


def _scene(scene: str, language: Language) -> str:
    known = scene in set(CollectionScene)
    return _said(RULES.of(scene).title, language) if known else scene


def _element(element_id: str, language: Language) -> str:
    element = RULES.catalogue.get(element_id)
    return _said(Text(element.zh, element.en), language) if element else element_id


def _field(ruled: RuledElement, language: Language) -> FieldView:
    label = _said(Text(ruled.element.zh, ruled.element.en), language)
    return FieldView(ruled.element.id, label, _said(ruled.reason, language), ruled.element.input)


def _said(text: Text, language: Language) -> str:
    return text.zh if language is Language.CHINESE else text.en
