"""Entries as rows of a table, for people who work with tables: one entry, one row.

What a value is written as stays as it is written; what has no place in a row is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from openhealthcode.record import write_exactly
from openhealthcode.record.reading import Entry

COLUMNS: Final = (
    "id", "patient", "name", "id_number", "day", "type", "system", "code", "display",
    "value", "unit", "status", "filed",
)  # fmt: skip
_NATIONAL_ID: Final = "urn:oid:2.16.156.10011.1.3"
_CODED: Final = ("code", "vaccineCode", "medicationCodeableConcept", "type")
_VALUES: Final = ("valueString", "valueDateTime", "valueInteger", "valueBoolean")

Resource = dict[str, Any]


def rows_of(told: Iterable[tuple[Entry, Resource]]) -> list[dict[str, str]]:
    """A row for each entry; people are named as far as their own entry is among them."""
    told = list(told)
    people = {str(one["id"]): one for _, one in told if one["resourceType"] == "Patient"}
    return [_row(entry, one, people) for entry, one in told]


def _row(entry: Entry, one: Resource, people: dict[str, Resource]) -> dict[str, str]:
    patient = str(one["id"]) if entry.type == "Patient" else _reference(one)
    coding = next(_codings(one), {})
    value, unit = _value(one)
    return {
        "id": f"{entry.type}/{one['id']}",  # an id alone may begin as a formula does
        "patient": f"Patient/{patient}" if patient else "",
        "name": _name(people.get(patient, {})),
        "id_number": _number(people.get(patient, {})),
        "day": entry.day.isoformat() if entry.day else "",
        "type": entry.type,
        "system": str(coding.get("system", "")),
        "code": str(coding.get("code", "")),
        "display": str(coding.get("display") or coding.get("text") or ""),
        "value": value,
        "unit": unit,
        "status": str(one.get("status", "")),
        "filed": str(one.get("meta", {}).get("lastUpdated", "")),
    }


def _reference(one: Resource) -> str:
    subject = one.get("subject") or one.get("patient") or {}
    return str(subject.get("reference", "")).removeprefix("Patient/")


def _codings(one: Resource) -> Iterator[dict[str, Any]]:
    """The first code of what it is about; its text stands in where it has no words."""
    for name in _CODED:
        concept = one.get(name)
        if isinstance(concept, list):
            concept = concept[0] if concept else None
        if isinstance(concept, dict):
            text = concept.get("text", "")
            yield {"text": text, **next(iter(concept.get("coding", ())), {})}


def _value(one: Resource) -> tuple[str, str]:
    quantity = one.get("valueQuantity")
    if isinstance(quantity, dict):
        number = quantity.get("value")
        written = "" if number is None else write_exactly(number).decode()
        return written, str(quantity.get("unit") or quantity.get("code") or "")
    concept = one.get("valueCodeableConcept")
    if isinstance(concept, dict):
        coding: Resource = next(iter(concept.get("coding", ())), {})
        return str(concept.get("text") or coding.get("display") or coding.get("code") or ""), ""
    return next((str(one[name]) for name in _VALUES if name in one), ""), ""


def _name(person: Resource) -> str:
    names: list[Resource] = person.get("name", [])
    return str(names[0].get("text", "")) if names else ""


def _number(person: Resource) -> str:
    return next(
        (
            str(one.get("value", ""))
            for one in person.get("identifier", ())
            if one.get("system") == _NATIONAL_ID
        ),
        "",
    )
