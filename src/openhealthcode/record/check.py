"""Check a resource's structure before it may become an entry.

Everything the definitions of FHIR R4 say about shape is checked: elements known and in their
place, required ones there, choices made once, types, dates that exist, codes of required bindings,
references well-formed and to types that may stand there, contained resources, narratives without
active content, invariants. What a fault says is where and which rule, never what stood there, be
it a value or the name of an element nobody knows.

Source: HL7 FHIR R4 (4.0.1), 2.6.2 (JSON), and the definitions of the types.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from openhealthcode.record import invariants, national, presence, shapes
from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import Resource
from openhealthcode.record.structure import STRUCTURES, Rule, Structure
from openhealthcode.standards import HealthCodeError

NATIONAL_PROFILE: Final = national.PROFILE
"""Our own profile, whose rules are told as business rules."""
MOST_FAULTS: Final = 100
"""As many are told of one resource."""

_ELEMENT: Final = STRUCTURES["Element"]
Json = Any
"""Parsed JSON of any kind."""

_VALID: Final = "expected a value that is valid in FHIR as {}"
_TXT: Final = "expected a narrative of text, tables and pictures that says something (txt-1, txt-2)"
_ADDRESSES: Final = frozenset({"uri", "url", "canonical"})
_FHIR_TYPE: Final = "http://hl7.org/fhir/StructureDefinition/"
_MOST_SHOWN: Final = 40
_NOT_CONTAINED: Final = frozenset({"versionId", "lastUpdated", "security"})
_TYPE_IN: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)(?:/[^/]+(?:/_history/[^/]+)?|\?.*)$")


class InvalidResource(HealthCodeError):
    """The resource does not have the structure FHIR R4 gives it."""

    code = "resource-invalid"

    def __init__(self, location: str, rule: str) -> None:
        super().__init__(f"{location}: {rule}")
        self.location = location
        """Where, as a FHIRPath of known element names."""


class UnknownResourceType(HealthCodeError):
    """This type of resource is not filed here."""

    code = "resource-type-unknown"


class Issue(StrEnum):
    """What kind of rule is broken, as FHIR's value set issue-type says it."""

    STRUCTURE = "structure"
    REQUIRED = "required"
    VALUE = "value"
    CODE = "code-invalid"
    INVARIANT = "invariant"
    BUSINESS_RULE = "business-rule"
    UNSUPPORTED = "not-supported"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule.

    Args:
        location: where, as a FHIRPath of known element names.
        rule: which, in words; never what stood there.
        is_warning: whether the resource is filed all the same.
    """

    location: str
    rule: str
    issue: Issue
    is_warning: bool = False


@dataclass(slots=True)
class _Around:
    """What a part has to know of the resource it is in, and what was found so far.

    Args:
        contained: the types of the contained resources by their ids.
        is_quick: whether warnings do not matter, so that what is right at a glance is passed over.
        mentioned: the ids of those that something refers to, or that refer to what contains them.
        inside: the id of the contained resource that is looked at; empty outside of one.
    """

    contained: dict[str, str]
    is_quick: bool = False
    mentioned: set[str] = field(default_factory=set)
    inside: str = ""
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def tell(self, at: str, rule: str, issue: Issue, *, is_warning: bool = False) -> None:
        """Keep a fault; warnings take no place from errors."""
        if is_warning and self.is_quick:
            return
        kept = self.warnings if is_warning else self.errors
        if len(kept) < MOST_FAULTS:
            kept.append(Fault(at, rule, issue, is_warning))

    @property
    def is_full(self) -> bool:
        """Whether no more need be looked for."""
        return len(self.errors) >= MOST_FAULTS


def check(resource: Resource, at: str = "") -> None:
    """Refuse a resource that is not what it says it is.

    Args:
        resource: parsed JSON, bounded in depth and size by ``parse``.
        at: where the resource stands, for the message, e.g. ``Bundle.entry[3].resource``.

    Raises:
        UnknownResourceType: a type this release does not file.
        InvalidResource: the first rule broken, with its location.
    """
    type_ = _type_of(resource)
    if not shapes.holds(resource):
        for fault in _found_in(resource, at or type_, is_quick=True):
            raise InvalidResource(fault.location, fault.rule)


def faults(resource: Resource, at: str = "") -> tuple[Fault, ...]:
    """Every rule a resource breaks, in the order of its elements, warnings after all others.

    Args:
        resource: parsed JSON, bounded in depth and size by ``parse``.
        at: where the resource stands, as for ``check``.

    Returns:
        at most ``MOST_FAULTS`` of either.

    Raises:
        UnknownResourceType: a type this release does not file.
    """
    type_ = _type_of(resource)
    return tuple(_found_in(resource, at or type_, is_quick=False))


def _found_in(resource: Resource, at: str, *, is_quick: bool) -> list[Fault]:
    around = _Around(_contained_in(resource), is_quick)
    _look_at_object(resource, STRUCTURES[resource["resourceType"]], at, around)
    for place, id_ in enumerate(around.contained):
        if id_ not in around.mentioned:
            said = "something refers to a contained resource, or it to what contains it (dom-3)"
            around.tell(f"{at}.contained[{place}]", said, Issue.INVARIANT)
    return [*around.errors, *around.warnings]


def _type_of(resource: Resource) -> str:
    type_ = resource.get("resourceType")
    if not isinstance(type_, str) or type_ not in KINDS:
        raise UnknownResourceType
    return type_


def _contained_in(resource: Resource) -> dict[str, str]:
    contained = resource.get("contained")
    return {
        str(each.get("id")): str(each.get("resourceType"))
        for each in (contained if isinstance(contained, list) else ())
        if isinstance(each, dict)
    }


def _look_at_object(value: Json, structure: Structure, at: str, around: _Around) -> None:
    if value.__class__ is not dict or not value:
        around.tell(at, "expected an object with elements", Issue.STRUCTURE)
        return
    for name, inner in value.items():
        if around.is_full:
            return
        rule = structure.rules.get(name)
        if rule is None:
            _look_at_extra(name, inner, structure, at, around, value)
        elif structure.is_resource and around.is_quick and shapes.is_right(rule, inner):
            continue
        elif rule.is_list:
            _look_at_list(inner, rule, f"{at}.{name}", around, value.get(f"_{name}"))
        else:
            _look_at(inner, rule, f"{at}.{name}", around)
    _look_at_whole(value, structure, at, around)


def _look_at_whole(value: Resource, structure: Structure, at: str, around: _Around) -> None:
    """The rules between an object's elements."""
    for said in presence.missing(structure, value):
        around.tell(at, said, Issue.REQUIRED)
    for companion in presence.broken(structure, value):
        around.tell(at, companion.said, Issue.INVARIANT, is_warning=companion.is_warning)
    for each in invariants.of(structure.name, presence.bases_of(structure, value)):
        if not invariants.is_kept(each, value):
            said = f"{each.said} ({each.key})"
            around.tell(at, said, Issue.INVARIANT, is_warning=each.is_warning)
    for rule in national.broken(structure.name, value):
        said = f"{rule.said} ({rule.key})"
        around.tell(at, said, Issue.BUSINESS_RULE, is_warning=rule.is_warning)


