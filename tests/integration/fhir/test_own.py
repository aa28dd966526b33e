"""Residents read their own record, log, consents and provenance as FHIR, and nobody else does."""

from __future__ import annotations

import pytest

import systems
import visits
from openhealthcode import collection
from openhealthcode.fhir import own
from openhealthcode.portal.layout import Audience
from openhealthcode.standards import RecordCategory


@pytest.fixture
async def filed(world):
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


@pytest.fixture
async def li(world, filed):
    async with systems.resident_reading(world, filed.resident_id) as client:
        yield client


@pytest.fixture
async def another(world):
    resident = await world.resident(serial=4)
    async with systems.resident_reading(world, resident) as client:
        yield client


def resources(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    return [each["resource"] for each in answer.json().get("entry", ())]


def observation(filed):
    return next(entry for entry in filed.entries if entry.type == "Observation")


def test_it_is_the_session_of_the_pages():
    assert own.COOKIE == Audience.RESIDENT


async def test_the_own_log_is_read_as_audit_events(world, filed, li, client):
    await client.get(f"/fhir/Observation/{observation(filed).fhir_id}")
    found = resources(await li.get("/own/fhir/AuditEvent"))
    assert [one["resourceType"] for one in found] == ["AuditEvent"] * len(found)
    looked = found[0]
    assert looked["subtype"][0]["code"] == "record.disclose"
    assert {"reference": f"Organization/{world.hospital}", "display": "黛川县人民医院"} == (
        looked["agent"][1]["who"]
    )
    assert looked["entity"][1]["what"]["identifier"]["value"] == observation(filed).fhir_id
    again = resources(await li.get("/own/fhir/AuditEvent"))
    assert again[0]["subtype"][0]["code"] == "log.own-view"
    alone = await li.get(f"/own/fhir/AuditEvent/{looked['id']}")
    assert alone.json() == looked


async def test_the_own_log_goes_on_where_a_page_ended(filed, li, client):
    for entry in filed.entries[1:4]:
        await client.get(f"/fhir/{entry.type}/{entry.fhir_id}")
    url, numbers = "/own/fhir/AuditEvent?_count=2", []
    while url:
        answer = await li.get(url)
        numbers += [int(one["id"].removeprefix("log-")) for one in resources(answer)]
        links = {each["relation"]: each["url"] for each in answer.json()["link"]}
        url = links.get("next")
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)
    assert numbers[-1] <= 1


async def test_own_consents_and_refusals_are_read_whole(world, filed, li, another):
    await world.allow(filed.resident_id, frozenset({RecordCategory.ALLERGIES}))
    found = resources(await li.get("/own/fhir/Consent"))
    (given,) = (one for one in found if one["provision"]["type"] == "permit")
    assert [each["code"] for each in given["provision"]["class"]] == ["allergies"]
    url = f"/own/fhir/Consent/{given['id']}"
    assert (await li.get(url)).json() == given
    assert (await another.get(url)).status_code == 404


async def test_where_an_own_entry_comes_from_is_told_version_by_version(world, filed, li):
    entry = observation(filed)
    for value in (5.0, 6.0):
        sent = visits.bundle(visits.patient(), visits.glucose("2026-02-01", value), key="again")
        last = await collection.file_bundle(
            world.pool, world.keys, bundle=sent, source=world.source
        )
    changed = last.entries[1]
    url = "/own/fhir/Provenance?target=Observation/"
    (one,) = resources(await li.get(url + entry.fhir_id))
    assert one["target"] == [{"reference": f"Observation/{entry.fhir_id}/_history/1"}]
    assert one["agent"][0]["who"] == {"reference": f"Organization/{world.hospital}"}
    later, first = resources(await li.get(url + changed.fhir_id))
    assert [each["activity"]["coding"][0]["code"] for each in (later, first)] == [
        "UPDATE",
        "CREATE",
    ]


