"""Entries of every type that betray something, each with a word of its own to search outputs for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from typing import Any

from openhealthcode.record import KINDS
from openhealthcode.record.presence import COMPANIONS
from openhealthcode.record.structure import STRUCTURES, Rule
from openhealthcode.terminology import systems

MARK = "哨兵"
PERSONS = ("Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization")
"""Who people and institutions are is not of a closed kind, and is registered elsewhere."""
TYPES = tuple(type_ for type_ in KINDS if type_ not in PERSONS)
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
_CANDIDATES: tuple[object, ...] = (
    "2026-02-01",
    "2026-02-01T08:00:00Z",
    True,
    1,
    "https://example.org/x",
    "示",
)
_ALSO: dict[str, dict[str, Any]] = {
    "AllergyIntolerance": {
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        }
    },
    "Appointment": {"start": "2026-02-01T08:00:00Z", "end": "2026-02-01T08:10:00Z"},
    "Consent": {"policyRule": {"text": "示"}},
}
"""What the values of other elements ask for."""
_LEAST = {
    "Reference": {"display": "示"},
    "Coding": {"code": "AMB"},
    "Identifier": {"value": "示"},
    "Attachment": {"title": "示"},
    "Period": {"start": "2026-02-01"},
}


def minimal(type_: str) -> dict[str, Any]:
    """The least a resource of this type may say."""
    also = _ALSO.get(type_, {})
    return {"resourceType": type_, **_required(type_, also), **also}


def _required(name: str, also: Collection[str] = ()) -> dict[str, Any]:
    structure = STRUCTURES[name]
    wanted = [each for each in structure.required if each != "resourceType"]
    wanted += [min(names) for names, is_required in structure.choices if is_required]
    wanted += [
        next(each for each in companion.others if each not in structure.bases.values())
        for companion in COMPANIONS.get(name, ())
        if not (companion.element or companion.is_warning)
        and not set(companion.others) & {*wanted, *also}
    ]
    return {each: _value(structure.rules[each]) for each in wanted}


def _value(rule: Rule) -> Any:
    if rule.concepts is not None:
        system, code = min(rule.concepts)
        value: Any = {"coding": [{"system": system, "code": code}]}
    elif rule.structure is not None:
        value = _required(rule.structure.name) or _least(rule.structure.name)
    elif rule.codes is not None:
        value = min(rule.codes)
    else:
        value = next(one for one in _CANDIDATES if rule.test is not None and rule.test(one))
    return [value] if rule.is_list else value


def _least(structure: str) -> dict[str, Any]:
    return _LEAST.get(structure, {"text": "示"})


def about(resource: dict[str, Any], patient: str) -> dict[str, Any]:
    """The resource with its reference to the resident."""
    reference: Any = {"reference": patient}
    path = KINDS[resource["resourceType"]].patient
    if not path:
        return resource
    name, _, inner = path.partition(".")
    if inner:
        parts = resource.get(name) or [{}]
        return {**resource, name: [{**parts[0], inner: reference}, *parts[1:]]}
    rule = STRUCTURES[resource["resourceType"]].rules[name]
    return {**resource, name: [reference] if rule.is_list else reference}


def narrated(type_: str) -> dict[str, Any]:
    """A minimal resource whose narrative tells a diagnosis."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">抑郁发作 {MARK}{type_}</div>'
    return minimal(type_) | {"text": {"status": "generated", "div": div}}


def coded(system: str, code: str) -> dict[str, Any]:
    """A concept that betrays by its code alone."""
    return {"coding": [{"system": system, "code": code}], "text": f"{MARK}{code}"}


def facts() -> list[dict[str, Any]]:
    """What betrays by other means than a narrative: codes, departments, referrals, fees, texts."""
    drug = {"medicationCodeableConcept": coded("http://www.whocc.no/atc", "N06AB03")}
    diagnosis = coded(ICD_10, "F32.1")
    return [
        minimal("Condition") | {"code": diagnosis, "onsetDateTime": "2026-02-01"},
        minimal("AllergyIntolerance") | {"code": coded("http://www.whocc.no/atc", "N05AH03")},
        minimal("MedicationRequest") | drug | {"authoredOn": "2026-02-01"},
        minimal("MedicationDispense") | drug | {"whenHandedOver": "2026-02-01T08:00:00Z"},
        minimal("MedicationStatement") | drug | {"effectiveDateTime": "2026-02-01"},
        minimal("Observation")
        | {"code": coded("http://loinc.org", "44261-6"), "effectiveDateTime": "2026-02-01"},
        minimal("Procedure") | {"code": coded("http://hl7.org/fhir/sid/icd-9-cm", "94.27")},
        minimal("ServiceRequest") | {"performer": [{"display": f"市精神卫生中心{MARK}转诊"}]},
        minimal("Claim") | {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": diagnosis}]},
        minimal("ExplanationOfBenefit")
        | {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": diagnosis}]},
        minimal("DocumentReference") | {"description": f"美沙酮门诊记录 {MARK}文书"},
        minimal("Appointment")
        | {"serviceType": [{"text": f"精神科 {MARK}预约"}], "start": "2026-02-01T08:00:00Z"},
    ]


def unread() -> list[dict[str, Any]]:
    """What nobody here can read, and what its author restricted: it may say anything."""
    pdf = {"contentType": "application/pdf", "data": b64encode(b"%PDF-1.4").decode()}
    elsewhere = {"contentType": "image/jpeg", "url": "https://example.org/scan.jpg"}
    restricted = {"system": systems.CONFIDENTIALITY, "code": "R"}
    return [
        minimal("DocumentReference")
        | {"content": [{"attachment": pdf | {"title": f"{MARK}扫描"}}]},
        minimal("DiagnosticReport") | {"presentedForm": [elsewhere | {"title": f"{MARK}片子"}]},
        minimal("Observation")
        | {"meta": {"security": [restricted]}, "code": {"text": f"血压 {MARK}限制"}},
        minimal("Communication") | {"payload": [{"contentAttachment": pdf | {"title": MARK}}]},
    ]


def closed_visit() -> list[tuple[str, dict[str, Any]]]:
    """A visit to a telling department, and ordinary entries that name it."""
    visit = minimal("Encounter") | {
        "serviceType": {"text": f"心理门诊 {MARK}就诊"},
        "period": {"start": "2026-02-01"},
    }
    glucose = minimal("Observation") | {
        "code": {"text": f"血糖 {MARK}普通"},
        "effectiveDateTime": "2026-02-01",
        "encounter": {"reference": "urn:uuid:visit"},
    }
    report = minimal("DiagnosticReport") | {
        "code": {"text": f"生化 {MARK}报告"},
        "result": [{"reference": "urn:uuid:glucose"}],
    }
    return [
        ("urn:uuid:visit", visit),
        ("urn:uuid:glucose", glucose),
        ("urn:uuid:report", report),
    ]


def planted() -> list[tuple[str, dict[str, Any]]]:
    """Every entry, with the fullUrl it is delivered under."""
    plain = [*map(narrated, TYPES), *facts(), *unread()]
    return [*((f"urn:uuid:s{n}", each) for n, each in enumerate(plain)), *closed_visit()]