def _look_at_list(values: Json, rule: Rule, at: str, around: _Around, beside: Json) -> None:
    if not isinstance(values, list) or not values:
        around.tell(at, "expected a list that is not empty", Issue.STRUCTURE)
        return
    for place, inner in enumerate(values):
        if around.is_full:
            return
        if inner is None and rule.test is not None and _stands_at(place, beside):
            continue
        _look_at(inner, rule, f"{at}[{place}]", around)


def _stands_at(place: int, beside: Json) -> bool:
    """Whether an extension stands where a list of primitives has no value."""
    return isinstance(beside, list) and place < len(beside) and beside[place] is not None


def _look_at(value: Json, rule: Rule, at: str, around: _Around) -> None:
    if rule.test is not None:
        _look_at_primitive(value, rule, at, around)
    elif rule.structure is None:
        _look_at_contained(value, at, around)
    else:
        before = len(around.errors)
        _look_at_object(value, rule.structure, at, around)
        if len(around.errors) > before:
            return
        if rule.concepts is not None and not _is_bound(value, rule.concepts):
            around.tell(at, _one_of({code for _, code in rule.concepts}), Issue.CODE)
        if rule.type == "Reference":
            _look_at_reference(value, rule.targets, at, around)


def _look_at_primitive(value: Json, rule: Rule, at: str, around: _Around) -> None:
    if rule.test is not None and not rule.test(value):
        around.tell(at, _VALID.format(rule.type) if rule.type != "xhtml" else _TXT, Issue.VALUE)
    elif rule.codes is not None and value not in rule.codes:
        around.tell(at, _one_of(rule.codes), Issue.CODE)
    elif rule.type in _ADDRESSES and value[0] == "#":
        _mention(value, around)


