"""The International Patient Summary: what a clinician elsewhere needs, as one FHIR document.

Not the record but its summary: allergies, problems, medicines in use, immunisations, procedures,
implants, latest results and vital signs. It holds the entries themselves beside their narrative,
and says of a required section that is empty that nothing is known, never that there is nothing.

Source: HL7 IPS Implementation Guide 1.1 over FHIR R4 (Bundle, Composition; CodeSystem
absent-unknown-uv-ips); section codes are LOINC's. Not run through HL7's validator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from openhealthcode.record.plain import Language, describe_plainly
from openhealthcode.record.plain.dates import when_of
from openhealthcode.record.summary import Summary, summarise
from openhealthcode.standards import RecordCategory

Json = dict[str, Any]
_Told = tuple[RecordCategory, Json]

_PROFILES: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition"
_ABSENT: Final = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
_LOINC: Final = "http://loinc.org"
_DOCUMENT: Final = "60591-5"
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ALLERGY_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_TITLE: Final[Mapping[Language, str]] = MappingProxyType(
    {"zh-CN": "国际患者摘要", "en": "International Patient Summary"}
)
_UNKNOWN: Final[Mapping[Language, str]] = MappingProxyType(
    {"zh-CN": "没有这方面的信息", "en": "No information available"}
)
_NONE_KNOWN: Final[Mapping[Language, str]] = MappingProxyType(
    {"zh-CN": "记录为无已知过敏", "en": "Recorded as having no known allergies"}
)
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""No XML, hence no narrative, may hold these. Source: XML 1.0, 2.2 (Char)."""
_REASON_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_UNKNOWN_WHEN: Final = MappingProxyType(
    {"_effectiveDateTime": {"extension": [{"url": _REASON_ABSENT, "valueCode": "unknown"}]}}
)


@dataclass(frozen=True, slots=True)
class _Section:
    """One section: its LOINC code, its titles, and which entries the summary puts into it."""

    code: str
    titles: Mapping[Language, str]
    places: Callable[[Summary, Sequence[_Told]], Iterable[int]]
    absent: str = ""
    """The type of the resource that says nothing is known; empty where a section may be missing."""


def _titles(chinese: str, english: str) -> Mapping[Language, str]:
    return MappingProxyType({"zh-CN": chinese, "en": english})


def _doses(told: Sequence[_Told]) -> list[int]:
    """Every dose given, not only the last of each vaccine."""
    return [
        place
        for place, (_, one) in enumerate(told)
        if one["resourceType"] == "Immunization" and one.get("status") == "completed"
    ]


def _measured(summary: Summary, told: Sequence[_Told], *, vital: bool) -> list[int]:
    """The latest of each measurement; vital signs have a section of their own."""
    is_vital = RecordCategory.VITAL_SIGNS
    return [one.entry for one in summary.results if (told[one.entry][0] is is_vital) == vital]


