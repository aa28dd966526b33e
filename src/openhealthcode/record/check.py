"""Check a resource's structure before it may become an entry.

Everything the definitions of FHIR R4 say about shape is checked: elements known and in their
place, required ones there, choices made once, types, dates that exist, codes of required bindings,
references well-formed, narratives without active content. What a failure says is where and which
rule, never what stood there, be it a value or the name of an element nobody knows.

Source: HL7 FHIR R4 (4.0.1), 2.6.2 (JSON), dom-2 to dom-5 and txt-1 among the invariants.
"""

from __future__ import annotations

import re
from typing import Final

from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import Resource
from openhealthcode.record.structure import STRUCTURES, Rule, Structure
from openhealthcode.standards import HealthCodeError

_ACTIVE: Final = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|input|link|meta|base|svg|style)\b"
    r"|<[^<>]*\son[a-z]+\s*=|(?:javascript|vbscript)\s*:|<!(?:DOCTYPE|ENTITY)",
    re.IGNORECASE,
)


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


class _Fault(Exception):
    """A broken rule on its way up; each level adds its own name to the path."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.path: list[str] = []


def check(resource: Resource, at: str = "") -> None:
    """Refuse a resource that is not what it says it is.

    Args:
        resource: parsed JSON, bounded in depth and size by ``parse``.
        at: where the resource stands, for the message, e.g. ``Bundle.entry[3].resource``.

    Raises:
        UnknownResourceType: a type this release does not file.
        InvalidResource: the first rule broken, with its location.
    """
    type_ = resource.get("resourceType")
    if not isinstance(type_, str) or type_ not in KINDS:
        raise UnknownResourceType
    try:
        _check_object(resource, STRUCTURES[type_])
    except _Fault as fault:
        raise InvalidResource("".join([at or type_, *reversed(fault.path)]), fault.rule) from None


def _check_object(value: object, structure: Structure) -> None:
    if value.__class__ is not dict or not value:
        raise _Fault("expected an object with elements")
    assert isinstance(value, dict)  # noqa: S101 - the line above, for the type checker
    name = ""
    rules = structure.rules
    try:
        for name, inner in value.items():
            rule = rules.get(name)
            if rule is None:
                _check_extra(name, inner, structure, value)
            elif rule.is_list:
                _check_list(inner, rule, has_extras=f"_{name}" in value)
            elif rule.test is None:
                _check_object(inner, rule.structure or _named(inner))
            elif not rule.test(inner) or (rule.codes is not None and inner not in rule.codes):
                raise _Fault(_expectation(rule))
    except _Fault as fault:
        if name in rules or name.removeprefix("_") in rules:
            fault.path.append(f".{name}")
        raise
    _check_presence(value, structure)
    if structure.name == "Narrative" and _ACTIVE.search(value["div"]):
        raise _Fault("a narrative has no active content (txt-1)")


def _check_list(values: object, rule: Rule, *, has_extras: bool) -> None:
    if not isinstance(values, list) or not values:
        raise _Fault("expected a list that is not empty")
    place = 0
    try:
        for place, inner in enumerate(values):  # noqa: B007 - named in the fault below
            if rule.test is None:
                _check_object(inner, rule.structure or _named(inner))
            elif inner is None and has_extras:
                continue
            elif not rule.test(inner) or (rule.codes is not None and inner not in rule.codes):
                raise _Fault(_expectation(rule))
    except _Fault as fault:
        fault.path.append(f"[{place}]")
        raise


def _check_presence(value: Resource, structure: Structure) -> None:
    for name in structure.required:
        if name not in value and f"_{name}" not in value:
            raise _Fault(f"{name} is required")
    for names, is_required in structure.choices:
        made = len(value.keys() & names)
        if made > 1:
            raise _Fault(f"only one of {_choice(names)} may be there")
        if is_required and not made:
            raise _Fault(f"one of {_choice(names)} is required")


def _check_extra(name: str, inner: object, structure: Structure, holder: Resource) -> None:
    """The extensions of a primitive stand beside it, under its name with an underscore."""
    rule = structure.rules.get(name[1:]) if name.startswith("_") else None
    if rule is None or rule.test is None:
        raise _Fault("there is an element that FHIR R4 does not define here")
    element = STRUCTURES["Element"]
    if not rule.is_list:
        _check_object(inner, element)
        return
    beside = holder.get(name[1:])
    if not isinstance(inner, list) or (isinstance(beside, list) and len(beside) != len(inner)):
        raise _Fault("expected a list as long as the one it extends")
    for one in inner:
        if one is not None:
            _check_object(one, element)


def _named(resource: object) -> Structure:
    """The structure a contained resource names; one inside another is not allowed (dom-2)."""
    if not isinstance(resource, dict):
        raise _Fault("expected a resource")
    structure = STRUCTURES.get(str(resource.get("resourceType")))
    if structure is None or not structure.is_resource:
        raise _Fault("this type of resource may not be contained")
    if "contained" in resource or "id" not in resource:
        raise _Fault("a contained resource has an id and contains no other (dom-2)")
    return structure


def _expectation(rule: Rule) -> str:
    if rule.codes is not None:
        return "expected one of " + ", ".join(sorted(rule.codes))
    article = "an" if rule.type[0] in "aeiou" else "a"
    return f"expected {article} {rule.type} that is valid in FHIR"


def _choice(names: frozenset[str]) -> str:
    """A choice by its common beginning, ``value[x]``; its alternatives can be many."""
    shortest, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(shortest, last, strict=False)) if a != b), 0)
    return f"{shortest[:length] or shortest}[x]"
