"""The structure of FHIR R4 resources, read once from ``elements.txt`` and ``codes.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from openhealthcode.record.primitives import PRIMITIVES

_RECORD: Final = files("openhealthcode.record")
_ELEMENT: Final = re.compile(r"(\w+)(\[x\])?([:!*+])(\S+)")
_OF_ELEMENT: Final = "id:string extension*Extension "
_INHERITED: Final = {
    "Element": _OF_ELEMENT,
    "BackboneElement": _OF_ELEMENT + "modifierExtension*Extension",
    "DomainResource": "id:id resourceType!string meta:Meta implicitRules:string language:string "
    "text:Narrative contained*Resource extension*Extension modifierExtension*Extension",
}
_ANY: Final = (
    "Base64Binary,Boolean,Canonical,Code,Date,DateTime,Decimal,Id,Instant,Integer,Markdown,Oid,"
    "PositiveInt,String,Time,UnsignedInt,Uri,Url,Uuid,Address,Age,Annotation,Attachment,"
    "CodeableConcept,Coding,ContactPoint,Count,Distance,Duration,HumanName,Identifier,Money,Period,"
    "Quantity,Range,Ratio,Reference,SampledData,Signature,Timing,ContactDetail,Contributor,"
    "DataRequirement,Expression,ParameterDefinition,RelatedArtifact,TriggerDefinition,UsageContext,"
    "Dosage,Meta"
)
"""Source: FHIR R4, 2.24.0.3 (open type element)."""

_PRIMITIVE_OF: Final = {
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "dateTime",
    "Decimal": "decimal",
    "Id": "id",
    "Instant": "instant",
    "Integer": "integer",
    "PositiveInt": "integer",
    "UnsignedInt": "integer",
    "Time": "time",
}
_STRINGS: Final = frozenset({"Base64Binary", "Canonical", "Code", "Markdown", "Oid", "String"}) | {
    "Uri", "Url", "Uuid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """What one element may hold: a primitive that passes a test, or an object of a structure.

    ``structure`` is None for a primitive; for a contained resource it is the one it names itself.
    """

    type: str
    is_list: bool
    test: Callable[[object], bool] | None
    structure: Structure | None
    codes: frozenset[str] | None


@dataclass(slots=True, eq=False)
class Structure:
    """A type's elements, which of them must be there, and which exclude each other."""

    name: str
    inherits: str
    rules: dict[str, Rule] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    choices: list[tuple[frozenset[str], bool]] = field(default_factory=list)

    @property
    def is_resource(self) -> bool:
        """Whether this is a resource rather than a part of one."""
        return self.inherits == "DomainResource"


def _read() -> dict[str, Structure]:
    text = _RECORD.joinpath("elements.txt").read_text(encoding="utf-8")
    codes = tomllib.loads(_RECORD.joinpath("codes.toml").read_text(encoding="utf-8"))
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
        bound = {k: frozenset(v.split()) for k, v in codes.get(name, {}).items()}
        for element, choice, mark, type_ in _ELEMENT.findall(" ".join(declared[name])):
            if choice:
                _add_choice(structures, structure, element, mark, type_)
            else:
                structure.rules[element] = _rule(structures, type_, mark, bound.get(element))
                if mark in "!+":
                    structure.required.append(element)
    return structures


def _add_choice(
    structures: dict[str, Structure], structure: Structure, element: str, mark: str, types: str
) -> None:
    for type_ in (_ANY if types == "any" else types).split(","):
        primitive = "string" if type_ in _STRINGS else _PRIMITIVE_OF.get(type_, type_)
        structure.rules[element + type_] = _rule(structures, primitive, ":", None)
    names = frozenset(name for name in structure.rules if _is_of(name, element))
    structure.choices.append((names, mark == "!"))


def _is_of(name: str, choice: str) -> bool:
    return name.startswith(choice) and name[len(choice) :][:1].isupper()


def _rule(
    structures: dict[str, Structure], type_: str, mark: str, codes: frozenset[str] | None
) -> Rule:
    test = PRIMITIVES.get(type_)
    structure = None if test or type_ == "Resource" else structures[type_]
    return Rule(type_, mark in "*+", test, structure, codes)


STRUCTURES: Final = _read()
"""Every resource and datatype this release can check, by name."""


def resource_types() -> Iterator[str]:
    """The resources among them, those that may only be contained included."""
    return (name for name, structure in STRUCTURES.items() if structure.is_resource)
