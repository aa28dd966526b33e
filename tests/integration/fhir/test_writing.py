"""Update, patch, delete and the conditional writes over HTTP: on one's own entries, and no others."""

from __future__ import annotations

import asyncio
import base64

import asyncpg
import orjson
import pytest

import systems
import visits
from openhealthcode import access, audit, registry
from openhealthcode.access.cross_checks import CROSS_CHECKS
from openhealthcode.audit import Action

FHIR = {"Content-Type": "application/fhir+json"}
PATCH = {"Content-Type": "application/json-patch+json"}
ORIGIN = "localhost"
EVERY_SCOPE = "system/*.cruds"


@pytest.fixture
async def client(world, hospital_system):
    async with systems.calling(world, hospital_system, EVERY_SCOPE) as calling:
        yield calling


@pytest.fixture
async def other(world):
    """The system of another hospital."""
    elsewhere = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|elsewhere", registry.InstitutionKind.SECONDARY_HOSPITAL, "苍岭区人民医院"
        ),
    )
    system = await systems.connect(world, elsewhere, "elsewhere")
    async with systems.calling(world, system, EVERY_SCOPE) as calling:
        yield calling


@pytest.fixture
async def patient(client):
    """Somebody registered, as FHIR refers to them."""
    answer = await post(client, "/fhir", visits.bundle(visits.patient()))
    return answer.json()["entry"][0]["response"]["location"].partition("/_history")[0]


async def post(client, url, resource, **headers):
    return await client.post(url, content=orjson.dumps(resource), headers=FHIR | headers)


async def put(client, url, resource, **headers):
    return await client.put(url, content=orjson.dumps(resource), headers=FHIR | headers)


async def patch(client, url, operations, **headers):
    return await client.patch(url, content=orjson.dumps(operations), headers=PATCH | headers)


def code_of(answer):
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


def refused(answer):
    return answer.status_code, code_of(answer)


def result(patient, value=5.6, key="g-1"):
    identifier = [{"system": "urn:oid:2.999.1", "value": key}]
    return {
        **visits.glucose("2026-02-01", value),
        "identifier": identifier,
        "subject": {"reference": patient},
    }


async def filed(client, patient, **more):
    """A result on the record, as its address says and as it reads."""
    answer = await post(client, "/fhir/Observation", result(patient, **more))
    assert answer.status_code == 201, answer.text
    url = answer.headers["location"].partition("/_history")[0].removeprefix("http://test")
    return url, (await client.get(url)).json()


def value_of(resource):
    return resource["valueQuantity"]["value"]


async def rows(owner_url):
    connection = await asyncpg.connect(owner_url)
    found = await connection.fetch(
        """SELECT entry_id, version, is_current, is_deletion, type FROM record.entry
            WHERE type <> 'Patient' ORDER BY entry_id, version"""
    )
    await connection.close()
    return [(row["version"], row["is_current"], row["is_deletion"]) for row in found]


# Update


async def test_an_update_is_a_new_version_of_what_the_institution_filed(client, patient, owner_url):
    url, read = await filed(client, patient)
    read["valueQuantity"]["value"] = 6.2
    answer = await put(client, url, read)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.headers["location"].endswith(f"{url}/_history/2")
    assert answer.content == b""
    now = (await client.get(url)).json()
    assert (value_of(now), now["meta"]["versionId"]) == (6.2, "2")
    assert value_of((await client.get(f"{url}/_history/1")).json()) == 5.6
    assert await rows(owner_url) == [(1, False, False), (2, True, False)]


async def test_the_same_update_twice_is_one_version(client, patient, owner_url):
    url, read = await filed(client, patient)
    read["valueQuantity"]["value"] = 6.2
    assert (await put(client, url, read)).headers["etag"] == 'W/"2"'
    again = await put(client, url, read)
    assert (again.status_code, again.headers["etag"]) == (200, 'W/"2"')
    assert len(await rows(owner_url)) == 2


