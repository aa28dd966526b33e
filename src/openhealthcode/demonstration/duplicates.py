"""Registrations of the counter's hospital that leave its registrar something to decide.

People registered a second time under a passport, their names heard and written otherwise; a
borrowed number; one of which a quality rule makes a registrar look: so that the queue has each kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from openhealthcode import collection
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import NeedsReview, Source
from openhealthcode.database import Pool
from openhealthcode.demonstration.region import SyntheticResident
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import Keys

HEARD_AS: Final = {
    "芳": "方", "伟": "维", "英": "瑛", "军": "君", "明": "鸣", "平": "萍", "丽": "莉", "国": "帼",
    "林": "琳", "志": "智", "玉": "钰", "建": "健", "文": "雯", "华": "桦", "春": "椿", "兰": "岚",
    "秀": "绣", "红": "虹", "梅": "玫", "娟": "鹃", "静": "婧", "敏": "闽", "强": "蔷", "燕": "雁",
}  # fmt: skip
"""Another character of the same sound, as a clerk writes down what was said."""
SECOND_ENTRIES: Final = 3
_ADULT: Final = timedelta(days=25 * 365)
_PASSPORT: Final = {"coding": [{"code": "PPN"}]}
_ISSUER: Final = "http://hl7.org/fhir/sid/passport-CHN"
_NATIONAL: Final = "urn:oid:2.16.156.10011.1.3"

Resource = dict[str, Any]


async def deliver(
    pool: Pool, keys: Keys, counter: InstitutionId, residents: Iterable[SyntheticResident]
) -> int:
    """File what leads to cases; doing it again adds none. Answers how many second entries there are.

    Args:
        counter: where the registrar works, whose queue it becomes.
        residents: those who have no part in the demonstration.
    """
    source = Source(Agent(AgentKind.SYSTEM, counter, counter), counter)
    grown_up = [each for each in residents if is_grown_up(each)]
    second = list(_heard_otherwise(grown_up))
    for person, day in second:
        await collection.file_bundle(pool, keys, bundle=_visit(person, day), source=source)
    for person in _contradictions(grown_up):
        with contextlib.suppress(NeedsReview, RegistrationDoubtful):
            await collection.file_bundle(pool, keys, bundle=_visit(person, ""), source=source)
    return len(second)


def is_grown_up(resident: SyntheticResident) -> bool:
    """Whether somebody is of age, alive and has a phone."""
    age = datetime.now(UTC).date() - resident.birth_date
    return resident.death_date is None and resident.owns_phone and age > _ADULT


def _heard_otherwise(residents: Sequence[SyntheticResident]) -> Iterator[tuple[Resource, str]]:
    """The first few whose name can be written otherwise, each with the day of a visit."""
    found = [each for each in residents if each.name[-1] in HEARD_AS][:SECOND_ENTRIES]
    for place, each in enumerate(found):
        name = each.name[:-1] + HEARD_AS[each.name[-1]]
        passport = {
            "type": _PASSPORT,
            "system": _ISSUER,
            "value": f"E8800{each.national_id[-5:-1]}",
        }
        day = datetime.now(UTC).date() - timedelta(days=2 + place)
        yield _person(each, name, passport), day.isoformat()


def _contradictions(residents: Sequence[SyntheticResident]) -> Iterator[Resource]:
    """A child under another's number; somebody to be born in two years."""
    if len(residents) <= SECOND_ENTRIES:
        return  # a region of hardly anybody but the leading people
    lender, unborn = residents[-1], residents[-2]
    borrowed = _person(lender, lender.name[0] + "小满", _number(lender))
    del borrowed["birthDate"], borrowed["gender"]
    yield borrowed
    passport = {"type": _PASSPORT, "system": _ISSUER, "value": f"E8801{unborn.national_id[-5:-1]}"}
    yield _person(unborn, unborn.name, passport) | {
        "birthDate": (datetime.now(UTC).date() + timedelta(days=700)).isoformat()
    }


def _number(resident: SyntheticResident) -> Resource:
    return {"system": _NATIONAL, "value": resident.national_id}


def _person(resident: SyntheticResident, name: str, certificate: Resource) -> Resource:
    return {
        "resourceType": "Patient",
        "identifier": [certificate],
        "name": [{"text": name}],
        "gender": str(resident.sex),
        "birthDate": resident.birth_date.isoformat(),
        "telecom": [{"system": "phone", "value": resident.phone}],
        "address": [{"text": resident.address}],
    }


def _visit(person: Resource, day: str) -> Resource:
    """The person, and what the hospital noted on a day: the allergy the other entry lacks."""
    url = f"urn:uuid:{person['identifier'][0]['value']}"
    entries: list[Resource] = [{"fullUrl": url, "resource": person}]
    if day:
        entries.append({"fullUrl": f"{url}-allergy", "resource": _allergy(url, day)})
    for entry in entries:
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _allergy(patient: str, day: str) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {"text": "磺胺类"},
        "patient": {"reference": patient},
        "recordedDate": day,
        "reaction": [{"manifestation": [{"text": "全身皮疹"}]}],
    }
