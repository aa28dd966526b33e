"""Read and vread over HTTP: what was filed comes back, logged, and only to whom it may."""

from __future__ import annotations

import asyncpg
import orjson

import systems
import visits
from openhealthcode import collection, registry
from openhealthcode.registry import InstitutionEntry, InstitutionKind

JSON = "application/fhir+json; charset=utf-8"


async def filed(world, *resources):
    sent = visits.bundle(visits.patient(), *(resources or visits.LIFE))
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def events(owner_url, resident):
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        "SELECT action, outcome, agent_kind FROM audit.event WHERE resident_id = $1"
        " ORDER BY number",
        resident,
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def test_what_was_filed_is_read_with_its_version(world, client):
    entry = (await filed(world)).entries[1]
    answer = await client.get(f"/fhir/{entry.type}/{entry.fhir_id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith(" GMT")
    body = answer.json()
    assert (body["id"], body["meta"]["versionId"]) == (entry.fhir_id, "1")
    assert body["code"]["text"] == "青霉素"


async def test_every_read_is_in_the_residents_log(world, client, owner_url):
    found = await filed(world)
    before = await events(owner_url, found.resident_id)
    await client.get(f"/fhir/{found.entries[1].type}/{found.entries[1].fhir_id}")
    after = await events(owner_url, found.resident_id)
    assert after[len(before) :] == [("record.disclose", "done", "system")]


async def test_each_version_stays_readable(world, client):
    first = await filed(world, visits.glucose("2026-02-01", 5.0))
    await filed(world, visits.glucose("2026-02-01", 6.0))
    url = f"/fhir/Observation/{first.entries[1].fhir_id}"
    assert (await client.get(url)).json()["valueQuantity"]["value"] == 6.0
    for version, value in ((1, 5.0), (2, 6.0)):
        answer = await client.get(f"{url}/_history/{version}")
        assert answer.json()["valueQuantity"]["value"] == value
        assert answer.headers["etag"] == f'W/"{version}"'
    for version in ("3", "0", "-1", "01", "x", "9" * 30):
        assert (await client.get(f"{url}/_history/{version}")).status_code == 404


async def test_a_reader_who_has_the_version_already_gets_no_body(world, client):
    entry = (await filed(world)).entries[1]
    url = f"/fhir/{entry.type}/{entry.fhir_id}"
    answer = await client.get(url, headers={"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (await client.get(url, headers={"If-None-Match": 'W/"7"'})).status_code == 200


async def test_absent_and_forbidden_cannot_be_told_apart(world, client):
    found = await filed(world)
    other = await registry.register_institution(
        world.pool, InstitutionEntry("test|other", InstitutionKind.CLINIC, "另一诊所")
    )
    elsewhere = await systems.connect(world, other, "other")
    observation = next(e for e in found.entries if e.type == "Observation")
    forged = observation.fhir_id[:-1] + ("A" if observation.fhir_id[-1] != "A" else "B")
    async with systems.calling(world, elsewhere) as outsider:
        answers = [
            await outsider.get(url)
            for url in (
                f"/fhir/Observation/{observation.fhir_id}",  # somebody else's
                f"/fhir/Condition/{observation.fhir_id}",  # of another type
                f"/fhir/Observation/{forged}",
                "/fhir/Observation/a",
                f"/fhir/Observation/{'x' * 200}",
            )
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    answer = await client.get(f"/fhir/Condition/{observation.fhir_id}")
    assert answer.content == answers[0].content


async def test_a_consent_given_to_a_doctor_does_not_open_the_record_to_a_system(world):
    found = await filed(world)
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    system = await systems.connect(world, clinic, "clinic")
    await visits.World(world.pool, world.keys, clinic, world.wang).allow(found.resident_id)
    async with systems.calling(world, system) as caller:
        for entry in found.entries:
            answer = await caller.get(f"/fhir/{entry.type}/{entry.fhir_id}")
            assert answer.status_code == 404


async def test_without_a_token_nothing_is_said_of_any_record(world, stranger):
    entry = (await filed(world)).entries[1]
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer " + "x" * 600},
        {"Authorization": "Bearer ä".encode()},
        {"Authorization": "Basic dXNlcjpwYXNz"},
    ):
        answer = await stranger.get(f"/fhir/{entry.type}/{entry.fhir_id}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "token-needed"


async def test_a_scope_opens_its_type_and_interaction_only(world, hospital_system):
    found = await filed(world)
    by_type = {entry.type: entry.fhir_id for entry in found.entries}
    async with systems.calling(world, hospital_system, "system/Observation.r") as caller:
        assert (await caller.get(f"/fhir/Observation/{by_type['Observation']}")).status_code == 200
        refused = [
            await caller.get(f"/fhir/Condition/{by_type['Condition']}"),
            await caller.get(f"/fhir/Observation?patient={by_type['Patient']}"),
            await caller.post("/fhir/Observation", json=visits.glucose("2026-02-01")),
        ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]


async def test_institutions_and_practitioners_can_be_read_where_references_lead(world, client):
    answer = await client.get(f"/fhir/Organization/{world.hospital}")
    assert answer.json()["name"] == "黛川县人民医院"
    answer = await client.get(f"/fhir/Practitioner/{world.wang}")
    assert answer.json()["name"] == [{"text": "王敏"}]
    for wrong in (f"Organization/{world.wang}", "Organization/1", f"Practitioner/{world.hospital}"):
        assert (await client.get(f"/fhir/{wrong}")).status_code == 404


async def test_what_is_sent_is_what_was_sealed_byte_for_byte(world, client):
    entry = (await filed(world)).entries[1]
    answer = await client.get(f"/fhir/{entry.type}/{entry.fhir_id}")
    assert orjson.dumps(orjson.loads(answer.content)) == answer.content


async def test_a_number_is_read_as_it_was_written(world, client):
    filed_before = await filed(world)
    patient = next(entry for entry in filed_before.entries if entry.type == "Patient")
    written = visits.glucose("2026-02-03", 5.5) | {
        "subject": {"reference": f"Patient/{patient.fhir_id}"}
    }
    sent = orjson.dumps(written).replace(b'"value":5.5', b'"value":120.50')
    created = await client.post(
        "/fhir/Observation", content=sent, headers={"Content-Type": "application/fhir+json"}
    )
    assert created.status_code == 201
    location = created.headers["location"].partition("/_history")[0]
    assert b'"value":120.50' in (await client.get(location)).content
    patient_id = patient.fhir_id
    found = await client.get(f"/fhir/Observation?patient={patient_id}&date=2026-02-03")
    assert b'"value":120.50' in found.content
