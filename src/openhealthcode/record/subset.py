"""A part of a resource, as FHIR lets a reader ask for it; it says of itself that it is one.

Mandatory elements and those that change what the rest means always stay, so that a part is never
read as something else. What stays is exactly what was filed, to the last decimal.

Source: FHIR R4, 3.1.1.5.8 (_summary), 3.1.1.5.9 (_elements); v3-ObservationValue, SUBSETTED.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.record.parameters import SearchNotUnderstood

SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
_EVERYWHERE: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})
_MARKED: Final = re.compile(r"([\w.]+)(\[x\])?([!?*]+)")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}", re.ASCII)
_MOST_NAMES: Final = 100


class Form(StrEnum):
    """How much of a resource ``_summary`` asks for."""

    SUMMARY = "true"
    NARRATIVE = "text"
    DATA = "data"
    COUNT = "count"
    """How many there are and nothing of any; of searches only."""
    WHOLE = "false"


@dataclass(frozen=True, slots=True)
class Part:
    """Which part is asked for: a form, or elements by name."""

    form: Form = Form.WHOLE
    elements: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether everything is asked for, so that the stored bytes can be sent as they are."""
        return self.form is Form.WHOLE and not self.elements


WHOLE: Final = Part()


@dataclass(slots=True)
class _Element:
    """What one element's marks say, and those of the elements inside it."""

    stays: bool = False
    in_summary: bool = False
    is_choice: bool = False
    inner: dict[str, _Element] = field(default_factory=dict)


def read_part(parameters: Iterable[tuple[str, str]]) -> tuple[Part, list[tuple[str, str]]]:
    """Take ``_summary`` and ``_elements`` out of the parameters of a request.

    Returns:
        The part asked for, and the parameters that remain.

    Raises:
        SearchNotUnderstood: an unknown form, no names, or both at once.
    """
    form, names, remaining = Form.WHOLE, frozenset[str](), []
    for name, value in parameters:
        if name == "_summary":
            if value not in set(Form):
                raise SearchNotUnderstood("_summary is one of " + ", ".join(Form))
            form = Form(value)
        elif name == "_elements":
            names |= _names(value)
        else:
            remaining.append((name, value))
    if names and form is not Form.WHOLE:
        raise SearchNotUnderstood("_summary and _elements exclude each other")
    return Part(form, names), remaining


def part_of(resource: Resource, part: Part) -> Resource:
    """The part of a resource; the resource itself stays as it is.

    Args:
        resource: as it was filed; one of a type this release does not know loses only what is
            asked to be left out by name.
        part: what is wanted.
    """
    if part.is_whole:
        return resource
    known = _KNOWN.get(resource["resourceType"], _UNKNOWN)
    if part.form is Form.SUMMARY:
        kept = _summarised(resource, known)
    elif part.form is Form.DATA:
        kept = {name: value for name, value in resource.items() if name not in {"text", "_text"}}
    else:
        wanted = part.elements | {"text"} if part.form is Form.NARRATIVE else part.elements
        kept = {
            name: value
            for name, value in resource.items()
            if name in _EVERYWHERE or _is_wanted(name.removeprefix("_"), wanted, known)
        }
    return _tagged(kept)


def _names(value: str) -> frozenset[str]:
    names = value.split(",")
    if len(names) > _MOST_NAMES or not all(map(_NAME.fullmatch, names)):
        raise SearchNotUnderstood("_elements names elements of the resource, with commas between")
    return frozenset(names)


def _summarised(value: Mapping[str, Any], known: dict[str, _Element]) -> Resource:
    kept = {}
    for name, inner in value.items():
        if name in _EVERYWHERE:
            kept[name] = inner
            continue
        element = _element(name, known)
        if element is not None and (element.in_summary or element.stays):
            kept[name] = _inside(inner, element.inner)
    return kept


def _inside(value: object, known: dict[str, _Element]) -> object:
    """The summary of a part of a resource; where nothing is known of its elements, all of it."""
    if isinstance(value, list):
        return [_inside(one, known) for one in value]
    if not known or not isinstance(value, dict):
        return value
    return _summarised(value, known) or value  # no element may be empty


def _is_wanted(name: str, wanted: frozenset[str], known: dict[str, _Element]) -> bool:
    """Whether an element was asked for, itself or as one of its choice, or has to stay."""
    if name in wanted:
        return True
    element = _element(name, known)
    if element is None:
        return False
    return element.stays or (element.is_choice and not wanted.isdisjoint(_bases(name)))


def _element(name: str, known: dict[str, _Element]) -> _Element | None:
    """What is known of an element: one of a choice goes by the choice, an extension by its element."""
    name = name.removeprefix("_")
    found = known.get(name)
    if found is not None:
        return found
    bases = (known[base] for base in _bases(name) if base in known)
    return next((one for one in bases if one.is_choice), None)


def _bases(name: str) -> list[str]:
    """What a choice may be called of which this is one: ``valueQuantity`` may be of ``value``."""
    return [name[:place] for place, letter in enumerate(name) if letter.isupper()]


def _tagged(resource: Resource) -> Resource:
    meta = resource.get("meta", {})
    tags = [tag for tag in meta.get("tag", ()) if tag != SUBSETTED]
    head: Resource = {name: resource[name] for name in ("resourceType", "id") if name in resource}
    rest = {name: value for name, value in resource.items() if name not in {*head, "meta"}}
    return {**head, "meta": {**meta, "tag": [*tags, SUBSETTED]}, **rest}


def _read() -> dict[str, dict[str, _Element]]:
    text = files("openhealthcode.record").joinpath("subsets.txt").read_text(encoding="utf-8")
    types: dict[str, dict[str, _Element]] = {}
    elements: dict[str, _Element] = {}
    for line in text.splitlines():
        if line.startswith(" "):
            for path, choice, marks in _MARKED.findall(line):
                _add(elements, path.split("."), choice + marks)
        elif line and not line.startswith("#"):
            elements = types[line] = {}
    return types


def _add(elements: dict[str, _Element], path: list[str], marks: str) -> None:
    element = elements.setdefault(path[0], _Element())
    if path[1:]:
        _add(element.inner, path[1:], marks)
    else:
        element.stays = not {"!", "?"}.isdisjoint(marks)
        element.in_summary, element.is_choice = "*" in marks, "[x]" in marks


_UNKNOWN: Final[dict[str, _Element]] = {}
_KNOWN: Final = _read()
"""By resource type what is marked; an element without marks is only there when asked for."""