_SECTIONS: Final = (
    _Section(
        "48765-2",
        _titles("过敏与不良反应", "Allergies and intolerances"),
        lambda summary, _: (one.entry for one in summary.allergies),
        absent="AllergyIntolerance",
    ),
    _Section(
        "11450-4",
        _titles("健康问题", "Problems"),
        lambda summary, _: (one.entry for one in summary.problems),
        absent="Condition",
    ),
    _Section(
        "10160-0",
        _titles("在用药物", "Medication"),
        lambda summary, _: (one.entry for one in summary.medication),
        absent="MedicationStatement",
    ),
    _Section(
        "11369-6",
        _titles("接种", "Immunisations"),
        lambda _, told: _doses(told),
    ),
    _Section(
        "47519-4",
        _titles("手术与操作", "Procedures"),
        lambda summary, _: (one.entry for one in summary.procedures),
    ),
    _Section(
        "46264-8",
        _titles("植入物与器械", "Medical devices"),
        lambda summary, _: (one.entry for one in summary.implants),
    ),
    _Section(
        "30954-2",
        _titles("检查检验结果", "Results"),
        lambda summary, told: _measured(summary, told, vital=False),
    ),
    _Section(
        "8716-3",
        _titles("生命体征", "Vital signs"),
        lambda summary, told: _measured(summary, told, vital=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryHead:
    """What a summary says about itself.

    Args:
        document_id: of this document; no two are the same.
        made_at: aware.
        today: the day to judge "current" and "recent" by.
        language: of titles and narrative.
        fhir_url: this service's FHIR address, without a slash at its end.
        name: who put it together, for the receiving system.
    """

    document_id: UUID
    made_at: datetime
    today: date
    language: Language
    fhir_url: str
    name: str = field(default="OpenHealthCode")


def patient_summary(patient: Json, entries: Sequence[_Told], head: SummaryHead) -> Json:
    """Put a summary together from exactly the entries given.

    Args:
        patient: the resident as a FHIR Patient with its id.
        entries: what may go in, with the category of each.
    """
    resources = [resource for _, resource in entries]
    summary = summarise(resources, head.today, head.language)
    subject = f"{head.fhir_url}/Patient/{patient['id']}"
    told: dict[str, Json] = {}
    sections = []
    for section in _SECTIONS:
        chosen = [resources[place] for place in dict.fromkeys(section.places(summary, entries))]
        written = _written(section, chosen, summary, subject, head)
        if written is not None:
            sections.append(_as_section(section, written, head))
            told |= written
    author = f"urn:uuid:{_part(head, 1)}"
    composition = _composition(subject, author, sections, head)
    everything = {
        f"urn:uuid:{_part(head, 0)}": composition,
        subject: patient,
        author: _author(head),
        **told,
    }
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PROFILES}/Bundle-uv-ips"]},
        "language": head.language,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{head.document_id}"},
        "type": "document",
        "timestamp": head.made_at.isoformat(timespec="milliseconds"),
        "entry": [{"fullUrl": url, "resource": one} for url, one in everything.items()],
    }


def _written(
    section: _Section, chosen: Sequence[Json], summary: Summary, subject: str, head: SummaryHead
) -> dict[str, Json] | None:
    """The resources of a section by their full address; nothing for one that is left out."""
    if chosen:
        stated = [_stated(one, head) for one in chosen]
        return {f"{head.fhir_url}/{one['resourceType']}/{one['id']}": one for one in stated}
    if not section.absent:
        return None
    known = section.absent == "AllergyIntolerance" and bool(summary.no_known_allergy)
    resource = _absent(section.absent, subject, is_known_none=known)
    return {f"urn:uuid:{_part(head, int(section.code.split('-')[0]))}": resource}


def _stated(resource: Json, head: SummaryHead) -> Json:
    """As filed; a dispensing is told as the statement it makes, for IPS knows none."""
    if resource["resourceType"] != "MedicationDispense":
        return resource
    medicine = {
        key: value for key, value in resource.items() if key.startswith("medication") and value
    }
    given = when_of(resource)
    effective = {"effectiveDateTime": given} if given else _UNKNOWN_WHEN
    dosage = resource.get("dosageInstruction")
    return {
        "resourceType": "MedicationStatement",
        "id": resource["id"],
        "status": "active",
        **medicine,
        "subject": resource["subject"],
        **effective,
        "derivedFrom": [{"reference": f"{head.fhir_url}/MedicationDispense/{resource['id']}"}],
        **({"dosage": dosage} if dosage else {}),
    }


def _absent(kind: str, subject: str, *, is_known_none: bool) -> Json:
    """The resource that says that nothing is known, or that it is known that there is nothing."""
    codes = {
        "AllergyIntolerance": "no-allergy-info",
        "Condition": "no-problem-info",
        "MedicationStatement": "no-medication-info",
    }
    code = "no-known-allergies" if is_known_none else codes[kind]
    concept = {"coding": [{"system": _ABSENT, "code": code}]}
    who = {"reference": subject}
    if kind == "AllergyIntolerance":
        active = {"coding": [{"system": _ALLERGY_CLINICAL, "code": "active"}]}
        return {"resourceType": kind, "clinicalStatus": active, "code": concept, "patient": who}
    if kind == "Condition":
        active = {"coding": [{"system": _CLINICAL, "code": "active"}]}
        return {"resourceType": kind, "clinicalStatus": active, "code": concept, "subject": who}
    return {
        "resourceType": kind,
        "status": "unknown",
        "medicationCodeableConcept": concept,
        "subject": who,
        **_UNKNOWN_WHEN,
    }


def _as_section(section: _Section, written: Mapping[str, Json], head: SummaryHead) -> Json:
    title = section.titles[head.language]
    lines = "".join(f"<li>{_line(one, head.language)}</li>" for one in written.values())
    return {
        "title": title,
        "code": {"coding": [{"system": _LOINC, "code": section.code}]},
        "text": _narrative(f"<ul>{lines}</ul>", head.language),
        "entry": [{"reference": url} for url in written],
    }


def _line(resource: Json, language: Language) -> str:
    """One entry as a line of narrative; what people wrote is text in it and never markup."""
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    codings = concept.get("coding", ()) if isinstance(concept, dict) else ()
    absent = next((one.get("code") for one in codings if one.get("system") == _ABSENT), None)
    if absent is not None:
        return (_NONE_KNOWN if absent == "no-known-allergies" else _UNKNOWN)[language]
    said = describe_plainly(resource, language)
    words = " · ".join(part for part in (said.when, said.title, said.detail) if part)
    return escape(_NOT_XML.sub("", words))


def _composition(subject: str, author: str, sections: list[Json], head: SummaryHead) -> Json:
    title = _TITLE[head.language]
    return {
        "resourceType": "Composition",
        "meta": {"profile": [f"{_PROFILES}/Composition-uv-ips"]},
        "language": head.language,
        "text": _narrative(f"<p>{title}</p>", head.language),
        "status": "final",
        "type": {"coding": [{"system": _LOINC, "code": _DOCUMENT}]},
        "subject": {"reference": subject},
        "date": head.made_at.isoformat(timespec="seconds"),
        "author": [{"reference": author}],
        "title": title,
        "section": sections,
    }


def _author(head: SummaryHead) -> Json:
    return {
        "resourceType": "Device",
        "deviceName": [{"name": head.name, "type": "user-friendly-name"}],
    }


def _narrative(inner: str, language: Language) -> Json:
    opened = f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">'
    return {"status": "generated", "div": f"{opened}{inner}</div>"}


def _part(head: SummaryHead, number: int) -> UUID:
    """The id of a part that only this document has."""
    return UUID(int=(head.document_id.int + 1 + number) % 2**128)
