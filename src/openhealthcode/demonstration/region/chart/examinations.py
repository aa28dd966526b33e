"""Images, traces and endoscopies as reports in words: FHIR DiagnosticReport."""

from __future__ import annotations

from typing import Final

from openhealthcode.demonstration.region.catalogue import EXAMINATIONS, Json
from openhealthcode.demonstration.region.chart.record import (
    institution_reference,
    practitioner_reference,
)
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.record.orders import NATIONWIDE, RECOGNITION
from openhealthcode.registry import InstitutionKind

_RECOGNISED: Final = [{"url": RECOGNITION, "valueCode": NATIONWIDE}]
_IRRADIATES: Final = frozenset(
    [
        "chest_xray",
        "chest_ct",
        "head_ct",
        "abdomen_ct",
        "coronary_cta",
        "coronary_angiography",
        "knee_xray",
        "limb_xray",
        "bone_density",
    ]
)


def examine(visit: Visit, key: str, conclusion: str = "", days: int = 0, name: str = "") -> None:
    """Report an examination of a day that has come; without a conclusion it was normal.

    Nobody who is or may be pregnant is irradiated: then nothing is done and nothing written.
    """
    examination = EXAMINATIONS[key]
    record = visit.record
    spared = key in _IRRADIATES and record.is_pregnant(visit.day)
    if spared or not visit.has_come(days):
        return
    report: Json = {
        "resourceType": "DiagnosticReport",
        "meta": visit.meta(),
        "status": "final",
        "category": examination.categories,
        "code": {**examination.concept, "text": name} if name else examination.concept,
        "subject": record.subject,
        "encounter": visit.encounter,
        "effectiveDateTime": visit.moment(20, days),
        "issued": visit.moment(75, days),
        "performer": [institution_reference(visit.institution)],
        "conclusion": conclusion or examination.normal,
    }
    staff = record.directory.staff
    if staff.has(visit.institution.key, examination.department):
        reader = staff.someone(record.rng, visit.institution.key, examination.department)
        report["resultsInterpreter"] = [practitioner_reference(reader)]
    if visit.institution.kind is InstitutionKind.TERTIARY_HOSPITAL:
        report["extension"] = _RECOGNISED
    record.add(report)
