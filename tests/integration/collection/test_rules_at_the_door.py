"""A delivery that names its scene is held against the scene's rule before anything is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

import systems
import visits
from openhealthcode import access, audit, collection
from openhealthcode.collection import (
    RULES,
    SCENE,
    BeyondRule,
    BundleMalformed,
    CollectionScene,
    Done,
    RefusedByResident,
    SeparateConsentNeeded,
    UnknownScene,
)
from openhealthcode.database import Pool
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from visits import World, bundle, family_history, glucose, patient

MARKER = "MARKED-VALUE-7Q"
FHIR = {"Content-Type": "application/fhir+json"}
MARRIED = {"text": MARKER}
SMOKING = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "72166-2"}], "text": MARKER},
    "valueString": MARKER,
    "effectiveDateTime": "2026-01-01",
}
BLOOD_TYPE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "882-1"}]},
    "valueString": "AB",
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


def of_scene(sent: dict[str, Any], *scenes: object) -> dict[str, Any]:
    return sent | {"meta": {"tag": [{"system": SCENE, "code": scene} for scene in scenes]}}


async def file(world: World, sent: dict[str, Any]) -> collection.FiledBundle:
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def reported(world: World) -> dict[str, tuple[int, int, int, int, int]]:
    report = await collection.over_collection(world.pool, world.hospital, LONG_AGO)
    return {
        f"{r.scene} {r.element}": (
            r.asked, r.taken, r.refused_by_rule, r.set_aside, r.refused_by_residents,
        )
        for r in report
    }  # fmt: skip


async def everything_stored(owner_url: str) -> str:
    connection = await asyncpg.connect(owner_url)
    tables = await connection.fetch(
        """SELECT format('%I.%I', n.nspname, c.relname) AS name
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
    )
    rows = [
        row["text"]
        for table in tables
        for row in await connection.fetch(f"SELECT t::text AS text FROM {table['name']} AS t")
    ]
    await connection.close()
    return "\n".join(rows)


async def own_bodies(world: World, resident_id: ResidentId) -> bytes:
    own = await access.own_record(world.pool, world.keys, resident_id)
    return b"".join(entry.body for entry in own.entries)


async def test_what_is_beyond_the_rule_is_refused_by_name_and_nothing_is_kept(world, owner_url):
    sent = bundle(patient(maritalStatus=MARRIED), glucose("2026-02-01"), SMOKING)
    with pytest.raises(BeyondRule) as refused:
        await file(world, of_scene(sent, "outpatient"))
    assert refused.value.elements == ("marital-status", "smoking")
    assert refused.value.location == "Bundle.entry[0].resource.maritalStatus"
    assert MARKER not in str(refused.value)
    stored = await everything_stored(owner_url)
    assert MARKER not in stored
    connection = await asyncpg.connect(owner_url)
    assert await connection.fetchval("SELECT count(*) FROM identity.resident") == 0
    await connection.close()
    assert (await reported(world))["outpatient marital-status"] == (1, 0, 1, 0, 0)
    assert (await reported(world))["outpatient name"] == (1, 0, 0, 0, 0)


async def test_a_sender_that_names_no_scene_is_taken_under_the_import_rule(world):
    filed = await file(world, bundle(patient(maritalStatus=MARRIED), SMOKING))
    assert [entry.done for entry in filed.entries] == [Done.CREATED] * 2
    assert filed.set_aside == ()
    assert await reported(world) == {}
    (line,) = (await access.own_log(world.pool, world.keys, filed.resident_id))[-1:]
    assert line.detail["rule"] == RULES.import_rule.reference


async def test_what_the_rule_allows_is_filed_under_it(world):
    filed = await file(world, of_scene(bundle(patient(), glucose("2026-02-01")), "outpatient"))
    assert [entry.done for entry in filed.entries] == [Done.CREATED] * 2
    (line,) = (await access.own_log(world.pool, world.keys, filed.resident_id))[-1:]
    assert line.detail["rule"] == RULES.of("outpatient").reference
    assert (await reported(world))["outpatient laboratory-result"] == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("scene", ["nowhere", "", None, 7, "Outpatient", "import"])
