"""The latest observations of each code: of those that may be seen, and of nothing else."""

from __future__ import annotations

import pytest

import systems
import visits
from openhealthcode import collection, consent, registry
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory

LOINC = "http://loinc.org"


def measured(code, day, value, **more):
    coding = [{"system": LOINC, "code": code}] if code else []
    concept = {"coding": coding} if coding else {"text": "腰围"}
    return visits.glucose(day, value) | {"code": concept} | more


@pytest.fixture
async def patient(world):
    both = {"code": {"coding": [{"system": LOINC, "code": "718-7"}, {"code": "HGB"}]}}
    sent = visits.bundle(
        visits.patient(),
        measured("2345-7", "2026-01-01", 1.0),
        measured("2345-7", "2026-01-03T09:00:00+08:00", 3.5),
        measured("2345-7", "2026-01-03T08:00:00+08:00", 3.0),
        measured("2345-7", "2025-01-02", 2.0),
        measured("718-7", "2020-01-01", 120.0) | both,
        measured("718-7", "2019-01-01", 110.0),
        measured("", "2018-01-01", 90.0),
        measured("", "2018-02-01", 91.0),
    )
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.entries[0].fhir_id


def values(answer):
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json().get("entry", ()))
    return [e["resource"]["valueQuantity"]["value"] for e in answer.json().get("entry", ())]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [3.5, 120.0, 91.0]),
        ("&max=2", [3.5, 3.0, 120.0, 110.0, 91.0, 90.0]),
        ("&max=3", [3.5, 3.0, 1.0, 120.0, 110.0, 91.0, 90.0]),
        ("&code=2345-7", [3.5]),
        ("&code=http://loinc.org|718-7&max=9", [120.0, 110.0]),
        ("&category=laboratory&date=lt2026", [2.0, 120.0, 91.0]),
        ("&code=none", []),
    ],
)
async def test_the_latest_of_each_code(client, patient, query, expected):
    assert (
        values(await client.get(f"/fhir/Observation/$lastn?patient={patient}{query}")) == expected
    )


async def test_it_may_be_posted(client, patient):
    posted = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "subject", "valueReference": {"reference": f"Patient/{patient}"}},
            {"name": "max", "valuePositiveInt": 1},
            {"name": "code", "valueString": "2345-7"},
        ],
    }
    answer = await client.post(
        "/fhir/Observation/$lastn", json=posted, headers={"Content-Type": "application/fhir+json"}
    )
    assert values(answer) == [3.5]


@pytest.mark.parametrize(
    "query",
    ["", "patient=a&subject=b", "patient={0}&max=0", "patient={0}&x=1", "patient={0}&max=",
     "patient={0}&encounter.class=AMB", "patient=x%20y"],
)  # fmt: skip
async def test_what_is_not_understood_is_refused(client, patient, query):
    answer = await client.get(f"/fhir/Observation/$lastn?{query.format(patient)}")
    assert answer.status_code == 400


async def test_of_what_is_not_permitted_there_is_no_latest(world, patient):
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    resident, _ = world.keys.open_id(patient)
    async with systems.calling(world, await systems.connect(world, clinic, "c")) as outsider:
        url = f"/fhir/Observation/$lastn?patient={patient}"
        nothing = await outsider.get(url)
        absent = await outsider.get("/fhir/Observation/$lastn?patient=a")
        assert nothing.content == absent.content
        assert values(nothing) == []
        terms = consent.Terms(
            kind=consent.ConsentKind.STANDING,
            institution_id=clinic,
            categories=frozenset({RecordCategory.LABORATORY}),
            manner=consent.Manner.KEEP,
            days=30,
        )
        await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
        assert values(await outsider.get(url)) == [3.5, 120.0, 91.0]


async def test_it_needs_its_scope(world, hospital_system, patient):
    async with systems.calling(world, hospital_system, "system/Observation.r") as caller:
        answer = await caller.get(f"/fhir/Observation/$lastn?patient={patient}")
    assert answer.status_code == 403
