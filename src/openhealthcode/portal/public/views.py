"""What the pages of the rules show: the rule set in the reader's language, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openhealthcode.collection import (
    SCENE,
    CollectionRule,
    CollectionScene,
    Demand,
    Element,
    RuledElement,
    RuleSet,
    Text,
)
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue

RIGHTS = ("see", "refuse", "correct", "withdraw", "ask")
"""The rights every notice names, by the key of their sentence."""


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element as a reader sees it: WS 363 and FHIR stand small beneath."""

    id: str
    name: str
    reason: str
    basis: str
    is_verified: bool
    """Whether the law was read in a source."""
    years: int | None
    """``None``: as long as the reader is registered."""
    data_elements: tuple[tuple[str, str], ...]
    fhir: tuple[tuple[str, bool], ...]
    """Each place, and whether its code was read in a source."""


@dataclass(frozen=True, slots=True)
class NeverView:
    """An element closed by default, and the scenes that may ask it all the same."""

    name: str
    asked_in: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """The rule of one scene with its notice."""

    scene: str
    title: str
    who: str
    why: str
    version: str
    in_force_from: str
    longest_years: int
    parts: tuple[tuple[str, tuple[ElementView, ...]], ...]
    """Elements by demand; a demand nobody makes is left out."""
    never: tuple[str, ...]

    @property
    def asked(self) -> int:
        """How many elements may be asked at all."""
        return sum(len(elements) for _, elements in self.parts)


@dataclass(frozen=True, slots=True)
class Overview:
    """Every scene, and what is closed by default."""

    version: str
    in_force_from: str
    scenes: tuple[RuleView, ...]
    never: tuple[NeverView, ...]
    import_version: str
    import_text: str


def overview(rules: RuleSet, language: Language) -> Overview:
    """The first page of the rules."""
    return Overview(
        rules.version,
        rules.in_force_from.isoformat(),
        tuple(rule_view(rule, language) for rule in rules.rules.values()),
        tuple(
            NeverView(named(element, language), _asked_in(rules, element, language))
            for element in _closed(rules.catalogue.values())
        ),
        rules.import_rule.version,
        said(Text(rules.import_rule.description_zh, rules.import_rule.description), language),
    )


def rule_view(rule: CollectionRule, language: Language) -> RuleView:
    """One scene's page."""
    demands = (Demand.REQUIRED, Demand.OPTIONAL, Demand.SEPARATE_CONSENT)
    parts = tuple(
        (demand.value, tuple(element_view(each, language) for each in rule.of_demand(demand)))
        for demand in demands
    )
    return RuleView(
        scene=rule.scene,
        title=said(rule.title, language),
        who=said(rule.who, language),
        why=said(rule.why, language),
        version=rule.version,
        in_force_from=rule.in_force_from.isoformat(),
        longest_years=max(each.retention_years or 0 for each in rule.elements.values()),
        parts=tuple((demand, elements) for demand, elements in parts if elements),
        never=tuple(
            named(element, language)
            for element in _closed(rule.catalogue.values())
            if element.id not in rule.elements
        ),
    )


def said(text: Text, language: Language) -> str:
    """A sentence of the rules in the reader's language."""
    return text.zh if language is Language.CHINESE else text.en


def named(element: Element, language: Language) -> str:
    """What an element is called in the reader's language."""
    return said(Text(element.zh, element.en), language)


def _closed(elements: Iterable[Element]) -> list[Element]:
    return [element for element in elements if element.is_over_collection]


def _asked_in(rules: RuleSet, element: Element, language: Language) -> tuple[tuple[str, str], ...]:
    return tuple(
        (rule.scene.value, said(rule.title, language))
        for rule in rules.rules.values()
        if element.id in rule.elements
    )


def element_view(ruled: RuledElement, language: Language) -> ElementView:
    """One element of a rule."""
    return ElementView(
        id=ruled.element.id,
        name=named(ruled.element, language),
        reason=said(ruled.reason, language),
        basis=said(ruled.basis, language),
        is_verified=ruled.is_verified,
        years=ruled.retention_years,
        data_elements=tuple(ruled.element.de.items()),
        fhir=tuple(
            (str(place), str(place) not in ruled.element.unverified) for place in ruled.element.fhir
        ),
    )


def as_data(rules: RuleSet) -> dict[str, Any]:
    """The rule set as JSON, with the notices."""
    return {
        "version": rules.version,
        "inForceFrom": rules.in_force_from.isoformat(),
        "sceneTagSystem": SCENE,
        "rights": [_rights(language) for language in Language],
        "scenes": [_scene(rules, scene) for scene in CollectionScene],
        "importRule": {
            "rule": rules.import_rule.reference,
            "description": _both(
                Text(rules.import_rule.description_zh, rules.import_rule.description)
            ),
            "legalBasis": rules.import_rule.legal_basis,
            "legalBasisVerified": rules.import_rule.is_verified,
        },
        "closedByDefault": [e.id for e in _closed(rules.catalogue.values())],
    }


def _rights(language: Language) -> dict[str, Any]:
    sentences = catalogue(language)
    return {
        "language": language.value,
        "sentences": [sentences.plain(f"public.right.{right}") for right in RIGHTS],
    }


def _scene(rules: RuleSet, scene: CollectionScene) -> dict[str, Any]:
    rule = rules.rules[scene]
    return {
        "scene": scene.value,
        "rule": rule.reference,
        "title": _both(rule.title),
        "who": _both(rule.who),
        "why": _both(rule.why),
        "refusedWithout": sorted(rule.refused_without),
        "elements": [_ruled(each) for each in rule.elements.values()],
    }


def _ruled(ruled: RuledElement) -> dict[str, Any]:
    return {
        "element": ruled.element.id,
        "name": _both(Text(ruled.element.zh, ruled.element.en)),
        "demand": ruled.demand.value,
        "reason": _both(ruled.reason),
        "legalBasis": _both(ruled.basis),
        "legalBasisVerified": ruled.is_verified,
        "retentionYears": ruled.retention_years,
        "keptWhileRegistered": ruled.retention_years is None,
        "dataElements": [{"number": n, "name": name} for n, name in ruled.element.de.items()],
        "fhir": [str(selector) for selector in ruled.element.fhir],
        "unverified": sorted(ruled.element.unverified),
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh-CN": text.zh, "en": text.en}


@dataclass(frozen=True, slots=True)
class LogView:
    """The public log, and what a history is checked with.

    Args:
        name: of the log.
        keys: the public key of its heads, and that of its receipts.
        policy: which witnesses have to see a head, as programs read it.
        witnesses: their names.
    """

    name: str
    keys: tuple[str, str]
    policy: str
    witnesses: tuple[str, ...]