async def test_what_others_filed_is_as_if_it_were_not_there(client, other, patient):
    url, read = await filed(client, patient)
    for answer in (
        await put(other, url, read),
        await put(other, url, read, **{"If-Match": 'W/"7"'}),
        await patch(other, url, []),
        await other.delete(url),
    ):
        assert refused(answer) == (404, "not-found")
    nowhere = "/fhir/Observation/" + "a" * 43
    unknown = await put(client, nowhere, {**read, "id": "a" * 43})
    hidden = await put(other, url, read)
    assert (unknown.status_code, unknown.content) == (hidden.status_code, hidden.content)
    assert value_of((await client.get(url)).json()) == 5.6


async def test_an_id_leads_to_its_own_type_only(client, patient):
    url, read = await filed(client, patient)
    wrong = url.replace("Observation", "Condition")
    condition = visits.condition("I10", "高血压", "2020-01-01")
    condition |= {"id": read["id"], "subject": {"reference": patient}}
    assert refused(await put(client, wrong, condition)) == (404, "not-found")
    assert refused(await patch(client, wrong, [])) == (404, "not-found")
    assert refused(await client.delete(wrong)) == (404, "not-found")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda r: r.pop("id"), 400, "invalid"),
        (lambda r: r.update(id="other"), 400, "invalid"),
        (lambda r: r.update(resourceType="Condition"), 400, "invalid"),
        (lambda r: r.pop("status"), 422, "resource-invalid"),
        (lambda r: r["subject"].update(reference="Patient/x"), 422, "reference-broken"),
    ],
)
async def test_an_update_is_checked_as_what_is_new(client, patient, change, status, code):
    url, read = await filed(client, patient)
    change(read)
    assert refused(await put(client, url, read)) == (status, code)
    assert (await client.get(url)).headers["etag"] == 'W/"1"'


async def test_if_match_lets_only_the_version_meant_be_changed(client, patient):
    url, read = await filed(client, patient)
    read["valueQuantity"]["value"] = 6.2
    assert refused(await put(client, url, read, **{"If-Match": 'W/"2"'})) == (
        412,
        "version-conflict",
    )
    assert (await put(client, url, read, **{"If-Match": 'W/"1"'})).status_code == 200
    operations = [{"op": "replace", "path": "/valueQuantity/value", "value": 7}]
    assert refused(await patch(client, url, operations, **{"If-Match": 'W/"1"'})) == (
        412,
        "version-conflict",
    )
    assert refused(await client.delete(url, headers={"If-Match": '"1"'})) == (
        412,
        "version-conflict",
    )
    assert refused(await client.delete(url, headers={"If-Match": "two"})) == (400, "invalid")
    assert refused(await put(client, url, read, **{"If-None-Match": "*"})) == (
        400,
        "parameter-not-supported",
    )
    assert (await client.delete(url, headers={"If-Match": 'W/"2"'})).status_code == 204