async def test_own_entries_are_read_closed_ones_included(filed, li):
    found = resources(await li.get("/own/fhir/Patient/$everything"))
    assert {one["id"] for one in found} == {entry.fhir_id for entry in filed.entries}
    closed = next(entry for entry in filed.entries[3:4])
    answer = await li.get(f"/own/fhir/{closed.type}/{closed.fhir_id}")
    assert answer.json()["code"]["text"] == "中度抑郁发作"
    assert answer.headers["etag"] == 'W/"1"'
    known = await li.get(answer.url, headers={"If-None-Match": 'W/"1"'})
    assert (known.status_code, known.content) == (304, b"")
    earlier = await li.get(f"/own/fhir/{closed.type}/{closed.fhir_id}/_history/1?_elements=code")
    assert earlier.json()["meta"]["tag"][0]["code"] == "SUBSETTED"


async def test_every_own_read_is_in_the_own_log(filed, li):
    entry = observation(filed)
    for path in (
        f"Observation/{entry.fhir_id}",
        f"Provenance?target=Observation/{entry.fhir_id}",
        "Patient/$everything",
        "Consent",
        "AuditEvent",
    ):
        before = resources(await li.get("/own/fhir/AuditEvent"))[0]["id"]
        await li.get(f"/own/fhir/{path}")
        lines = resources(await li.get("/own/fhir/AuditEvent"))
        new = [one["id"] for one in lines[: [one["id"] for one in lines].index(before)]]
        assert len(new) == 2, "that the log was read before, and this"
        assert {each["type"]["coding"][0]["code"] for each in lines[0]["agent"]} == {"resident"}


async def test_nobody_reads_what_is_anothers(filed, li, another):
    entry = observation(filed)
    for path in (
        f"Observation/{entry.fhir_id}",
        f"Observation/{entry.fhir_id}/_history/1",
        f"Provenance?target=Observation/{entry.fhir_id}",
    ):
        theirs = await another.get(f"/own/fhir/{path}")
        nothing = await another.get(f"/own/fhir/{path.replace(entry.fhir_id, 'a')}")
        assert (theirs.status_code, theirs.content) == (404, nothing.content)
        assert (await li.get(f"/own/fhir/{path}")).status_code == 200
    for path in (
        f"Condition/{entry.fhir_id}",
        f"Observation/{entry.fhir_id}/_history/9",
        "AuditEvent/log-999999",
        "AuditEvent/x",
    ):
        assert (await li.get(f"/own/fhir/{path}")).status_code == 404


async def test_a_token_opens_nothing_here_and_a_session_nothing_there(filed, li, client):
    entry = observation(filed)
    refused = await client.get("/own/fhir/AuditEvent")
    assert refused.status_code == 401
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "signed-out"
    assert (await li.get(f"/fhir/Observation/{entry.fhir_id}")).status_code == 401
    for sent in ("", "x" * 40, "ä"):
        answer = await client.get(
            "/own/fhir/Consent", headers={"Cookie": f"{own.COOKIE}={sent}".encode()}
        )
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["AuditEvent?x=1", "AuditEvent?_page=0", "AuditEvent?_page=x", "AuditEvent?_count=0",
     "Consent?x=1", "Provenance", "Provenance?target=x", "Patient/$everything?x=1"],
)  # fmt: skip
async def test_what_is_not_understood_is_refused(li, path):
    assert (await li.get(f"/own/fhir/{path}")).status_code == 400


async def test_a_consent_form_that_was_filed_is_an_entry(world, li):
    form = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "treatment"}]},
        "category": [{"text": "手术同意书"}],
        "policyRule": {"text": "本院规定"},
    }
    sent = visits.bundle(visits.patient(), key="form")
    sent["entry"].append(
        {
            "fullUrl": "urn:uuid:form-1",
            "resource": form | {"patient": {"reference": "urn:uuid:form"}},
            "request": {"method": "POST", "url": "Consent"},
        }
    )
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    answer = await li.get(f"/own/fhir/Consent/{filed.entries[1].fhir_id}")
    assert answer.json()["category"] == [{"text": "手术同意书"}]
