"""What may come in, decided: which elements a delivery holds, and whether the rule allows each.

Pure. The rules themselves are data: ``elements.toml``, ``rules.toml`` and ``scenes/``, read and
checked by ``rule_set``. A verdict names an element and a place, never what stood there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from openhealthcode.collection.elements import Element
from openhealthcode.collection.model import Resource

CLOSED_TYPE: Final = "Patient"
"""Of this every single element has to be in the rule; of others, the resource as a whole."""

_NOT_ABOUT_THE_RESIDENT: Final = frozenset(
    {"Organization", "Practitioner", "PractitionerRole", "Location", "Provenance", "Medication"}
)
_STRUCTURE: Final = frozenset(
    {"resourceType", "id", "meta", "implicitRules", "language", "contained", "extension",
     "modifierExtension", "active", "link", "managingOrganization"}
)  # fmt: skip
_EXTENSIONS: Final = frozenset({"extension", "modifierExtension"})
_STATEMENTS_ABOUT_DATA: Final = frozenset(
    {"http://hl7.org/fhir/StructureDefinition/data-absent-reason"}
)

Path = tuple[str | int, ...]


class CollectionScene(StrEnum):
    """The occasion on which data is collected (采集场景)."""

    REGISTRATION = "registration"
    OUTPATIENT = "outpatient"
    VACCINATION = "vaccination"
    PHARMACY = "pharmacy"
    FOLLOW_UP = "follow-up"
    MATERNAL_AND_CHILD = "maternal-and-child"
    INPATIENT = "inpatient"
    LABORATORY = "laboratory"


class Demand(StrEnum):
    """What a rule says of an element."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    """The resident may refuse it and is cared for all the same."""
    SEPARATE_CONSENT = "separate-consent"
    FORBIDDEN = "forbidden"


class Verdict(StrEnum):
    """What becomes of an element in a delivery."""

    PERMITTED = "permitted"
    BEYOND_RULE = "beyond-rule"
    REFUSED_BY_RESIDENT = "refused-by-resident"
    NEEDS_SEPARATE_CONSENT = "needs-separate-consent"


MISSING: Final = "missing"
"""The fate of an element the rule needs and a delivery does not hold."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RuledElement:
    """What a rule demands of an element, why, by which law, and for how long it is kept."""

    element: Element
    demand: Demand
    reason: Text
    basis: Text
    retention_years: int | None
    """0 for what is never kept; ``None`` for what is kept as long as the resident is registered."""
    is_verified: bool
    """Whether the law was read in a source; else it is as commonly cited."""
    is_by_consent: bool
    """Whether it rests on the resident's consent alone, and ends when that is taken back."""


@dataclass(frozen=True, slots=True)
class CollectionRule:
    """The rule of one scene: who collects, why, and what is demanded of each element."""

    scene: CollectionScene
    version: str
    in_force_from: date
    title: Text
    who: Text
    why: Text
    elements: Mapping[str, RuledElement]
    catalogue: Mapping[str, Element]
    refused_without: frozenset[str] = frozenset()
    """A delivery that lacks one of these is refused; what else is needed and lacking is reported."""

    @property
    def reference(self) -> str:
        """How an event of the log names the rule under which something was filed."""
        return f"{self.scene}@{self.version}"

    def of_demand(self, *demands: Demand) -> list[RuledElement]:
        """The elements of which this is demanded, in the rule's order."""
        return [ruled for ruled in self.elements.values() if ruled.demand in demands]

    def verdict(self, element_id: str, choices: Mapping[str, bool]) -> Verdict:
        """Whether an element may come in.

        Args:
            choices: what the resident answered in this scene, by element: agreed or refused.
        """
        ruled = self.elements.get(element_id)
        match ruled.demand if ruled else Demand.FORBIDDEN:
            case Demand.REQUIRED:
                return Verdict.PERMITTED
            case Demand.OPTIONAL if choices.get(element_id, True):
                return Verdict.PERMITTED
            case Demand.OPTIONAL:
                return Verdict.REFUSED_BY_RESIDENT
            case Demand.SEPARATE_CONSENT if choices.get(element_id, False):
                return Verdict.PERMITTED
            case Demand.SEPARATE_CONSENT:
                return Verdict.NEEDS_SEPARATE_CONSENT
            case _:
                return Verdict.BEYOND_RULE


@dataclass(frozen=True, slots=True)
class Found:
    """An element found in a resource, and what the rule says of it.

    Args:
        element: its id, or the FHIR type or element when no rule knows such a thing.
        path: where in the resource; empty for all of it.
    """

    element: str
    path: Path
    verdict: Verdict


def judge(rule: CollectionRule, resource: Resource, choices: Mapping[str, bool]) -> list[Found]:
    """Every element of a resource with its verdict; what no rule names is beyond each rule."""
    found = [*_of_resource(rule, resource, choices), *_of_extensions(rule, resource, choices)]
    for inner in _objects(resource.get("contained")):
        # What stands inside a contained resource cannot be taken out without breaking references.
        found += [Found(each.element, (), each.verdict) for each in judge(rule, inner, choices)]
    return found


def without(resource: Resource, paths: Iterable[Path]) -> Resource | None:
    """A copy without what stands at these paths; ``None`` when nothing of it may stay."""
    left_out = set(paths)
    if () in left_out:
        return None
    kept = _without(resource, (), left_out)
    return kept if isinstance(kept, dict) else None


