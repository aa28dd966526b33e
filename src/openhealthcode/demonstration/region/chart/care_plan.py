"""Plans for the chronically ill at their community centre: FHIR CarePlan, Goal."""

from __future__ import annotations

from datetime import date
from typing import Final

from openhealthcode.demonstration.region.catalogue import Json
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.terminology import systems

_ACHIEVEMENT: Final = "http://terminology.hl7.org/CodeSystem/goal-achievement"


def plan(visit: Visit, title: str, problems: list[Problem], activities: list[str]) -> None:
    """Write down this year's plan."""
    end = date(visit.day.year, 12, 31)
    is_over = end <= visit.record.last_day or visit.record.person.death is not None
    status = "completed" if is_over else "active"
    visit.record.add(
        {
            "resourceType": "CarePlan",
            "meta": visit.meta(),
            "status": status,
            "intent": "plan",
            "category": [{"text": "慢性病健康管理"}],
            "title": title,
            "subject": visit.record.subject,
            "encounter": visit.encounter,
            "period": {"start": visit.day.isoformat(), "end": end.isoformat()},
            "created": visit.moment(25),
            "author": visit.author,
            "addresses": [{"reference": problem.url} for problem in problems],
            "activity": [
                {
                    "detail": {
                        "status": "completed" if status == "completed" else "in-progress",
                        "description": text,
                    }
                }
                for text in activities
            ],
        }
    )


def aim(visit: Visit, text: str, measure: Json, below: float, unit: str, code: str) -> None:
    """Write down what treatment aims at, such as LDL below 1.8 mmol/L."""
    visit.record.add(
        {
            "resourceType": "Goal",
            "meta": visit.meta(),
            "lifecycleStatus": "active",
            "achievementStatus": {"coding": [{"system": _ACHIEVEMENT, "code": "in-progress"}]},
            "description": {"text": text},
            "subject": visit.record.subject,
            "startDate": visit.day.isoformat(),
            "target": [
                {
                    "measure": measure,
                    "detailQuantity": {
                        "value": below,
                        "comparator": "<",
                        "unit": unit,
                        "system": systems.UCUM,
                        "code": code,
                    },
                }
            ],
            "expressedBy": visit.author,
        }
    )