async def test_a_scene_nobody_knows_is_refused_not_ignored(world, scene):
    with pytest.raises(UnknownScene):
        await file(world, of_scene(bundle(patient()), scene))


async def test_a_delivery_belongs_to_one_scene(world):
    with pytest.raises(BundleMalformed):
        await file(world, of_scene(bundle(patient()), "outpatient", "follow-up"))


async def test_a_lenient_senders_delivery_is_filed_without_it(world, owner_url):
    now = datetime.now(UTC)
    await collection.be_lenient(world.pool, world.hospital, now + timedelta(days=30))
    race = {
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "valueString": MARKER,
    }
    person = patient(maritalStatus=MARRIED, extension=[race])
    person["name"][0]["extension"] = [{"url": f"http://x.org/{MARKER}", "valueString": MARKER}]
    filed = await file(
        world, of_scene(bundle(person, SMOKING, glucose("2026-02-01")), "outpatient")
    )
    assert [entry.type for entry in filed.entries] == ["Patient", "Observation"]
    assert [(s.place, s.is_whole) for s in filed.set_aside] == [(0, False), (1, True)]
    assert set(filed.set_aside[0].elements) == {"marital-status", "ethnic-group", "extension"}
    assert MARKER.encode() not in await own_bodies(world, filed.resident_id)
    assert MARKER not in await everything_stored(owner_url)
    assert (await reported(world))["outpatient smoking"] == (1, 0, 0, 1, 0)


async def test_leniency_ends_by_itself_and_never_files_an_empty_delivery(world):
    now = datetime.now(UTC)
    filed = await file(world, bundle(patient()))
    about = {"subject": {"reference": f"Patient/{filed.entries[0].fhir_id}"}}
    await collection.be_lenient(world.pool, world.hospital, now + timedelta(days=1))
    with pytest.raises(BeyondRule):
        await collection.file_resource(
            world.pool,
            world.keys,
            resource=of_scene(SMOKING | about, "outpatient"),
            source=world.source,
        )
    await collection.be_lenient(world.pool, world.hospital, now - timedelta(seconds=1))
    with pytest.raises(BeyondRule):
        await file(world, of_scene(bundle(patient(maritalStatus=MARRIED)), "outpatient"))


async def choose(world: World, resident: ResidentId, scene: str, **choices: bool) -> None:
    await collection.choose(
        world.pool,
        world.keys,
        resident_id=resident,
        rule=RULES.of(scene),
        choices={name.replace("_", "-"): agreed for name, agreed in choices.items()},
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident),
    )


async def test_a_resident_refuses_an_optional_element_and_the_rest_still_comes_in(world):
    resident = (await file(world, of_scene(bundle(patient()), "follow-up"))).resident_id
    await file(world, of_scene(bundle(patient(), SMOKING), "follow-up"))
    await choose(world, resident, "follow-up", smoking=False)
    with pytest.raises(RefusedByResident) as refused:
        await file(world, of_scene(bundle(patient(), SMOKING), "follow-up"))
    assert refused.value.elements == ("smoking",)
    await file(world, of_scene(bundle(patient(4)), "follow-up"))
    await file(world, of_scene(bundle(patient(4), SMOKING), "follow-up"))
    assert (await reported(world))["follow-up smoking"] == (3, 2, 0, 0, 1)
    await choose(world, resident, "follow-up", smoking=True)
    await file(world, of_scene(bundle(patient(), SMOKING), "follow-up"))


async def test_a_refused_telephone_does_not_even_reach_the_master_index(world):
    filed = await file(world, of_scene(bundle(patient()), "outpatient"))
    await choose(world, filed.resident_id, "outpatient", phone=False)
    later = datetime.now(UTC) + timedelta(days=1)
    await collection.be_lenient(world.pool, world.hospital, later)
    phone = [{"system": "phone", "value": "13912345678"}]
    again = await file(world, of_scene(bundle(patient(telecom=phone)), "outpatient"))
    assert again.set_aside[0].elements == ("phone",)
    assert b"13912345678" not in await own_bodies(world, filed.resident_id)