def _without(value: object, here: Path, left_out: set[Path]) -> object:
    """The value without what is left out; ``None`` when that empties it."""
    kept: dict[str, object] | list[object]
    if isinstance(value, dict):
        kept = {
            name: inner
            for name, each in value.items()
            if (*here, name) not in left_out
            and ((inner := _without(each, (*here, name), left_out)) is not None or each is None)
        }
    elif isinstance(value, list):
        kept = [
            inner
            for place, each in enumerate(value)
            if (*here, place) not in left_out
            and ((inner := _without(each, (*here, place), left_out)) is not None or each is None)
        ]
    else:
        return value
    return kept if kept or not value else None


def _of_resource(
    rule: CollectionRule, resource: Resource, choices: Mapping[str, bool]
) -> Iterator[Found]:
    type_ = str(resource.get("resourceType"))
    if type_ in _NOT_ABOUT_THE_RESIDENT:
        return
    if type_ != CLOSED_TYPE:
        yield _as_a_whole(rule, type_, resource, (), choices)
    for place, component in enumerate(_objects(resource.get("component"))):
        found = _as_a_whole(rule, type_, component, ("component", place), choices)
        if found.element != type_:
            yield found
    yield from _of_elements(rule, type_, resource, choices)


def _as_a_whole(
    rule: CollectionRule, type_: str, part: Resource, path: Path, choices: Mapping[str, bool]
) -> Found:
    """A resource or component by its type, codes and words.

    What its code or words say outweighs its category: a smoking status is that, and only where
    nothing says more any social history. An element the rule names is never let in as another.
    """
    exact, general = _matching(rule, type_, part)
    for element in exact or general:
        verdict = rule.verdict(element.id, choices)
        if verdict is not Verdict.PERMITTED and _is_closed(rule, element):
            return Found(element.id, path, verdict)
    matched = [*exact, *general]
    for element in matched:
        if rule.verdict(element.id, choices) is Verdict.PERMITTED:
            return Found(element.id, path, Verdict.PERMITTED)
    return Found(matched[0].id if matched else type_, path, Verdict.BEYOND_RULE)


def _is_closed(rule: CollectionRule, element: Element) -> bool:
    """Whether a more general element may not let this one in."""
    return element.is_over_collection or element.id in rule.elements


def _matching(
    rule: CollectionRule, type_: str, part: Resource
) -> tuple[list[Element], list[Element]]:
    """The elements a part is by its code or words, and those by its category or type."""
    said = _said(part) if type_ == "Observation" else ""
    exact, general = [], []
    for element in rule.catalogue.values():
        keys = {s.key for s in element.fhir if s.type == type_ and s.describes(part)}
        if "code" in keys or (said and element.is_said_by(said)):
            exact.append(element)
        elif keys:
            general.append(element)
    return exact, general


def _said(part: Resource) -> str:
    """What an Observation calls itself."""
    code = part.get("code")
    if not isinstance(code, dict):
        return ""
    names = [code.get("text"), *(c.get("display") for c in _objects(code.get("coding")))]
    return "\n".join(name for name in names if isinstance(name, str))


def _of_elements(
    rule: CollectionRule, type_: str, resource: Resource, choices: Mapping[str, bool]
) -> Iterator[Found]:
    is_closed_type = type_ == CLOSED_TYPE
    named: set[str] = set()
    for element, path in _paths(rule, type_):
        named.add(path[0])
        if (is_closed_type or _is_closed(rule, element)) and stands(resource, path):
            top = path[0] if path[0] in resource else f"_{path[0]}"
            yield Found(element.id, (top, *path[1:]), rule.verdict(element.id, choices))
    if is_closed_type:
        for name in resource:
            plain = name.removeprefix("_")
            if name not in _STRUCTURE and plain not in named:
                yield Found(f"{type_}.{plain}", (name,), Verdict.BEYOND_RULE)


def _paths(rule: CollectionRule, type_: str) -> Iterator[tuple[Element, tuple[str, ...]]]:
    for element in rule.catalogue.values():
        for selector in element.fhir:
            if selector.type == type_ and selector.path and not selector.key:
                yield element, selector.path


def stands(value: object, path: tuple[str, ...]) -> bool:
    """Whether something stands at this place, be it only an extension of a primitive."""
    for name in path:
        if not isinstance(value, dict):
            return False
        value = value.get(name, value.get(f"_{name}"))
    return value is not None


def _of_extensions(
    rule: CollectionRule, resource: Resource, choices: Mapping[str, bool]
) -> Iterator[Found]:
    known = {
        selector.value: element.id
        for element in rule.catalogue.values()
        for selector in element.fhir
        if selector.key == "url"
    }
    for path, extension in _extensions(resource, ()):
        url = extension.get("url")
        if url in _STATEMENTS_ABOUT_DATA:
            continue
        element_id = known.get(url, "") if isinstance(url, str) else ""
        verdict = rule.verdict(element_id, choices)
        yield Found(element_id or "extension", path, verdict)


def _extensions(value: object, here: Path) -> Iterator[tuple[Path, Resource]]:
    """Each extension however deep, but not those inside another or inside what is contained."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _EXTENSIONS:
                for place, extension in enumerate(_objects(inner)):
                    yield (*here, name, place), extension
            elif name != "contained":
                yield from _extensions(inner, (*here, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _extensions(inner, (*here, place))


def _objects(values: object) -> list[Resource]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []
