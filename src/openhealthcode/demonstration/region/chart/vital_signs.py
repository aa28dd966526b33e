"""What is measured at the bedside: FHIR Observation of the vital-signs profile."""

from __future__ import annotations

from typing import Final

from openhealthcode.demonstration.region.catalogue import Json
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.growth_chart import measured_at
from openhealthcode.terminology import systems

_VITAL: Final = [{"coding": [{"system": systems.OBSERVATION_CATEGORY, "code": "vital-signs"}]}]
_SIGNS: Final = {
    "height": ("8302-2", "身高", "cm", "cm"),
    "weight": ("29463-7", "体重", "kg", "kg"),
    "body_mass": ("39156-5", "体质指数", "kg/m²", "kg/m2"),
    "waist": ("8280-0", "腰围", "cm", "cm"),
    "head": ("9843-4", "头围", "cm", "cm"),
    "temperature": ("8310-5", "体温", "℃", "Cel"),
    "heart_rate": ("8867-4", "心率", "次/分", "/min"),
    "oxygen": ("59408-5", "血氧饱和度", "%", "%"),
    "birth_weight": ("8339-4", "出生体重", "g", "g"),
    "apgar_one": ("9272-6", "Apgar评分（1分钟）", "分", "{score}"),
    "apgar_five": ("9274-2", "Apgar评分（5分钟）", "分", "{score}"),
    "systolic": ("8480-6", "收缩压", "mmHg", "mm[Hg]"),
    "diastolic": ("8462-4", "舒张压", "mmHg", "mm[Hg]"),
    "pain": ("72514-3", "疼痛评分", "分", "{score}"),
}


def _concept(code: str, name: str) -> Json:
    return {"coding": [{"system": systems.LOINC, "code": code, "display": name}], "text": name}


_CONCEPTS: Final = {key: _concept(code, name) for key, (code, name, _, _) in _SIGNS.items()}
_PRESSURE: Final = _concept("85354-9", "血压")


def sign(visit: Visit, key: str, value: float, days: int = 0) -> None:
    """Write down one vital sign."""
    resource = _observation(visit, days)
    resource["code"] = _CONCEPTS[key]
    resource["valueQuantity"] = _quantity(key, value)
    visit.record.add(resource)


def pressure(
    visit: Visit, reading: tuple[int, int] | None = None, days: int = 0
) -> tuple[int, int]:
    """Take the blood pressure.

    Returns:
        systolic and diastolic in mmHg.
    """
    reading = reading or visit.record.body.blood_pressure(visit.day)
    resource = _observation(visit, days)
    resource["code"] = _PRESSURE
    resource["component"] = [
        {"code": _CONCEPTS[key], "valueQuantity": _quantity(key, value)}
        for key, value in zip(("systolic", "diastolic"), reading, strict=True)
    ]
    visit.record.add(resource)
    return reading


def size(visit: Visit, *, waist: bool = False) -> None:
    """Measure height, weight and what follows from them."""
    body = visit.record.body
    height, weight = body.height(visit.day), body.weight(visit.day)
    sign(visit, "height", height)
    sign(visit, "weight", weight)
    mass = weight / (height / 100) ** 2
    sign(visit, "body_mass", round(mass, 1))
    if waist:
        base = 30 if visit.record.person.is_female else 33
        sign(visit, "waist", round(base + mass * 2.2 + visit.record.rng.uniform(-2, 2)))


def infant_size(visit: Visit) -> None:
    """Measure an infant: length, weight and, until three, the head."""
    person, age = visit.record.person, visit.record.person.age_on(visit.day)
    sign(visit, "height", measured_at("height", person, age))
    sign(visit, "weight", measured_at("weight", person, age))
    if age < 2.2:
        sign(visit, "head", measured_at("head", person, age))


def _quantity(key: str, value: float) -> Json:
    _, _, unit, code = _SIGNS[key]
    return {"value": value, "unit": unit, "system": systems.UCUM, "code": code}


def _observation(visit: Visit, days: int) -> Json:
    return {
        "resourceType": "Observation",
        "meta": visit.meta(),
        "status": "final",
        "category": _VITAL,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "effectiveDateTime": visit.moment(4, days),
        "performer": [visit.author],
    }