async def test_blood_type_and_family_history_wait_for_separate_consent(world):
    sent = of_scene(bundle(patient(), BLOOD_TYPE, family_history("糖尿病")), "outpatient")
    with pytest.raises(SeparateConsentNeeded) as refused:
        await file(world, sent)
    assert refused.value.elements == ("blood-type", "family-history")
    resident = (await file(world, bundle(patient()))).resident_id
    await choose(world, resident, "outpatient", blood_type=True, family_history=True)
    assert len((await file(world, sent)).entries) == 3
    with pytest.raises(SeparateConsentNeeded):
        await file(world, sent | {"meta": of_scene({}, "inpatient")["meta"]})


async def test_only_what_is_the_residents_to_choose_is_chosen_and_each_choice_is_logged(world):
    resident = (await file(world, bundle(patient()))).resident_id
    for element in ("name", "marital_status", "nothing"):
        with pytest.raises(InvalidInput):
            await choose(world, resident, "outpatient", **{element: False})
    await choose(world, resident, "outpatient", phone=False)
    newest = (await access.own_log(world.pool, world.keys, resident))[0]
    assert newest.action == audit.Action.COLLECTION_CHOOSE
    assert newest.detail["choices"] == {"phone": False}
    kept = await collection.choices_of(world.pool, resident, CollectionScene.OUTPATIENT)
    assert kept == {"phone": False}
    assert not await collection.choices_of(world.pool, resident, CollectionScene.INPATIENT)


async def test_over_http_the_refusal_names_rule_and_place_and_never_the_value(world, caplog):
    system = await systems.connect(world, world.hospital)
    sent = of_scene(bundle(patient(maritalStatus=MARRIED), SMOKING), "registration")
    async with systems.calling(world, system) as client:
        answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 422
    (issue,) = answer.json()["issue"]
    assert issue["details"]["coding"][0]["code"] == "collection-beyond-rule"
    assert issue["expression"] == ["Bundle.entry[0].resource.maritalStatus"]
    assert "marital-status, smoking" in issue["diagnostics"]
    assert MARKER not in answer.text + caplog.text


async def test_over_http_a_lenient_sender_is_told_what_was_left_out(world):
    later = datetime.now(UTC) + timedelta(days=1)
    await collection.be_lenient(world.pool, world.hospital, later)
    system = await systems.connect(world, world.hospital)
    sent = of_scene(bundle(patient(), SMOKING, glucose("2026-02-01")), "outpatient")
    person = of_scene(patient(6, maritalStatus=MARRIED), "outpatient")
    async with systems.calling(world, system) as client:
        answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
        alone = await client.post("/fhir/Patient", content=orjson.dumps(person), headers=FHIR)
    responses = [entry["response"] for entry in answer.json()["entry"]]
    assert [r["status"] for r in responses] == ["201 Created", "200 OK", "201 Created"]
    assert "location" not in responses[1]
    assert responses[1]["outcome"]["issue"][0]["diagnostics"] == "smoking"
    assert "outcome" not in responses[0]
    assert alone.status_code == 201
    assert alone.json()["issue"][0]["diagnostics"] == "marital-status"
    assert MARKER not in answer.text + alone.text


async def test_over_http_a_sender_is_told_what_it_should_have_sent(world):
    system = await systems.connect(world, world.hospital)
    incomplete = {k: v for k, v in patient().items() if k not in {"birthDate", "gender"}}
    async with systems.calling(world, system) as client:
        sent = of_scene(bundle(incomplete, glucose("2026-02-01")), "outpatient")
        taken = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
        alone = of_scene(incomplete, "outpatient")
        single = await client.post("/fhir/Patient", content=orjson.dumps(alone), headers=FHIR)
        needed = of_scene(bundle(incomplete), "registration")
        refused = await client.post("/fhir", content=orjson.dumps(needed), headers=FHIR)
    first, second = (entry["response"] for entry in taken.json()["entry"])
    (issue,) = first["outcome"]["issue"]
    assert (issue["severity"], issue["code"]) == ("warning", "required")
    assert issue["diagnostics"] == "sex, birth-date"
    assert "outcome" not in second
    assert single.json()["issue"][0]["diagnostics"] == "sex, birth-date"
    assert refused.status_code == 422
    (issue,) = refused.json()["issue"]
    assert issue["code"] == "required"
    assert issue["details"]["coding"][0]["code"] == "collection-required-missing"
    assert "sex, birth-date" in issue["diagnostics"]
