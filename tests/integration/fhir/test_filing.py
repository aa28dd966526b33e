"""Create and transaction over HTTP: filed as the caller's own, whole or not at all."""

from __future__ import annotations

import copy

import asyncpg
import orjson
import pytest

import systems
import visits

FHIR = {"Content-Type": "application/fhir+json"}


async def entries(owner_url):
    connection = await asyncpg.connect(owner_url)
    count = await connection.fetchval("SELECT count(*) FROM record.entry")
    await connection.close()
    return count


async def send(client, sent, **headers):
    return await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR | headers)


def code_of(answer):
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


async def test_a_transaction_says_where_every_entry_went(client):
    organization = {
        "fullUrl": "urn:uuid:o",
        "resource": {"resourceType": "Organization", "name": "某医院"},
        "request": {"method": "POST", "url": "Organization"},
    }
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    sent["entry"].insert(1, organization)
    answer = await send(client, sent)
    assert answer.status_code == 200
    body = answer.json()
    assert body["type"] == "transaction-response"
    assert len(body["entry"]) == len(sent["entry"])
    for asked, given in zip(sent["entry"], body["entry"], strict=True):
        response = given["response"]
        if asked is organization:
            assert response == {"status": "200 OK"}
            continue
        assert response["status"] == "201 Created"
        assert response["etag"] == 'W/"1"'
        type_ = asked["resource"]["resourceType"]
        assert response["location"].startswith(f"{type_}/")
        read = await client.get("/fhir/" + response["location"])
        assert read.json()["resourceType"] == type_


async def test_delivering_twice_changes_nothing(client, owner_url):
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    first = (await send(client, sent)).json()
    before = await entries(owner_url)
    second = (await send(client, copy.deepcopy(sent))).json()
    assert await entries(owner_url) == before
    assert [e["response"]["location"] for e in first["entry"]] == [
        e["response"]["location"] for e in second["entry"]
    ]
    assert {e["response"]["status"] for e in second["entry"]} == {"200 OK"}


async def test_one_bad_entry_files_nothing(client, owner_url):
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    sent["entry"][3]["resource"]["clinicalStatus"] = "active"
    answer = await send(client, sent)
    assert (answer.status_code, code_of(answer)) == (422, "resource-invalid")
    issue = answer.json()["issue"][0]
    assert issue["expression"] == ["Bundle.entry[3].resource.clinicalStatus"]
    assert await entries(owner_url) == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda b: b.update(type="batch-response"), 400, "bundle-malformed"),
        (lambda b: b.update(type="document"), 400, "bundle-malformed"),
        (lambda b: b.pop("entry"), 400, "bundle-malformed"),
        (lambda b: b.update(entry={}), 400, "bundle-malformed"),
        (lambda b: b["entry"].append(5), 400, "bundle-malformed"),
        (lambda b: b["entry"][1]["request"].update(method="HEAD"), 400, "bundle-malformed"),
        (lambda b: b["entry"][1].pop("request"), 400, "bundle-malformed"),
        (lambda b: b["entry"][1].update(fullUrl=b["entry"][0]["fullUrl"]), 400, "bundle-malformed"),
        (
            lambda b: b["entry"][1]["resource"].update(resourceType="AuditEvent"),
            404,
            "resource-type-unknown",
        ),
        (
            lambda b: b["entry"][1]["resource"]["patient"].update(reference="urn:uuid:nobody"),
            422,
            "reference-broken",
        ),
        (
            lambda b: b["entry"].append(copy.deepcopy(b["entry"][0]) | {"fullUrl": "urn:uuid:q"}),
            422,
            "several-residents",
        ),
        (
            lambda b: b["entry"][0]["resource"]["identifier"][0].update(value="880102195904180020"),
            422,
            "delivery-set-aside",
        ),
    ],
    ids=range(12),
)
async def test_a_bundle_that_cannot_be_taken_is_refused_whole(
    client, owner_url, change, status, code
):
    sent = copy.deepcopy(visits.bundle(visits.patient(), *visits.LIFE))
    change(sent)
    answer = await send(client, sent)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert await entries(owner_url) == 0


async def test_a_single_resource_is_created_in_the_record_it_refers_to(client):
    sent = visits.bundle(visits.patient())
    filed = (await send(client, sent)).json()
    patient = filed["entry"][0]["response"]["location"].partition("/_history")[0]
    resource = {**visits.glucose("2026-02-01"), "subject": {"reference": patient}, "id": "theirs"}
    answer = await client.post("/fhir/Observation", content=orjson.dumps(resource), headers=FHIR)
    assert answer.status_code == 201
    assert answer.headers["etag"] == 'W/"1"'
    read = await client.get(answer.headers["location"])
    assert read.status_code == 200
    assert read.json()["id"] != "theirs"
    assert read.json()["subject"]["reference"] == patient
    assert read.json()["valueQuantity"] == resource["valueQuantity"]


@pytest.mark.parametrize(
    ("url", "resource", "headers", "status", "code"),
    [
        ("/fhir/Condition", visits.glucose("2026-01-01"), {}, 422, "resource-invalid"),
        ("/fhir/Banana", {"resourceType": "Banana"}, {}, 404, "resource-type-unknown"),
        ("/fhir/AuditEvent", {"resourceType": "AuditEvent"}, {}, 404, "resource-type-unknown"),
        ("/fhir/Observation", visits.glucose("2026-01-01"), {}, 422, "reference-broken"),
        (
            "/fhir/Observation?_dryrun=1",
            visits.glucose("2026-01-01"),
            {},
            400,
            "parameter-not-supported",
        ),
        (
            "/fhir/Observation",
            visits.glucose("2026-01-01"),
            {"Content-Type": "application/fhir+xml"},
            415,
            "content-type-not-supported",
        ),
        (
            "/fhir/Observation",
            visits.glucose("2026-01-01"),
            {"Content-Type": "application/json; charset=gb18030"},
            415,
            "content-type-not-supported",
        ),
        (
            "/fhir/Observation",
            visits.glucose("2026-01-01"),
            {"Accept": "application/fhir+xml"},
            406,
            "format-not-supported",
        ),
    ],
)
async def test_a_resource_that_cannot_be_taken_is_refused(
    client, url, resource, headers, status, code
):
    answer = await client.post(url, content=orjson.dumps(resource), headers=FHIR | headers)
    assert (answer.status_code, code_of(answer)) == (status, code)


async def test_a_token_that_may_only_read_files_nothing(world, hospital_system, owner_url):
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    async with systems.calling(world, hospital_system, "system/*.rs") as caller:
        answer = await send(caller, sent)
    assert (answer.status_code, code_of(answer)) == (403, "scope-missing")
    async with systems.calling(world, hospital_system, "system/Patient.c") as caller:
        answer = await send(caller, sent)
    assert (answer.status_code, code_of(answer)) == (403, "scope-missing")
    assert await entries(owner_url) == 0


async def test_a_reference_inside_a_bundle_leads_to_a_type_that_may_stand_there(client, owner_url):
    sent = visits.bundle(
        visits.patient(), visits.glucose("2026-02-01"), visits.glucose("2026-03-01")
    )
    sent["entry"][2]["resource"]["encounter"] = {"reference": sent["entry"][1]["fullUrl"]}
    answer = await send(client, sent)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[2].resource.encounter"]
    assert await entries(owner_url) == 0
    sent["entry"][2]["resource"]["hasMember"] = [sent["entry"][2]["resource"].pop("encounter")]
    assert (await send(client, sent)).status_code == 200
