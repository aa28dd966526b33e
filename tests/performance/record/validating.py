"""What it costs to hold a laboratory's result against every rule there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from measure import Figure, per_call_us

from openhealthcode.record import check, parse
from openhealthcode.record.check import faults

CALLS = 3_000
_UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_COUNTED = (
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*9/L", 6.72, 3.5, 9.5),
    ("789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*12/L", 4.61, 3.8, 5.1),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", 136, 115, 150),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 40.1, 35, 45),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*9/L", 221, 125, 350),
)


def blood_count() -> dict[str, Any]:
    """An Observation of 4 kB: five components, each with codes, unit, verdict and range."""
    rows = "".join(f"<tr><td>{name}</td><td>{v} {u}</td></tr>" for _, name, u, v, *_ in _COUNTED)
    return {
        "resourceType": "Observation",
        "id": "blood-count-1",
        "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/Observation"]},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><table>{rows}</table></div>',
        },
        "extension": [{"url": "http://example.org/fhir/analyser", "valueString": "XN-1000"}],
        "identifier": [{"system": "http://example.org/lab", "value": "20260511-0042"}],
        "status": "final",
        "category": [_concept(f"{_HL7}/observation-category", "laboratory", "Laboratory")],
        "code": _concept("http://loinc.org", "58410-2", "CBC panel - Blood by Automated count"),
        "subject": {"reference": "Patient/018f428e34f647078009"},
        "encounter": {"reference": "Encounter/018f428e34f647078010"},
        "effectiveDateTime": "2026-05-11T09:40:00+08:00",
        "issued": "2026-05-11T10:11:09.120+08:00",
        "performer": [{"reference": "Practitioner/018f428e34f647078011", "display": "检验科"}],
        "specimen": {"reference": "Specimen/018f428e34f647078012"},
        "component": [_component(*row) for row in _COUNTED],
    }


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _component(
    code: str, name: str, unit: str, value: float, low: float, high: float
) -> dict[str, Any]:
    return {
        "code": _concept("http://loinc.org", code, name),
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
        "interpretation": [_concept(f"{_HL7}/v3-ObservationInterpretation", "N", "Normal")],
        "referenceRange": [
            {"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}
        ],
    }


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    body = orjson.dumps(blood_count())
    resource = parse(body)
    assert faults(resource) == ()
    read = per_call_us(lambda: orjson.loads(body), calls=CALLS)
    whole = per_call_us(lambda: check(orjson.loads(body)), calls=CALLS)
    broken = resource | {"component": [*resource["component"], {"valueInteger": "x"}]}
    yield Figure(
        "validate_observation_4kb",
        round(whole, 1),
        "us",
        baseline=round(read, 1),
        baseline_is="orjson.loads of the same bytes",
        cpu_us=round(whole, 1),
        notes={
            "bytes": len(body),
            "check_us": round(per_call_us(lambda: check(resource), calls=CALLS), 1),
            "parse_us": round(per_call_us(lambda: parse(body), calls=CALLS), 1),
            "all_faults_us": round(per_call_us(lambda: faults(broken), calls=CALLS // 10), 1),
        },
    )
