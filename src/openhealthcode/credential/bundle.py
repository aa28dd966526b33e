"""A statement as the small FHIR Bundle of a SMART Health Card, and back; told what finds no place.

No narrative, ids or metadata; references are ``resource:0``. What has a code carries its words only
where those are needed to read it without a terminology: in an emergency.

Source: SMART Health Cards 1.4, "Health Cards are Small"; SMART Health Cards: Vaccination & Testing
IG, profile Vaccination Bundle (minimal); FHIR R4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from openhealthcode.credential.model import (
    Coded,
    Dose,
    Emergency,
    Item,
    Loss,
    LossReason,
    Part,
    Person,
    Statement,
)

Json = dict[str, Any]

FHIR_VERSION: Final = "4.0.1"
_PATIENT: Final = "resource:0"
_SEXES: Final = frozenset({"female", "male", "other", "unknown"})
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_SNOMED: Final = "http://snomed.info/sct"
_NO_KNOWN_ALLERGY: Final = "716186003"
_LOINC: Final = "http://loinc.org"
_BLOOD_GROUP: Final = "882-1"
_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "Patient": frozenset({"name", "birthDate", "gender"}),
    "Immunization": frozenset(
        {
            "status", "vaccineCode", "patient", "occurrenceDateTime", "lotNumber", "performer",
            "manufacturer", "protocolApplied", "isSubpotent",
        }
    ),
    "AllergyIntolerance": frozenset(
        {"clinicalStatus", "code", "patient", "criticality", "reaction", "onsetDateTime"}
    ),
    "Condition": frozenset({"code", "subject", "onsetDateTime", "note"}),
    "MedicationStatement": frozenset(
        {"status", "medicationCodeableConcept", "subject", "dosage", "effectiveDateTime"}
    ),
    "Observation": frozenset({"status", "code", "subject", "valueCodeableConcept"}),
    "Device": frozenset({"type", "patient", "manufactureDate", "note"}),
    "RelatedPerson": frozenset({"patient", "telecom", "relationship"}),
}  # fmt: skip
_PART_OF: Final = {
    "AllergyIntolerance": Part.ALLERGIES,
    "Observation": Part.BLOOD,
    "MedicationStatement": Part.MEDICATION,
    "Condition": Part.PROBLEMS,
    "Device": Part.IMPLANTS,
    "RelatedPerson": Part.CONTACTS,
}


def bundle_of(statement: Statement) -> Json:
    """The Bundle that states exactly this; FHIR has a place for all of it."""
    resources = [_patient(statement.person), *map(_immunization, statement.doses)]
    if statement.emergency is not None:
        resources += _emergency(statement.emergency)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"resource:{place}", "resource": one} for place, one in enumerate(resources)
        ],
    }


def statement_of(bundle: object) -> tuple[Statement, tuple[Loss, ...]]:
    """What a card's Bundle states as far as we understand it, and the names of the rest.

    Raises:
        ValueError: no Bundle, or one without a patient.
    """
    resources = [_mapping(one.get("resource")) for one in _list(_mapping(bundle).get("entry"))]
    person = next((one for one in resources if one.get("resourceType") == "Patient"), None)
    if person is None or _mapping(bundle).get("resourceType") != "Bundle":
        raise ValueError("there is no patient in it")
    told = Statement(_person(person))
    losses = list(_untold(resources))
    for one in resources:
        told = _with(told, one)
    return told, tuple(dict.fromkeys(losses))


def _patient(person: Person) -> Json:
    name = {"text": person.name, "family": person.family, "given": list(person.given)}
    return _filled(
        resourceType="Patient",
        name=[_filled(**name)] if person.called else [],
        birthDate=person.birth_date,
        gender=person.sex,
    )


def _immunization(dose: Dose) -> Json:
    applied = _filled(
        targetDisease=[_concept(dose.disease)] if dose.disease != Coded() else [],
        doseNumberPositiveInt=dose.number,
        seriesDosesPositiveInt=dose.of,
    )
    return _filled(
        resourceType="Immunization",
        status="completed",
        vaccineCode=_concept(dose.vaccine),
        patient={"reference": _PATIENT},
        occurrenceDateTime=dose.day,
        manufacturer=_filled(display=dose.maker),
        lotNumber=dose.lot,
        performer=[{"actor": {"display": dose.by}}] if dose.by else [],
        protocolApplied=[applied] if applied else [],
    )


def _emergency(told: Emergency) -> Iterator[Json]:
    if told.no_known_allergy:
        code = _filled(coding=[{"system": _SNOMED, "code": _NO_KNOWN_ALLERGY}])
        yield _filled(resourceType="AllergyIntolerance", code=code, patient=_reference())
    yield from map(_allergy, told.allergies)
    for one in told.medication:
        yield _filled(
            resourceType="MedicationStatement",
            status="active",
            medicationCodeableConcept=_concept(one.what),
            subject=_reference(),
            effectiveDateTime=one.since,
            dosage=[{"text": one.note}] if one.note else [],
        )
    for one in told.problems:
        yield _filled(
            resourceType="Condition",
            code=_concept(one.what),
            subject=_reference(),
            onsetDateTime=one.since,
            note=[{"text": one.note}] if one.note else [],
        )
    for one in told.blood:
        yield _filled(
            resourceType="Observation",
            status="final",
            code={"coding": [{"system": _LOINC, "code": _BLOOD_GROUP}]},
            subject=_reference(),
            valueCodeableConcept=_concept(one.what),
        )
    for one in told.implants:
        yield _filled(
            resourceType="Device",
            type=_concept(one.what),
            patient=_reference(),
            manufactureDate=one.since,
            note=[{"text": one.note}] if one.note else [],
        )
    for one in told.contacts:
        yield _filled(
            resourceType="RelatedPerson",
            patient=_reference(),
            relationship=[{"text": one.note}] if one.note else [],
            telecom=[{"system": "phone", "value": one.what.text}],
        )


def _allergy(one: Item) -> Json:
    return _filled(
        resourceType="AllergyIntolerance",
        clinicalStatus={"coding": [{"system": _CLINICAL, "code": "active"}]},
        criticality="high" if one.is_high_risk else "",
        code=_concept(one.what),
        patient=_reference(),
        onsetDateTime=one.since,
        reaction=[{"manifestation": [{"text": one.note}]}] if one.note else [],
    )


def _person(patient: Json) -> Person:
    name = _first(patient.get("name"))
    sex = _text(patient.get("gender"))
    return Person(
        name=_text(name.get("text")),
        family=_text(name.get("family")),
        given=tuple(one for one in _values(name.get("given")) if isinstance(one, str)),
        birth_date=_text(patient.get("birthDate")),
        sex=sex if sex in _SEXES else "",
    )


def _with(told: Statement, one: Json) -> Statement:
    """The statement with what one more resource says."""
    kind = one.get("resourceType")
    if kind == "Immunization" and one.get("status") == "completed":
        return replace(told, doses=(*told.doses, _dose(one)))
    part = _PART_OF.get(str(kind))
    if part is None:
        return told
    emergency = told.emergency or Emergency()
    item = _item(part, one)
    if part is Part.ALLERGIES and item.what.code == _NO_KNOWN_ALLERGY:
        return replace(told, emergency=replace(emergency, no_known_allergy=True))
    if not _is_understood(part, one):
        return told
    more = (*emergency.of(part), item)
    return replace(told, emergency=emergency.with_items(part, more))


def _is_understood(part: Part, one: Json) -> bool:
    """Whether the resource says what this part is about: of observations the blood group alone."""
    if part is Part.BLOOD:
        return _coded(one.get("code")).code == _BLOOD_GROUP
    if part is Part.MEDICATION:
        return one.get("status") == "active"
    if part is Part.ALLERGIES:
        return _coded(one.get("clinicalStatus")).code in {"active", ""}
    return True


def _dose(one: Json) -> Dose:
    applied = _first(one.get("protocolApplied"))
    actor = _mapping(_first(one.get("performer")).get("actor"))
    return Dose(
        vaccine=_coded(one.get("vaccineCode")),
        day=_text(one.get("occurrenceDateTime")),
        lot=_text(one.get("lotNumber")),
        maker=_text(_mapping(one.get("manufacturer")).get("display")),
        disease=_coded(_first(applied.get("targetDisease"))),
        number=_count(applied.get("doseNumberPositiveInt")),
        of=_count(applied.get("seriesDosesPositiveInt")),
        by=_text(actor.get("display")),
    )


def _item(part: Part, one: Json) -> Item:
    match part:
        case Part.ALLERGIES:
            shown = _first(_first(one.get("reaction")).get("manifestation"))
            danger = one.get("criticality") == "high"
            note, since = _text(shown.get("text")), _text(one.get("onsetDateTime"))
            return Item(_coded(one.get("code")), note, since, danger)
        case Part.MEDICATION:
            note = _text(_first(one.get("dosage")).get("text"))
            what = _coded(one.get("medicationCodeableConcept"))
            return Item(what, note, _text(one.get("effectiveDateTime")))
        case Part.BLOOD:
            return Item(_coded(one.get("valueCodeableConcept")))
        case Part.CONTACTS:
            number = _text(_first(one.get("telecom")).get("value"))
            return Item(Coded(text=number), _text(_first(one.get("relationship")).get("text")))
    what = _coded(one.get("type" if part is Part.IMPLANTS else "code"))
    began = one.get("manufactureDate" if part is Part.IMPLANTS else "onsetDateTime")
    return Item(what, _text(_first(one.get("note")).get("text")), _text(began))


def _untold(resources: Sequence[Json]) -> Iterator[Loss]:
    """What the resources say besides, by the name of the element."""
    for one in resources:
        kind = one.get("resourceType")
        name = kind if isinstance(kind, str) and kind.isalpha() and len(kind) < 40 else "?"
        told = _TOLD.get(name)
        part = _PART_OF.get(name)
        if told is None or not (part is None or _is_told(part, one)):
            yield Loss(name, LossReason.NOT_UNDERSTOOD)
            continue
        if name == "Immunization" and one.get("status") != "completed":
            yield Loss("Immunization.status", LossReason.NOT_UNDERSTOOD)
        for element in sorted(set(one) - told - {"resourceType", "id", "meta"}):
            yield Loss(f"{name}.{element[:40]}", LossReason.NOT_UNDERSTOOD)


def _is_told(part: Part, one: Json) -> bool:
    is_denied = part is Part.ALLERGIES and _coded(one.get("code")).code == _NO_KNOWN_ALLERGY
    return is_denied or _is_understood(part, one)


def _reference() -> Json:
    return {"reference": _PATIENT}


def _concept(what: Coded) -> Json:
    coding = _filled(system=what.system, code=what.code)
    return _filled(coding=[coding] if coding else [], text=what.text)


def _coded(concept: object) -> Coded:
    given = _mapping(concept)
    coding = _first(given.get("coding"))
    text = _text(given.get("text")) or _text(coding.get("display"))
    return Coded(_text(coding.get("system")), _text(coding.get("code")), text)


def _filled(**values: object) -> Json:
    """Only what says something: a card is small."""
    return {name: value for name, value in values.items() if value}


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _values(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _list(value: object) -> list[Json]:
    return [one for one in _values(value) if isinstance(one, dict)]


def _first(value: object) -> Json:
    return next(iter(_list(value)), {})


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