def _is_bound(concept: Resource, concepts: frozenset[tuple[str, str]]) -> bool:
    return any((c.get("system"), c.get("code")) in concepts for c in concept.get("coding", ()))


def _look_at_reference(
    reference: Resource, targets: frozenset[str], at: str, around: _Around
) -> None:
    text = reference.get("reference", "")
    type_ = type_named(text)
    if text.startswith("#"):
        _mention(text, around)
        type_ = around.contained.get(text[1:], "")
        if not type_ and not (text == "#" and around.inside):
            said = "a local reference leads to a contained resource (ref-1)"
            around.tell(f"{at}.reference", said, Issue.INVARIANT)
            return
    for named in filter(None, (type_, reference.get("type", ""))):
        if targets and named.removeprefix(_FHIR_TYPE) not in targets:
            around.tell(at, f"expected a reference to {_listed(targets)}", Issue.VALUE)
            return
    if type_ and reference.get("type", type_).removeprefix(_FHIR_TYPE) != type_:
        around.tell(f"{at}.type", "expected the type that the reference leads to", Issue.VALUE)


def type_named(reference: str) -> str:
    """The resource type that a literal reference names; empty where it names none."""
    found = _TYPE_IN.search(reference)
    return found[1] if found else ""


def _mention(text: str, around: _Around) -> None:
    around.mentioned.add(text[1:] or around.inside)


def _look_at_contained(resource: Json, at: str, around: _Around) -> None:
    """A contained resource; one inside another is not allowed (dom-2)."""
    if not isinstance(resource, dict):
        around.tell(at, "expected a resource", Issue.STRUCTURE)
        return
    structure = STRUCTURES.get(str(resource.get("resourceType")))
    if structure is None or not structure.is_resource:
        around.tell(at, "this type of resource may not be contained", Issue.STRUCTURE)
        return
    if "contained" in resource or not isinstance(resource.get("id"), str):
        said = "a contained resource has an id and contains no other (dom-2)"
        around.tell(at, said, Issue.INVARIANT)
        return
    meta = resource.get("meta")
    if isinstance(meta, dict) and meta.keys() & _NOT_CONTAINED:
        said = "a contained resource has no version, date or security label (dom-4, dom-5)"
        around.tell(f"{at}.meta", said, Issue.INVARIANT)
    around.inside = resource["id"]
    _look_at_object(resource, structure, at, around)
    around.inside = ""


def _look_at_extra(
    name: str, inner: Json, structure: Structure, at: str, around: _Around, holder: Resource
) -> None:
    """The extensions of a primitive stand beside it, under its name with an underscore."""
    rule = structure.rules.get(name[1:]) if name.startswith("_") else None
    if rule is None or rule.test is None:
        where = at if rule is None else f"{at}.{name}"
        said = "there is an element that FHIR R4 does not define here"
        around.tell(where, said, Issue.STRUCTURE)
        return
    if not rule.is_list:
        _look_at_object(inner, _ELEMENT, f"{at}.{name}", around)
        return
    beside = holder.get(name[1:])
    if not isinstance(inner, list) or (isinstance(beside, list) and len(beside) != len(inner)):
        said = "expected a list as long as the one it extends"
        around.tell(f"{at}.{name}", said, Issue.STRUCTURE)
        return
    for place, one in enumerate(inner):
        if one is not None:
            _look_at_object(one, _ELEMENT, f"{at}.{name}[{place}]", around)


def _one_of(codes: Collection[str]) -> str:
    if len(codes) > _MOST_SHOWN:
        return "expected a code of the value set that FHIR requires here"
    return "expected one of " + ", ".join(sorted(codes))


def _listed(types: Collection[str]) -> str:
    return ", ".join(sorted(types))
