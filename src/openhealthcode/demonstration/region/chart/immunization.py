"""Vaccinations: FHIR Immunization.

Source: Vaccine Law 45: product, holder, trace code of the smallest package, expiry, time,
vaccinator. The makers are invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import ROUTES, VACCINES, Json, Vaccine
from openhealthcode.demonstration.region.catalogue.rhythms import UCUM_OF
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.numbers import trace_code
from openhealthcode.terminology import systems

MAKERS: Final = {
    "qinglan": "青岚生物制品有限公司",
    "beichen": "北辰疫苗股份有限公司",
    "anlan": "安澜生物技术有限公司",
    "huaqing": "华菁生物制品有限公司",
}
TRACE_SYSTEM: Final = "https://openhealthcode.example/vaccine-trace-code"
_ARM, _THIGH = "上臂三角肌", "大腿前外侧"


def vaccinate(visit: Visit, key: str, dose: int = 1, doses: int = 1) -> None:
    """Write down one dose of a series."""
    vaccine = VACCINES[key]
    made = visit.day - timedelta(days=visit.record.rng.randrange(60, 200))
    resource: Json = {
        "resourceType": "Immunization",
        "meta": visit.meta(),
        "identifier": [{"system": TRACE_SYSTEM, "value": trace_code(visit.record.rng, key)}],
        "status": "completed",
        "vaccineCode": vaccine.concept,
        "patient": visit.record.subject,
        "occurrenceDateTime": visit.moment(8),
        "primarySource": True,
        "manufacturer": {"display": MAKERS[vaccine.maker]},
        "lotNumber": _lot(vaccine, made),
        "expirationDate": _expiry(vaccine, made),
        "route": {"text": ROUTES[vaccine.route]},
        "doseQuantity": _dose(vaccine),
        "performer": [{"actor": visit.author}],
        "protocolApplied": [
            {
                "targetDisease": [{"text": vaccine.disease}],
                "doseNumberPositiveInt": dose,
                "seriesDosesPositiveInt": doses,
            }
        ],
    }
    if vaccine.route != "oral":
        resource["site"] = {"text": _site(visit, vaccine)}
    visit.record.add(resource)


def _site(visit: Visit, vaccine: Vaccine) -> str:
    infant = visit.record.person.age_on(visit.day) < 1.5
    if vaccine.key == "bcg":
        return "左" + _ARM
    side = "左" if visit.record.rng.random() < 0.5 else "右"
    return side + (_THIGH if infant and vaccine.route == "intramuscular" else _ARM)


def _lot(vaccine: Vaccine, made: date) -> str:
    """One lot lasts a quarter, so that neighbours' children share theirs."""
    quarter = (made.month - 1) // 3
    return f"{made.year}{quarter * 3 + 1:02d}{sum(map(ord, vaccine.key)) % 90 + 10}{quarter + 1}"


def _expiry(vaccine: Vaccine, made: date) -> str:
    months = made.month - 1 + vaccine.shelf_months
    return date(made.year + months // 12, months % 12 + 1, 1).isoformat()


def _dose(vaccine: Vaccine) -> Json:
    return {
        "value": vaccine.dose,
        "unit": vaccine.unit,
        "system": systems.UCUM,
        "code": UCUM_OF[vaccine.unit],
    }
