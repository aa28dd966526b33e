"""Prescriptions and what a pharmacy hands over: FHIR MedicationRequest, MedicationDispense."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import (
    DIAGNOSES,
    DRUGS,
    RHYTHMS,
    ROUTES,
    Drug,
    Formula,
    Json,
)
from openhealthcode.demonstration.region.catalogue.rhythms import UCUM_OF, UNIT_TEXT
from openhealthcode.demonstration.region.chart.record import (
    Prescription,
    Problem,
    Record,
    practitioner_reference,
)
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.institutions import INSTITUTION_SYSTEM
from openhealthcode.demonstration.region.model import SyntheticPractitioner
from openhealthcode.terminology import systems

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
_HERBAL: Final = {
    "coding": [{"system": "urn:oid:2.16.156.10011.2.3.1.157", "display": "中药饮片"}],
    "text": "中药饮片",
}
_SAFE_IN_PREGNANCY: Final = frozenset(
    [
        "amoxicillin",
        "amoxicillin_clavulanate",
        "cefuroxime",
        "cefixime",
        "ceftriaxone",
        "azithromycin",
        "fosfomycin",
        "paracetamol",
        "folic_acid",
        "ferrous_succinate",
        "calcium_d3",
        "labetalol",
        "nifedipine",
        "levothyroxine",
        "glargine",
        "aspart",
        "dydrogesterone",
        "hydrocortisone_cream",
        "clotrimazole_vaginal",
        "smectite",
        "rehydration_salts",
        "ambroxol",
        "loratadine",
        "hyaluronate_drops",
        "lactulose",
        "tenofovir",
        "omeprazole",
        "levofloxacin_drops",
        "tetanus_globulin",
        "rabies_globulin",
        "budesonide",
        "salbutamol",
    ]
)
_FROM_AGE: Final = {"quinolone": 18, "tetracycline": 8}
_BLEEDING: Final = frozenset({"rivaroxaban", "warfarin", "clopidogrel", "ticagrelor"})


def suitable(record: Record, day: date, alternatives: str) -> str:
    """The first of several drugs (``a/b/c``) this person may be given, "" when none is."""
    return next((key for key in alternatives.split("/") if key and _may_take(record, day, key)), "")


def _may_take(record: Record, day: date, key: str) -> bool:
    drug, age = DRUGS[key], record.person.age_on(day)
    if drug.group in record.allergies or age < _FROM_AGE.get(drug.group, 0):
        return False
    if drug.group == "nsaid" and key != "aspirin" and _should_not_bleed(record, day):
        return False
    return key in _SAFE_IN_PREGNANCY or not record.is_pregnant(day)


def _should_not_bleed(record: Record, day: date) -> bool:
    at_risk = {"coronary", "chronic_kidney", "heart_failure", "duodenal_ulcer"}
    is_old = record.person.age_on(day) >= 80
    return (
        is_old or bool(_BLEEDING & record.regimen.keys()) or bool(at_risk & record.problems.keys())
    )


def prescribe(
    visit: Visit,
    key: str,
    reason: Problem | None,
    *,
    dose: float | None = None,
    days: int | None = None,
    rhythm: str = "",
) -> Prescription:
    """Write a prescription.

    Args:
        dose: single dose in the drug's unit; the usual one, or by weight, if None.
        days: how long it is taken; None: until it is stopped, renewed at later visits.
    """
    drug = DRUGS[key]
    dose = dose if dose is not None else _usual_dose(visit, drug)
    resource = _request(visit, drug.concept, reason)
    resource["dosageInstruction"] = [_instruction(drug, dose, rhythm or drug.rhythm)]
    period = {"start": visit.day.isoformat()}
    resource["dispenseRequest"] = {"validityPeriod": period}
    if days is not None:
        end = visit.day + timedelta(days=max(days - 1, 0))
        period["end"] = end.isoformat()
        resource["status"] = _status_until(visit.record, end)
        resource["dispenseRequest"]["expectedSupplyDuration"] = _days(days)
    prescription = Prescription(drug, dose, visit.day, reason, visit.record.add(resource), resource)
    if days is None:
        visit.record.regimen[key] = prescription
    return prescription


def ensure(visit: Visit, key: str, reason: Problem | None, dose: float | None = None) -> None:
    """Prescribe a lasting drug unless it is taken already."""
    if key not in visit.record.regimen:
        prescribe(visit, key, reason, dose=dose)


def stop(visit: Visit, key: str, why: str) -> None:
    """End a running prescription and say why."""
    prescription = visit.record.regimen.pop(key)
    _end(prescription, visit.day, "stopped")
    prescription.resource["statusReason"] = {"text": why}


def renew(visit: Visit, key: str, dose: float | None = None) -> Prescription:
    """Write the next prescription of a drug that goes on, with a new dose if one is given."""
    before = visit.record.regimen.pop(key)
    _end(before, visit.day, "completed")
    after = prescribe(visit, key, before.reason, dose=before.dose if dose is None else dose)
    after.resource["priorPrescription"] = {"reference": before.url}
    return after


def renew_due(
    visit: Visit, oldest_days: int, sensitivity: str = "", only: Problem | None = None
) -> list[Prescription]:
    """Renew what has run for longer than so many days and belongs to this kind of visit.

    Args:
        sensitivity: of the diseases treated; drugs for others are another visit's concern.
        only: the one disease a specialist looks after; None: all of them.
    """
    held = visit.record.regimen
    due = [
        key
        for key, prescription in held.items()
        if (visit.day - prescription.start).days > oldest_days
        and _sensitivity(prescription) == sensitivity
        and only in (None, prescription.reason)
    ]
    return [renew(visit, key) for key in due]


def _sensitivity(prescription: Prescription) -> str:
    reason = prescription.reason
    return DIAGNOSES[reason.key].sensitivity if reason is not None else ""


def _end(prescription: Prescription, day: date, status: str) -> None:
    prescription.resource["status"] = status
    prescription.resource["dispenseRequest"]["validityPeriod"]["end"] = day.isoformat()


def dispense(
    prescription: Prescription,
    day: date,
    pharmacist: SyntheticPractitioner,
    visit: Visit,
    days: int,
) -> None:
    """Write down that a pharmacy handed over what was prescribed at ``visit``."""
    resource = prescription.resource
    visit.record.add(
        {
            "resourceType": "MedicationDispense",
            "meta": {"source": f"{INSTITUTION_SYSTEM}/{pharmacist.institution}"},
            "status": "completed",
            "medicationCodeableConcept": resource["medicationCodeableConcept"],
            "subject": visit.record.subject,
            "performer": [{"actor": practitioner_reference(pharmacist)}],
            "authorizingPrescription": [{"reference": prescription.url}],
            "daysSupply": _days(days),
            "whenHandedOver": f"{day.isoformat()}T16:{visit.record.rng.randrange(10, 59)}:00+08:00",
            "dosageInstruction": resource["dosageInstruction"],
        }
    )


def prescribe_herbs(visit: Visit, formula: Formula, reason: Problem, days: int) -> None:
    """Write a decoction (汤剂): the formula's name, its herbs in grams, one dose a day."""
    resource = _request(visit, {"text": formula.name}, reason)
    resource["category"].append(_HERBAL)
    resource["status"] = _status_until(visit.record, visit.day + timedelta(days=days - 1))
    text = f"{days}剂，每日1剂，水煎400 mL，早晚分服"
    resource["dosageInstruction"] = [{"text": text, "route": {"text": "口服"}}]
    period = {
        "start": visit.day.isoformat(),
        "end": (visit.day + timedelta(days=days - 1)).isoformat(),
    }
    resource["dispenseRequest"] = {
        "validityPeriod": period,
        "quantity": {"value": days, "unit": "剂"},
        "expectedSupplyDuration": _days(days),
    }
    herbs = "、".join(f"{name}{grams} g" for name, grams in formula.herbs)
    resource["note"] = [{"text": f"组成：{herbs}"}]
    visit.record.add(resource)


