"""The structure of FHIR R4 resources, read once from ``elements.txt`` and ``codes.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from openhealthcode.record.primitives import PRIMITIVES, is_media_type

_RECORD: Final = files("openhealthcode.record")
_ELEMENT: Final = re.compile(r"(\w+)(\[x\])?([:!*+])(\S+)")
_TYPE: Final = re.compile(r"(\w+)(?:\(([\w|]+)\))?(?:=([\w\-]+))?")
_OF_ELEMENT: Final = "id:string extension*Extension "
_INHERITED: Final = {
    "Element": _OF_ELEMENT,
    "BackboneElement": _OF_ELEMENT + "modifierExtension*Extension",
    "DomainResource": "id:id resourceType!string meta:Meta implicitRules:uri language:code "
    "text:Narrative contained*Resource extension*Extension modifierExtension*Extension",
}
_ANY: Final = (
    "base64Binary,boolean,canonical,code,date,dateTime,decimal,id,instant,integer,markdown,oid,"
    "positiveInt,string,time,unsignedInt,uri,url,uuid,Address,Age,Annotation,Attachment,"
    "CodeableConcept,Coding,ContactPoint,Count,Distance,Duration,HumanName,Identifier,Money,Period,"
    "Quantity,Range,Ratio,Reference,SampledData,Signature,Timing,ContactDetail,Contributor,"
    "DataRequirement,Expression,ParameterDefinition,RelatedArtifact,TriggerDefinition,UsageContext,"
    "Dosage,Meta"
)
"""Source: FHIR R4, 2.24.0.3 (open type element)."""
_MEDIA_TYPES: Final = "mimetypes"
"""The one required value set whose codes cannot be listed: BCP 13 says how they look."""
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """What one element may hold: a primitive that passes a test, or an object of a structure.

    Args:
        structure: None for a primitive; for a contained resource it is the one it names itself.
        codes: what a required binding allows a bare code to be.
        concepts: the same of codings, as system and code; one of them must be there.
        targets: types a reference may lead to; empty when to any.
    """

    type: str
    is_list: bool
    test: Callable[[object], bool] | None
    structure: Structure | None
    codes: frozenset[str] | None
    concepts: frozenset[tuple[str, str]] | None = None
    targets: frozenset[str] = _NONE


@dataclass(slots=True, eq=False)
class Structure:
    """A type's elements, which of them must be there, and which exclude each other."""

    name: str
    inherits: str
    rules: dict[str, Rule] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    choices: list[tuple[frozenset[str], bool]] = field(default_factory=list)
    bases: dict[str, str] = field(default_factory=dict)
    """Each alternative of a choice → the choice, e.g. ``valueString`` → ``value``."""

    @property
    def is_resource(self) -> bool:
        """Whether this is a resource rather than a part of one."""
        return self.inherits == "DomainResource"


def _read() -> dict[str, Structure]:
    text = _RECORD.joinpath("elements.txt").read_text(encoding="utf-8")
    value_sets = tomllib.loads(_RECORD.joinpath("codes.toml").read_text(encoding="utf-8"))
    declared: dict[str, list[str]] = {}
    structures = {"Element": Structure("Element", "Element")}
    elements = declared["Element"] = [_OF_ELEMENT]
    for line in text.splitlines():
        if line.startswith(" "):
            elements.append(line)
        elif line and not line.startswith("#"):
            name, _, inherits = line.partition(" ")
            structures[name] = Structure(name, inherits)
            elements = declared[name] = [_INHERITED[inherits]]
    for name, structure in structures.items():
        for element, choice, mark, types in _ELEMENT.findall(" ".join(declared[name])):
            if choice:
                _add_choice(structures, value_sets, structure, (element, mark, types))
            else:
                structure.rules[element] = _rule(structures, value_sets, types, mark)
                if mark in "!+":
                    structure.required.append(element)
    return structures


def _add_choice(
    structures: dict[str, Structure],
    value_sets: Mapping[str, Any],
    structure: Structure,
    choice: tuple[str, str, str],
) -> None:
    base, mark, types = choice
    names = set()
    for type_ in (_ANY if types == "any" else types).split(","):
        plain = type_.partition("(")[0].removeprefix("Simple")  # a Quantity by another profile
        name = base + plain[0].upper() + plain[1:]
        structure.rules[name] = _rule(structures, value_sets, type_, ":")
        structure.bases[name] = base
        names.add(name)
    structure.choices.append((frozenset(names), mark == "!"))


def _rule(
    structures: dict[str, Structure], value_sets: Mapping[str, Any], described: str, mark: str
) -> Rule:
    matched = _TYPE.fullmatch(described)
    if matched is None:
        raise ValueError(described)
    type_, targets, value_set = matched.groups()
    test = is_media_type if value_set == _MEDIA_TYPES else PRIMITIVES.get(type_)
    structure = None if test or type_ == "Resource" else structures[type_]
    bound = value_sets.get(value_set or "", ())
    codes = frozenset(code for each in bound for code in each["codes"].split())
    concepts = frozenset(
        (each["system"], code) for each in bound if structure for code in each["codes"].split()
    )
    return Rule(
        type_,
        mark in "*+",
        test,
        structure,
        codes if codes and structure is None else None,
        concepts or None,
        frozenset(targets.split("|")) if targets else _NONE,
    )


STRUCTURES: Final = _read()
"""Every resource and datatype this release can check, by name."""


def resource_types() -> Iterator[str]:
    """The resources among them, those that may only be contained included."""
    return (name for name, structure in STRUCTURES.items() if structure.is_resource)
