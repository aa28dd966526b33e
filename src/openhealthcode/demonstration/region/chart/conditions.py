"""Diagnoses: FHIR Condition."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import DIAGNOSES, Formula, Json
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.visit import Visit

_STATUS: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"
_CONFIRMED: Final = {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]}
_LONG: Final = {"coding": [{"system": _CATEGORY, "code": "problem-list-item"}]}
_SHORT: Final = {"coding": [{"system": _CATEGORY, "code": "encounter-diagnosis"}]}


def _status(code: str) -> Json:
    return {"coding": [{"system": _STATUS, "code": code}]}


def diagnose(
    visit: Visit, key: str, *, text: str = "", onset: str = "", days: int | None = None
) -> Problem:
    """Write down a diagnosis made at this visit.

    Args:
        text: says it more closely than the catalogue, such as 高血压2级.
        onset: as far as known, ``2014`` or a whole date; the visit's day if empty.
        days: after so many days it is over; None: it stays, on the problem list.
    """
    diagnosis = DIAGNOSES[key]
    concept = {**diagnosis.concept, "text": text} if text else diagnosis.concept
    problem = Problem(key, "", _condition(visit, concept, onset))
    problem.resource["category"] = [_LONG if days is None else _SHORT]
    problem.url = visit.record.add(problem.resource)
    if days is None:
        visit.record.problems[key] = problem
    elif (end := visit.day + timedelta(days=days)) <= visit.record.last_day:
        resolve(problem, end)
    visit.concern(problem)
    return problem


def diagnose_pattern(visit: Visit, formula: Formula, days: int) -> Problem:
    """Write down disease and pattern as Chinese medicine names them."""
    resource = _condition(visit, formula.concept, "")
    resource["category"] = [_SHORT, {"text": "中医诊断"}]
    problem = Problem(formula.key, "", resource)
    problem.url = visit.record.add(resource)
    if (end := visit.day + timedelta(days=days)) <= visit.record.last_day:
        resolve(problem, end)
    visit.concern(problem)
    return problem


def resolve(problem: Problem, day: date) -> None:
    """Write down that a problem is over."""
    problem.resource["clinicalStatus"] = _status("resolved")
    problem.resource["abatementDateTime"] = day.isoformat()


def _condition(visit: Visit, concept: Json, onset: str) -> Json:
    return {
        "resourceType": "Condition",
        "meta": visit.meta(),
        "clinicalStatus": _status("active"),
        "verificationStatus": _CONFIRMED,
        "code": concept,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "onsetDateTime": onset or visit.day.isoformat(),
        "recordedDate": visit.moment(10),
        "recorder": visit.author,
    }