def _status_until(record: Record, end: date) -> str:
    if end <= record.last_day:
        return "completed"
    return "active" if record.person.death is None else "stopped"


def _request(visit: Visit, concept: Json, reason: Problem | None) -> Json:
    place = "inpatient" if visit.nights else "outpatient"
    resource: Json = {
        "resourceType": "MedicationRequest",
        "meta": visit.meta(),
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": _CATEGORY, "code": place}]}],
        "medicationCodeableConcept": concept,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "authoredOn": visit.moment(12),
        "requester": visit.author,
    }
    if reason is not None:
        resource["reasonReference"] = [
            {"reference": reason.url, "display": reason.resource["code"]["text"]}
        ]
    return resource


def _usual_dose(visit: Visit, drug: Drug) -> float:
    if not drug.per_kg or (drug.group != "globulin" and visit.record.person.age_on(visit.day) > 12):
        return drug.dose
    steps = max(1, round(drug.per_kg * visit.record.body.weight(visit.day) / drug.step))
    return round(min(steps * drug.step, drug.dose * 2), 4)


def _instruction(drug: Drug, dose: float, rhythm: str) -> Json:
    unit, when = UNIT_TEXT.get(drug.unit, drug.unit), RHYTHMS[rhythm]
    route = ROUTES[drug.route]
    quantity = {"value": dose, "unit": unit, "system": systems.UCUM, "code": UCUM_OF[drug.unit]}
    instruction: Json = {
        "text": f"每次{dose:g} {unit}，{when.text}，{route}",
        "route": {"text": route},
        "doseAndRate": [{"doseQuantity": quantity}],
    }
    if when.timing is not None:
        instruction["timing"] = when.timing
    if when.as_needed:
        instruction["asNeededBoolean"] = True
    if drug.advice:
        instruction["patientInstruction"] = drug.advice
    return instruction


def _days(count: int) -> Json:
    return {"value": count, "unit": "天", "system": systems.UCUM, "code": "d"}
