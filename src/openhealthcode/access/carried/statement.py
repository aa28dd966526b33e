"""What a record says, as a health card or certificate can state it. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from openhealthcode.credential import Coded, Dose, Emergency, Item, Person, Statement
from openhealthcode.identity import EmergencyContact
from openhealthcode.record.summary import Summary

_LONGEST: Final = 60


def person_of(name: str, sex: str, birth_date: date | None) -> Person:
    """About whom, as far as a card tells it."""
    known = sex if sex in {"female", "male", "other"} else ""
    return Person(name=name, birth_date=str(birth_date or ""), sex=known)


def vaccinated(person: Person, resources: Iterable[dict[str, Any]]) -> Statement:
    """Every dose that was given, oldest first."""
    doses = [
        _dose(one)
        for one in resources
        if one["resourceType"] == "Immunization" and one.get("status") == "completed"
    ]
    return Statement(person, tuple(sorted(doses, key=lambda dose: dose.day)))


def in_an_emergency(
    person: Person,
    summary: Summary,
    contacts: Sequence[EmergencyContact],
    resources: Sequence[dict[str, Any]],
) -> Statement:
    """What the carried summary says; a code is told with its words."""
    told = Emergency(
        allergies=tuple(
            Item(_of(resources, one.entry, one.name), _cut(one.reaction), one.since, one.criticality == "high")
            for one in summary.allergies
        ),
        blood=(Item(Coded(text=_cut(summary.blood_type))),) if summary.blood_type else (),
        medication=tuple(
            Item(_of(resources, one.entry, one.name), _cut(f"{one.dose} {one.frequency}".strip()), one.since)
            for one in summary.medication
        ),
        problems=tuple(
            Item(_of(resources, one.entry, one.name), _cut(one.note), one.since)
            for one in summary.problems
        ),
        implants=tuple(Item(Coded(text=_cut(one.name)), since=one.when) for one in summary.implants),
        contacts=tuple(
            Item(Coded(text=one.phone.number), note=one.relation.value) for one in contacts
        ),
        no_known_allergy=bool(summary.no_known_allergy) and not summary.allergies,
    )  # fmt: skip
    return Statement(person, emergency=told)


def _dose(one: dict[str, Any]) -> Dose:
    applied = _first(one.get("protocolApplied"))
    actor = _first(one.get("performer")).get("actor") or {}
    return Dose(
        vaccine=_coded(one.get("vaccineCode") or {}),
        day=str(one.get("occurrenceDateTime", ""))[:10],
        lot=_cut(str(one.get("lotNumber", ""))),
        number=_count(applied.get("doseNumberPositiveInt")),
        of=_count(applied.get("seriesDosesPositiveInt")),
        by=_cut(str(actor.get("display", ""))),
    )


def _of(resources: Sequence[dict[str, Any]], place: int, name: str) -> Coded:
    """The code of the entry a line was taken from, with the line's own words."""
    one = resources[place]
    concept = one.get("code") or one.get("medicationCodeableConcept") or {}
    coding = _coded(concept if isinstance(concept, dict) else {})
    return Coded(coding.system, coding.code, _cut(name))


def _coded(concept: dict[str, Any]) -> Coded:
    coding = _first(concept.get("coding"))
    text = concept.get("text") or coding.get("display") or ""
    return Coded(str(coding.get("system", "")), str(coding.get("code", "")), _cut(str(text)))


def _first(value: object) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _cut(text: str) -> str:
    return text[:_LONGEST]


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
