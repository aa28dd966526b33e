"""What some institutions of the region delivered lately, each under the rule of its scene.

One keeps to the rule, one asks what it may and nobody reads, one asks too much and is refused, one
asks too much while the supervisor is lenient: the over-collection reports show all four.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from openhealthcode import collection
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import SCENE, NotCollected, Source
from openhealthcode.database import Pool
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.trust import Keys

COMMUNITY: Final = "nanqiao-community"
HOSPITAL: Final = "county-people"
TOWNSHIP: Final = "shitang-township"
SENDERS: Final = (COMMUNITY, HOSPITAL, TOWNSHIP)
"""Keys of the institutions that deliver."""
MOST_RESIDENTS: Final = 24
"""Of so many residents something is delivered; a report of fewer would show single people."""
_LENIENT: Final = timedelta(days=60)
_LOINC: Final = "http://loinc.org"
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/observation-category"

Resource = dict[str, Any]


async def deliver(
    pool: Pool,
    keys: Keys,
    senders: Mapping[str, InstitutionId],
    patients: Sequence[str],
    supervisor: PractitionerId,
) -> int:
    """File what each sender knows of its patients, once; how many deliveries were taken.

    Args:
        senders: the institutions by their keys.
        patients: FHIR ids of residents who are registered.
        supervisor: who is lenient with the township centre while its system is mended.
    """
    now = datetime.now(UTC)
    if await collection.over_collections(pool, now.date()):
        return 0
    await collection.be_lenient(
        pool, senders[TOWNSHIP], now + _LENIENT, allowed_by=UUID(int=supervisor.int)
    )
    day = now.date() - timedelta(days=1)
    taken = 0
    for place, patient in enumerate(patients[:MOST_RESIDENTS]):
        sender = SENDERS[place % len(SENDERS)]
        resources = _DELIVERED[sender](patient, day.isoformat(), place)
        with contextlib.suppress(NotCollected):
            await collection.file_bundle(
                pool,
                keys,
                bundle=_bundle(_SCENES[sender], resources),
                source=_source(senders[sender]),
            )
            taken += 1
    await collection.count_up(pool)
    return taken


def _source(institution_id: InstitutionId) -> Source:
    return Source(Agent(AgentKind.SYSTEM, institution_id, institution_id), institution_id)


def _bundle(scene: str, resources: Sequence[Resource]) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "meta": {"tag": [{"system": SCENE, "code": scene}]},
        "entry": [
            {"resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
            for one in resources
        ],
    }


def _follow_up(patient: str, day: str, place: int) -> list[Resource]:
    """By the rule; smoking and exercise are asked for as it allows, and nobody reads them."""
    return [
        _encounter(patient, day, f"SF{place:04d}", "高血压随访"),
        _condition(patient, day, "I10", "原发性高血压"),
        _blood_pressure(patient, day, 128 + place % 9, 78 + place % 5),
        _observation(patient, day, "29463-7", "体重", "vital-signs", _kilograms(62 + place % 12)),
        _observation(
            patient, day, "72166-2", "吸烟情况", "social-history", {"valueString": "从不吸烟"}
        ),
    ]


def _outpatient(patient: str, day: str, place: int) -> list[Resource]:
    """Every third delivery of the hospital's system asks about marriage, and is refused for it."""
    found = [
        _encounter(patient, day, f"MZ{place:04d}", "咳嗽三天"),
        _condition(patient, day, "J06.9", "急性上呼吸道感染"),
    ]
    if place % 2:
        found.append(
            _observation(
                patient, day, "45404-1", "婚姻状况", "social-history", {"valueString": "已婚"}
            )
        )
    return found


def _township(patient: str, day: str, place: int) -> list[Resource]:
    """The same follow-up with occupation and sleep, which its scene has no reason for."""
    return [
        *_follow_up(patient, day, place)[:4],
        _observation(patient, day, "11341-5", "职业", "social-history", {"valueString": "农民"}),
        _observation(
            patient, day, "93832-4", "睡眠时间", "social-history", {"valueString": "七小时"}
        ),
    ]


_DELIVERED: Final[Mapping[str, Callable[[str, str, int], list[Resource]]]] = {
    COMMUNITY: _follow_up,
    HOSPITAL: _outpatient,
    TOWNSHIP: _township,
}
_SCENES: Final = {COMMUNITY: "follow-up", HOSPITAL: "outpatient", TOWNSHIP: "follow-up"}


def _encounter(patient: str, day: str, number: str, reason: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "identifier": [
            {"system": "https://openhealthcode.example/visit", "value": f"{number}-{day}"}
        ],
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
        },
        "serviceType": {"text": "全科"},
        "subject": _subject(patient),
        "period": {"start": f"{day}T09:10:00+08:00", "end": f"{day}T09:25:00+08:00"},
        "reasonCode": [{"text": reason}],
    }


def _condition(patient: str, day: str, code: str, text: str) -> Resource:
    return {
        "resourceType": "Condition",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}],
            "text": text,
        },
        "subject": _subject(patient),
        "recordedDate": day,
    }


def _observation(
    patient: str, day: str, code: str, text: str, category: str, value: Resource
) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORIES, "code": category}]}],
        "code": {"coding": [{"system": _LOINC, "code": code}], "text": text},
        "subject": _subject(patient),
        "effectiveDateTime": day,
        **value,
    }


def _blood_pressure(patient: str, day: str, systolic: int, diastolic: int) -> Resource:
    measured = _observation(patient, day, "85354-9", "血压", "vital-signs", {})
    measured["component"] = [
        {
            "code": {"coding": [{"system": _LOINC, "code": code}], "text": text},
            "valueQuantity": _quantity(value, "mm[Hg]"),
        }
        for code, text, value in (("8480-6", "收缩压", systolic), ("8462-4", "舒张压", diastolic))
    ]
    return measured


def _kilograms(value: int) -> Resource:
    return {"valueQuantity": _quantity(value, "kg")}


def _quantity(value: int, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def _subject(patient: str) -> Resource:
    return {"reference": f"Patient/{patient}"}