async def test_of_many_updates_of_one_version_one_is_done(client, patient, owner_url):
    url, read = await filed(client, patient)

    async def one(value):
        changed = {**read, "valueQuantity": {**read["valueQuantity"], "value": value}}
        return await put(client, url, changed, **{"If-Match": 'W/"1"'})

    answers = await asyncio.gather(*(one(10 + each) for each in range(32)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 31
    assert await rows(owner_url) == [(1, False, False), (2, True, False)]


async def test_many_updates_at_once_make_a_version_each(client, patient, owner_url):
    url, read = await filed(client, patient)

    async def one(value):
        changed = {**read, "valueQuantity": {**read["valueQuantity"], "value": value}}
        return await put(client, url, changed)

    answers = await asyncio.gather(*(one(10 + each) for each in range(32)))
    tags = {answer.headers["etag"] for answer in answers}
    assert tags == {f'W/"{version}"' for version in range(2, 34)}
    assert len(await rows(owner_url)) == 33


async def test_many_patches_at_once_lose_none_that_was_done(client, patient):
    url, _ = await filed(client, patient)

    async def one(number):
        note = [{"op": "add", "path": "/note/-", "value": {"text": f"n{number}"}}]
        return await patch(client, url, note)

    first = [{"op": "add", "path": "/note", "value": [{"text": "first"}]}]
    assert (await patch(client, url, first)).status_code == 200
    answers = await asyncio.gather(*(one(number) for number in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = {f"n{number}" for number, answer in enumerate(answers) if answer.status_code == 200}
    assert done
    assert {each["text"] for each in (await client.get(url)).json()["note"]} == done | {"first"}


async def test_what_was_entered_in_error_is_told_so_and_nothing_is_lost(client, world, patient):
    url, read = await filed(client, patient)
    read["status"] = "entered-in-error"
    assert (await put(client, url, read)).status_code == 200
    assert (await client.get(url)).json()["status"] == "entered-in-error"
    assert (await client.get(f"{url}/_history/1")).json()["status"] == "final"
    resident_id, entry_id = world.keys.open_id(read["id"])
    own = await access.own_record(world.pool, world.keys, resident_id)
    (entry,) = [one for one in own.entries if one.entry_id == entry_id]
    assert orjson.loads(entry.body)["status"] == "entered-in-error"


# Patch


async def test_a_patch_changes_what_it_says_and_keeps_the_rest_to_the_letter(client, patient):
    sent = orjson.dumps(result(patient)).replace(b"5.6", b"5.60")
    answer = await client.post("/fhir/Observation", content=sent, headers=FHIR)
    url = answer.headers["location"].partition("/_history")[0]
    operations = [
        {"op": "test", "path": "/status", "value": "final"},
        {"op": "replace", "path": "/status", "value": "corrected"},
        {"op": "copy", "from": "/code/text", "path": "/code/coding/0/display"},
    ]
    answer = await patch(client, url, operations, **{"If-Match": 'W/"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    read = await client.get(url)
    assert (read.json()["status"], read.json()["code"]["coding"][0]["display"]) == (
        "corrected",
        "血糖",
    )
    assert b'"value":5.60' in read.content


@pytest.mark.parametrize(
    ("operations", "status", "code"),
    [
        ({"op": "add"}, 400, "patch-malformed"),
        ([{"op": "remove", "path": "/nothing"}], 422, "patch-failed"),
        ([{"op": "test", "path": "/status", "value": "amended"}], 422, "patch-failed"),
        ([{"op": "replace", "path": "/id", "value": "mine"}], 422, "patch-failed"),
        ([{"op": "replace", "path": "/resourceType", "value": "Basic"}], 422, "patch-failed"),
        ([{"op": "replace", "path": "", "value": []}], 422, "patch-failed"),
        ([{"op": "remove", "path": "/status"}], 422, "resource-invalid"),
        ([{"op": "add", "path": "/colour", "value": "red"}], 422, "resource-invalid"),
        (
            [{"op": "replace", "path": "/subject/reference", "value": "Patient/x"}],
            422,
            "reference-broken",
        ),
    ],
)
async def test_a_patch_that_cannot_be_done_changes_nothing(
    client, patient, operations, status, code
):
    url, _ = await filed(client, patient)
    assert refused(await patch(client, url, operations)) == (status, code)
    assert (await client.get(url)).headers["etag"] == 'W/"1"'


async def test_a_patch_is_said_to_be_one(client, patient):
    url, _ = await filed(client, patient)
    answer = await client.patch(url, content=b"[]", headers=FHIR)
    assert refused(answer) == (415, "content-type-not-supported")
    answer = await client.patch(url, content=b'[],"x":[]', headers=PATCH)
    assert refused(answer) == (400, "patch-malformed")
    assert (await patch(client, url, [])).headers["etag"] == 'W/"1"'


# Delete


async def test_what_is_deleted_is_found_by_nobody_and_nothing_is_destroyed(
    client, world, patient, owner_url
):
    url, read = await filed(client, patient)
    answer = await client.delete(url)
    assert (answer.status_code, answer.headers["etag"], answer.content) == (204, 'W/"2"', b"")
    for gone in (url, f"{url}/_history/2"):
        assert refused(await client.get(gone)) == (404, "not-found")
    assert value_of((await client.get(f"{url}/_history/1")).json()) == 5.6
    found = await client.get("/fhir/Observation", params={"patient": patient})
    assert "entry" not in found.json()
    resident_id, _ = world.keys.open_id(read["id"])
    own = await access.own_record(world.pool, world.keys, resident_id)
    assert [entry.type for entry in own.entries] == ["Patient"]
    assert await rows(owner_url) == [(1, False, False), (2, False, True)]


async def test_a_second_deletion_changes_nothing(client, patient, owner_url):
    url, _ = await filed(client, patient)
    await client.delete(url)
    answer = await client.delete(url)
    assert (answer.status_code, answer.headers["etag"]) == (204, 'W/"2"')
    assert len(await rows(owner_url)) == 2


async def test_the_log_tells_the_resident_that_something_was_deleted(
    client, world, patient, tmp_path
):
    url, read = await filed(client, patient)
    await client.delete(url)
    resident_id, entry_id = world.keys.open_id(read["id"])
    lines = await access.own_log(world.pool, world.keys, resident_id)
    line = next(one for one in lines if one.action == Action.RECORD_DELETE)
    assert line.institution_id == world.hospital
    assert line.detail["deleted"] == [entry_id.bytes]
    sequencer = audit.Sequencer(world.pool, tmp_path, world.keys.checkpoint_signer(ORIGIN))
    await sequencer.sequence()
    sequencer.close()
    verifier = world.keys.checkpoint_verifier(ORIGIN)
    report = await audit.verify(
        world.pool, tmp_path, verifier, keys=world.keys, cross_checks=CROSS_CHECKS
    )
    assert report.findings == ()


async def test_what_was_deleted_can_be_put_back_and_its_name_used_anew(client):
    sent = visits.bundle(visits.patient(), visits.glucose("2026-02-01"))
    first = (await post(client, "/fhir", sent)).json()["entry"][1]["response"]["location"]
    url = "/fhir/" + first.partition("/_history")[0]
    read = (await client.get(url)).json()
    await client.delete(url)
    again = (await post(client, "/fhir", sent)).json()["entry"][1]["response"]
    assert again["status"] == "201 Created"
    assert again["location"].partition("/_history")[0] != first.partition("/_history")[0]
    answer = await put(client, url, read)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"3"')
    assert value_of((await client.get(url)).json()) == 5.6
    third = (await post(client, "/fhir", sent)).json()["entry"][1]["response"]
    assert (third["status"], third["location"]) == ("200 OK", again["location"])


async def test_who_the_resident_is_is_not_deleted(client, patient):
    assert refused(await client.delete(f"/fhir/{patient}")) == (405, "not-deletable")
    answer = await client.delete(f"/fhir/Patient?_id={patient.removeprefix('Patient/')}")
    assert refused(answer) == (405, "not-deletable")


# Conditions

SAME = "identifier=urn:oid:2.999.1|g-1"


async def test_a_conditional_creation_files_once(client, patient, owner_url):
    condition = {"If-None-Exist": SAME}
    first = await post(client, "/fhir/Observation", result(patient), **condition)
    second = await post(client, "/fhir/Observation", result(patient, 9), **condition)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == second.headers["location"]
    assert value_of((await client.get(first.headers["location"])).json()) == 5.6
    assert len(await rows(owner_url)) == 1


async def test_a_conditional_creation_by_many_files_once(client, patient, owner_url):
    condition = {"If-None-Exist": SAME}
    answers = await asyncio.gather(
        *(post(client, "/fhir/Observation", result(patient), **condition) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len(await rows(owner_url)) == 1


async def test_a_condition_sees_the_senders_own_entries_only(client, other, patient):
    await filed(client, patient)
    condition = {"If-None-Exist": SAME}
    answer = await post(other, "/fhir/Observation", result(patient), **condition)
    assert answer.status_code == 201
    by_condition = f"/fhir/Observation?patient={patient}&{SAME}"
    assert (await other.delete(by_condition)).status_code == 204
    assert (await client.get(f"/fhir/Observation?patient={patient}")).json()["total"] == 1


async def test_a_condition_that_fits_several_does_nothing(client, patient, owner_url):
    await filed(client, patient)
    await filed(client, patient, value=7.0)
    by_condition = f"/fhir/Observation?patient={patient}&{SAME}"
    for answer in (
        await post(client, "/fhir/Observation", result(patient), **{"If-None-Exist": SAME}),
        await put(client, by_condition, result(patient)),
        await patch(client, by_condition, []),
        await client.delete(by_condition),
    ):
        assert refused(answer) == (412, "several-matches")
    assert await rows(owner_url) == [(1, True, False)] * 2


async def test_conditional_writes_find_the_one_entry_that_is_meant(client, patient):
    url, _ = await filed(client, patient)
    await filed(client, patient, key="g-2")
    by_condition = f"/fhir/Observation?patient={patient}&{SAME}"
    answer = await put(client, by_condition, result(patient, 6.4))
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    operations = [{"op": "replace", "path": "/valueQuantity/value", "value": 6.5}]
    answer = await patch(client, by_condition, operations)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"3"')
    assert value_of((await client.get(url)).json()) == 6.5
    assert (await client.delete(by_condition)).headers["etag"] == 'W/"4"'
    assert (await client.delete(by_condition)).status_code == 204
    assert refused(await patch(client, by_condition, operations)) == (404, "not-found")
    answer = await put(client, by_condition, result(patient, 6.6))
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"1"')


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        ("", 400, "invalid"),
        ("patient={patient}&colour=red", 400, "search-not-understood"),
        ("patient=Patient/unknown&code=a", 404, "not-found"),
        ("code=2345-7", 422, "reference-broken"),
    ],
)
async def test_a_condition_that_means_nothing_is_refused(client, patient, condition, status, code):
    condition = condition.replace("{patient}", patient)
    assert refused(await client.delete(f"/fhir/Observation?{condition}")) == (status, code)


async def test_nothing_is_filed_under_an_id_of_the_senders(client, patient):
    sent = {**result(patient), "id": "mine"}
    by_condition = f"/fhir/Observation?patient={patient}&{SAME}"
    assert refused(await put(client, by_condition, sent)) == (404, "not-found")
    await filed(client, patient)
    assert refused(await put(client, by_condition, sent)) == (400, "bundle-malformed")


# Who somebody is


async def test_a_patient_is_updated_by_the_rules_of_identity(client, patient):
    url = f"/fhir/{patient}"
    read = (await client.get(url)).json()
    read["maritalStatus"] = {"text": "已婚"}
    assert (await put(client, url, read)).headers["etag"] == 'W/"2"'
    renamed = {**read, "name": [{"text": "王另"}]}
    assert refused(await put(client, url, renamed)) == (409, "identity-needs-review")
    somebody_else = {**read, "identifier": visits.patient(4)["identifier"]}
    assert refused(await put(client, url, somebody_else)) == (409, "patient-differs")
    await post(client, "/fhir", visits.bundle(visits.patient(4, "陈又")))
    known = {**visits.patient(4, "陈又"), "id": read["id"]}
    assert refused(await put(client, url, known)) == (409, "patient-differs")
    assert (await client.get(url)).headers["etag"] == 'W/"2"'


# What may be done by whom


async def test_each_letter_of_a_scope_permits_its_own_writes(
    world, hospital_system, client, patient
):
    url, read = await filed(client, patient)
    by_condition = f"/fhir/Observation?patient={patient}&{SAME}"
    operations = [{"op": "test", "path": "/status", "value": "final"}]
    for scope, permitted in (("system/*.crs", ""), ("system/*.u", "u"), ("system/*.d", "d")):
        async with systems.calling(world, hospital_system, scope) as caller:
            for answer in (
                await put(caller, url, read),
                await put(caller, by_condition, result(patient)),
                await patch(caller, url, operations),
            ):
                assert (answer.status_code == 200) is (permitted == "u")
            for where in (url, by_condition):
                answer = await caller.delete(where)
                assert (answer.status_code == 204) is (permitted == "d")
                if permitted != "d":
                    assert refused(answer) == (403, "scope-missing")
    async with systems.calling(world) as nobody:
        assert refused(await put(nobody, url, read)) == (401, "token-needed")
        assert refused(await nobody.delete(url)) == (401, "token-needed")


# How it is answered


async def test_the_answer_is_as_much_as_is_preferred(client, world, hospital_system, patient):
    representation = {"Prefer": "respond-async, return=representation"}
    answer = await post(client, "/fhir/Observation", result(patient), **representation)
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "return=representation"
    assert value_of(answer.json()) == 5.6
    url = answer.headers["location"].partition("/_history")[0]
    resident_id, entry_id = world.keys.open_id(answer.json()["id"])
    lines = await access.own_log(world.pool, world.keys, resident_id)
    shown = [one for one in lines if one.action == Action.RECORD_DISCLOSE]
    assert [item[0] for item in shown[0].detail["items"]] == [entry_id.bytes]
    changed = {**answer.json(), "status": "amended"}
    answer = await put(client, url, changed, Prefer="return=OperationOutcome")
    assert answer.json()["issue"][0]["severity"] == "information"
    answer = await put(client, url, changed, Prefer="return=minimal")
    assert (answer.content, answer.headers["preference-applied"]) == (b"", "return=minimal")
    async with systems.calling(world, hospital_system, "system/*.u") as caller:
        answer = await put(caller, url, changed, **representation)
        assert (answer.status_code, answer.content) == (200, b"")
        assert "preference-applied" not in answer.headers
    answer = await client.delete(url, headers={"Prefer": "return=OperationOutcome"})
    assert answer.status_code == 200


async def test_who_wants_an_outcome_reads_what_is_doubtful_in_what_was_filed(client, patient):
    blood_group = {"system": "urn:oid:2.16.156.10011.2.3.1.85", "code": "Z"}
    doubtful = {**result(patient), "bodySite": {"coding": [blood_group]}}
    plain = await post(client, "/fhir/Observation", doubtful)
    assert (plain.status_code, plain.content) == (201, b"")
    wanted = {"Prefer": "return=OperationOutcome"}
    answer = await post(client, "/fhir/Observation", doubtful, **wanted)
    asked = await post(client, "/fhir/Observation/$validate", doubtful)
    warned = [each for each in asked.json()["issue"] if each["severity"] == "warning"]
    assert warned
    *told, done = answer.json()["issue"]
    assert (told, done["severity"]) == (warned, "information")
    url = answer.headers["location"].partition("/_history")[0]
    again = {**doubtful, "id": url.rpartition("/")[2], "status": "amended"}
    answer = await put(client, url, again, **wanted, **{"Accept-Language": "zh-CN"})
    assert answer.json()["issue"][:-1] == warned
    fine = await post(client, "/fhir/Observation", result(patient), **wanted)
    assert [each["severity"] for each in fine.json()["issue"]] == ["information"]


# References


async def test_a_reference_to_what_was_filed_before_is_kept(client, other, patient):
    url, read = await filed(client, patient)
    about = {
        **result(patient, key="g-9"),
        "hasMember": [{"reference": f"Observation/{read['id']}"}],
    }
    for caller in (client, other):
        answer = await post(caller, "/fhir/Observation", about)
        assert answer.status_code == 201, answer.text
        members = (await caller.get(answer.headers["location"])).json()["hasMember"]
        assert members == about["hasMember"]
    await client.delete(url)
    answer = await post(other, "/fhir/Observation", about)
    assert answer.status_code == 201
    about["encounter"] = {"reference": f"Encounter/{read['id']}"}
    assert refused(await post(client, "/fhir/Observation", about)) == (422, "reference-broken")


async def test_a_reference_into_another_record_is_refused_as_such(client, patient):
    sent = visits.bundle(visits.patient(4, "陈又"), visits.glucose("2026-03-01"), key="else")
    elsewhere = (await post(client, "/fhir", sent)).json()["entry"]
    person, entry = (each["response"]["location"].partition("/_history")[0] for each in elsewhere)
    about = {**result(patient), "hasMember": [{"reference": entry}]}
    assert refused(await post(client, "/fhir/Observation", about)) == (
        422,
        "reference-to-another-resident",
    )
    about = {**result(patient), "performer": [{"reference": person}]}
    assert refused(await post(client, "/fhir/Observation", about)) == (422, "several-residents")


# Bundles


def entry(method, url, resource=None, full_url=None, **more):
    made = {"request": {"method": method, "url": url, **more}}
    if resource is not None:
        made["resource"] = resource
    return made | ({"fullUrl": full_url} if full_url else {})


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def binary(operations):
    data = base64.b64encode(orjson.dumps(operations)).decode()
    return {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": data,
    }


async def test_a_transaction_changes_deletes_and_files_as_one(client, patient):
    first, read = await filed(client, patient, key="a")
    second, _ = await filed(client, patient, key="b")
    third, _ = await filed(client, patient, key="c")
    changed = {**read, "hasMember": [{"reference": "urn:uuid:new"}]}
    sent = bundle(
        entry("PUT", first.removeprefix("/fhir/"), changed, ifMatch='W/"1"'),
        entry("POST", "Observation", result(patient, 8, "new"), "urn:uuid:new"),
        entry("DELETE", second.removeprefix("/fhir/")),
        entry(
            "PATCH",
            third.removeprefix("/fhir/"),
            binary([{"op": "replace", "path": "/status", "value": "amended"}]),
        ),
        entry(
            "POST",
            "Observation",
            result(patient, 8, "a"),
            "urn:uuid:there",
            ifNoneExist="identifier=urn:oid:2.999.1|a",
        ),
        entry("DELETE", f"Observation?patient={patient}&identifier=urn:oid:2.999.1|nothing"),
    )
    answer = await post(client, "/fhir", sent)
    assert answer.status_code == 200, answer.text
    told = [one["response"] for one in answer.json()["entry"]]
    assert [one["status"].partition(" ")[0] for one in told] == [
        "200", "201", "204", "200", "200", "204",
    ]  # fmt: skip
    assert [one.get("etag") for one in told] == [
        'W/"2"', 'W/"1"', 'W/"2"', 'W/"2"', 'W/"1"', None,
    ]  # fmt: skip
    new = told[1]["location"].partition("/_history")[0]
    assert (await client.get(first)).json()["hasMember"] == [{"reference": new}]
    assert (await client.get(second)).status_code == 404
    assert (await client.get(third)).json()["status"] == "amended"
    assert told[4]["location"].partition("/_history")[0] == first.removeprefix("/fhir/")


@pytest.mark.parametrize("spoilt", ["version", "patch", "foreign", "unknown", "twice", "get"])
async def test_a_transaction_that_fails_in_one_part_does_nothing(
    client, other, patient, owner_url, spoilt
):
    first, read = await filed(client, patient, key="a")
    theirs, _ = await filed(other, patient, key="b")
    good = entry("PUT", first.removeprefix("/fhir/"), {**read, "status": "amended"})
    wrong, status, code = {
        "version": (
            entry("DELETE", first.removeprefix("/fhir/"), ifMatch='W/"5"'),
            412,
            "version-conflict",
        ),
        "patch": (
            entry("PATCH", first.removeprefix("/fhir/"), binary([{"op": "remove", "path": "/x"}])),
            422,
            "patch-failed",
        ),
        "foreign": (entry("DELETE", theirs.removeprefix("/fhir/")), 404, "not-found"),
        "unknown": (entry("DELETE", "Observation/unknown"), 404, "not-found"),
        "twice": (entry("DELETE", first.removeprefix("/fhir/")), 400, "bundle-malformed"),
        "get": (entry("GET", first.removeprefix("/fhir/")), 400, "bundle-malformed"),
    }[spoilt]
    before = await rows(owner_url)
    new = entry("POST", "Observation", result(patient, 8, "new"), "urn:uuid:new")
    assert refused(await post(client, "/fhir", bundle(new, good, wrong))) == (status, code)
    assert await rows(owner_url) == before


async def test_entries_may_refer_to_each_other_in_a_circle(client, patient):
    one = {**result(patient, key="a"), "hasMember": [{"reference": "urn:uuid:b"}]}
    two = {**result(patient, key="b"), "hasMember": [{"reference": "urn:uuid:a"}]}
    three = {**result(patient, key="c"), "hasMember": [{"reference": "urn:uuid:c"}]}
    sent = bundle(
        entry("POST", "Observation", one, "urn:uuid:a"),
        entry("POST", "Observation", two, "urn:uuid:b"),
        entry("POST", "Observation", three, "urn:uuid:c"),
    )
    told = (await post(client, "/fhir", sent)).json()["entry"]
    a, b, c = (each["response"]["location"].partition("/_history")[0] for each in told)
    for where, meant in ((a, b), (b, a), (c, c)):
        assert (await client.get(f"/fhir/{where}")).json()["hasMember"] == [{"reference": meant}]


async def test_relative_references_are_read_beside_the_address_of_their_entry(client, patient):
    root = "https://his.example/fhir/"
    about = {**result(patient, key="b"), "hasMember": [{"reference": "Observation/1"}]}
    sent = bundle(
        entry("POST", "Observation", result(patient, key="a"), root + "Observation/1"),
        entry("POST", "Observation", about, root + "Observation/2"),
    )
    told = (await post(client, "/fhir", sent)).json()["entry"]
    first, second = (each["response"]["location"].partition("/_history")[0] for each in told)
    assert (await client.get(f"/fhir/{second}")).json()["hasMember"] == [{"reference": first}]
    sent["entry"][1]["resource"]["hasMember"][0]["reference"] = "Observation/3"
    assert refused(await post(client, "/fhir", sent)) == (422, "reference-broken")


async def test_a_transaction_of_several_residents_is_refused(client, patient):
    first, read = await filed(client, patient)
    sent = visits.bundle(visits.patient(4, "陈又"), visits.glucose("2026-03-01"), key="else")
    sent["entry"].append(entry("PUT", first.removeprefix("/fhir/"), read))
    assert refused(await post(client, "/fhir", sent)) == (422, "several-residents")
    assert (await client.get(first)).headers["etag"] == 'W/"1"'


async def test_scopes_are_asked_for_every_method_of_a_transaction(
    world, hospital_system, client, patient
):
    first, read = await filed(client, patient)
    url = first.removeprefix("/fhir/")
    for scope, method, resource in (
        ("system/*.cd", "PUT", read),
        ("system/*.cu", "DELETE", None),
        ("system/*.cd", "PATCH", binary([])),
        ("system/*.ud", "POST", result(patient)),
    ):
        async with systems.calling(world, hospital_system, scope) as caller:
            answer = await post(caller, "/fhir", bundle(entry(method, url, resource)))
            assert refused(answer) == (403, "scope-missing")


async def test_each_entry_of_a_batch_is_answered_by_itself(client, other, patient):
    first, read = await filed(client, patient, key="a")
    second, _ = await filed(client, patient, key="b")
    theirs, _ = await filed(other, patient, key="c")
    url = first.removeprefix("/fhir/")
    sent = bundle(
        entry("GET", url),
        entry("PUT", url, {**read, "status": "amended"}, ifMatch='W/"1"'),
        entry("PUT", url, read, ifMatch='W/"7"'),
        entry("POST", "Observation", result(patient, 8, "new"), "urn:uuid:new"),
        entry("POST", "Observation", {**result(patient), "status": "grey"}, "urn:uuid:grey"),
        entry("DELETE", second.removeprefix("/fhir/")),
        entry("DELETE", theirs.removeprefix("/fhir/")),
        entry("GET", f"Observation?patient={patient}"),
        entry("PATCH", url, binary([{"op": "add", "path": "/note", "value": [{"text": "n"}]}])),
        entry(
            "POST", "Observation", {**result(patient), "hasMember": [{"reference": "urn:uuid:new"}]}
        ),
        entry("GET", "Banana/1"),
        entry("GET", "../oauth/token"),
        kind="batch",
    )
    answer = await post(client, "/fhir", sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "batch-response"
    told = answer.json()["entry"]
    assert [one["response"]["status"][:3] for one in told] == [
        "200", "200", "412", "201", "422", "204", "404", "200", "200", "422", "404", "404",
    ]  # fmt: skip
    assert told[0]["resource"]["meta"]["versionId"] == "3"  # after the update and the patch
    assert told[0]["resource"]["status"] == "amended"
    assert told[7]["resource"]["type"] == "searchset"
    assert told[4]["response"]["outcome"]["issue"][0]["severity"] == "error"
    again = (await post(client, "/fhir", bundle(sent["entry"][3], kind="batch"))).json()["entry"]
    assert again[0]["response"]["status"] == "200 OK"
    assert (await client.get(second)).status_code == 404


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [5],
        [{"request": {"method": "GET"}}],
        [{"request": {"method": "TRACE", "url": "Observation"}}],
        [{"request": {"method": "GET", "url": "观察"}}],
        [{"request": {"method": "GET", "url": "Observation"}}] * 501,
    ],
)
async def test_a_batch_that_is_none_is_refused(client, entries):
    answer = await post(client, "/fhir", bundle(*entries, kind="batch"))
    assert refused(answer) == (400, "bundle-malformed")
