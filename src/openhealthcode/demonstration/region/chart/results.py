"""Laboratory results: FHIR Observation, and the DiagnosticReport that groups a panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import ANALYTES, FINDINGS, PANELS, Analyte, Json
from openhealthcode.demonstration.region.chart.record import institution_reference
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.record.orders import NATIONWIDE, RECOGNITION
from openhealthcode.registry import InstitutionKind
from openhealthcode.terminology import systems

_INTERPRETATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_WORDS: Final = {"L": "偏低", "N": "正常", "H": "偏高", "POS": "阳性", "NEG": "阴性"}
_INTERPRETATIONS: Final = {
    code: [{"coding": [{"system": _INTERPRETATION, "code": code}], "text": text}]
    for code, text in _WORDS.items()
}
_LABORATORY: Final = [{"coding": [{"system": systems.OBSERVATION_CATEGORY, "code": "laboratory"}]}]
_REPORT: Final = [
    {"coding": [{"system": systems.DIAGNOSTIC_SERVICE, "code": "LAB"}], "text": "检验"}
]
_MEANING: Final = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
_GOAL: Final = {"coding": [{"system": _MEANING, "code": "treatment"}], "text": "治疗目标"}
_RECOGNISED: Final = [{"url": RECOGNITION, "valueCode": NATIONWIDE}]
"""Nationwide mutual recognition of results (全国HR互认), as tertiary hospitals mark them."""
LEAST_DETECTED: Final = {"hbv_dna": 20, "hiv_rna": 50}
"""Below these values a result is reported as not detected."""


def panel(visit: Visit, key: str, values: Mapping[str, float] | None = None, days: int = 0) -> None:
    """Report a panel of a day that has come; values not given are read from the body."""
    if not visit.has_come(days):
        return
    chosen = PANELS[key]
    when = visit.day + timedelta(days=days)
    readings = visit.record.body.read_together(chosen.analytes, when, values or {})
    results = [measure(visit, name, readings[name], days) for name in chosen.analytes]
    if len(results) == 1:
        return
    report = _report(visit, days)
    report["code"] = chosen.concept
    report["result"] = [{"reference": url} for url in results]
    visit.record.add(report)


def measure(visit: Visit, key: str, value: float | None = None, days: int = 0) -> str:
    """Write down one quantity, with the normal range and what treatment aims at.

    Returns:
        the ``fullUrl`` of the Observation.
    """
    analyte = ANALYTES[key]
    when = visit.day if not days else visit.day + timedelta(days=days)
    if value is None:
        value = visit.record.body.read(key, when)
    visit.record.latest[key] = value
    low, high = visit.record.body.normal(key, when)
    resource = _observation(visit, days)
    resource["code"] = analyte.concept
    _write_value(resource, analyte, value)
    resource["interpretation"] = _INTERPRETATIONS[_interpret(value, low, high)]
    ranges = [_range(analyte, low, high)] if (low, high) != (None, None) else []
    if (goal := visit.record.goals.get(key)) is not None:
        ranges.append({"high": _quantity(analyte, goal), "type": _GOAL, "text": f"目标 <{goal:g}"})
    resource["referenceRange"] = ranges
    return visit.record.add(resource)


def find(visit: Visit, key: str, result: str = "", days: int = 0) -> str:
    """Write down a test whose result is a word; the normal one if empty."""
    finding = FINDINGS[key]
    result = result or finding.normal
    resource = _observation(visit, days)
    resource["code"] = finding.concept
    resource["valueString"] = result
    if result.startswith("阴性"):
        resource["interpretation"] = _INTERPRETATIONS["NEG"]
    elif result.startswith("阳性") or ":" in result:
        resource["interpretation"] = _INTERPRETATIONS["POS"]
    return visit.record.add(resource)


def _write_value(resource: Json, analyte: Analyte, value: float) -> None:
    least = LEAST_DETECTED.get(analyte.key)
    if least is not None and value < least:
        resource["valueQuantity"] = {**_quantity(analyte, least), "comparator": "<"}
        resource["note"] = [{"text": "低于检测下限"}]
    else:
        resource["valueQuantity"] = _quantity(analyte, value)


def _quantity(analyte: Analyte, value: float) -> Json:
    number = round(value, analyte.decimals) if analyte.decimals else round(value)
    unit = {"unit": analyte.unit} if analyte.unit else {}  # a ratio has none to print
    return {"value": number, **unit, "system": systems.UCUM, "code": analyte.ucum}


def _range(analyte: Analyte, low: float | None, high: float | None) -> Json:
    reference: Json = {}
    if low is not None:
        reference["low"] = _quantity(analyte, low)
    if high is not None:
        reference["high"] = _quantity(analyte, high)
    return reference


def _interpret(value: float, low: float | None, high: float | None) -> str:
    if low is not None and value < low:
        return "L"
    return "H" if high is not None and value > high else "N"


def _observation(visit: Visit, days: int) -> Json:
    observation = {
        "resourceType": "Observation",
        "meta": visit.meta(),
        "status": "final",
        "category": _LABORATORY,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "effectiveDateTime": visit.moment(15, days),
        "performer": [institution_reference(visit.institution)],
    }
    if visit.institution.kind is InstitutionKind.TERTIARY_HOSPITAL:
        observation["extension"] = _RECOGNISED
    return observation


def _report(visit: Visit, days: int) -> Json:
    report = {
        "resourceType": "DiagnosticReport",
        "meta": visit.meta(),
        "status": "final",
        "category": _REPORT,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "effectiveDateTime": visit.moment(15, days),
        "issued": visit.moment(100, days),
        "performer": [institution_reference(visit.institution)],
    }
    if visit.institution.kind is InstitutionKind.TERTIARY_HOSPITAL:
        report["extension"] = _RECOGNISED
    return report
