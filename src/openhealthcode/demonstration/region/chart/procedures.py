"""Operations and other procedures, and what they leave in the body: FHIR Procedure, Device."""

from __future__ import annotations

from datetime import timedelta

from openhealthcode.demonstration.region.catalogue import OPERATIONS, Json, Operation
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.visit import Visit


def perform(
    visit: Visit, key: str, reason: Problem | None = None, *, days: int = 0, outcome: str = ""
) -> None:
    """Write down an operation done so many days into the visit, if that day has come."""
    if not visit.has_come(days):
        return
    operation = OPERATIONS[key]
    resource: Json = {
        "resourceType": "Procedure",
        "meta": visit.meta(),
        "status": "completed",
        "code": operation.concept,
        "subject": visit.record.subject,
        "encounter": visit.encounter,
        "performedDateTime": visit.moment(120 if visit.nights else 15, days),
        "performer": [{"actor": visit.author}],
    }
    if reason is not None:
        resource["reasonReference"] = [
            {"reference": reason.url, "display": reason.resource["code"]["text"]}
        ]
    if outcome:
        resource["outcome"] = {"text": outcome}
    if operation.device:
        resource["focalDevice"] = [{"manipulated": {"reference": _implant(visit, operation, days)}}]
    visit.record.add(resource)


def _implant(visit: Visit, operation: Operation, days: int) -> str:
    rng, day = visit.record.rng, visit.day + timedelta(days=days)
    return visit.record.add(
        {
            "resourceType": "Device",
            "meta": visit.meta(),
            "status": "active",
            "type": {"text": operation.device},
            "serialNumber": f"{rng.choice('ABCDEFGH')}{rng.randrange(10**7):07d}",
            "patient": visit.record.subject,
            "owner": visit.organization,
            "note": [{"text": f"{day.isoformat()}于{visit.institution.name}植入"}],
        }
    )


def recall_operation(visit: Visit, key: str, year: int, where: str) -> None:
    """Write down an operation of long ago, as told when the record was opened."""
    visit.record.add(
        {
            "resourceType": "Procedure",
            "meta": visit.meta(),
            "status": "completed",
            "code": OPERATIONS[key].concept,
            "subject": visit.record.subject,
            "encounter": visit.encounter,
            "performedDateTime": str(year),
            "note": [{"text": f"建档时自述，{where}"}],
        }
    )
