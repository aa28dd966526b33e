"""Ordering over HTTP: what is told stands in the answer to the request that files the order."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

import systems
import visits
from openhealthcode import access, consent, registry
from openhealthcode.record.orders import EXPLANATION, RECOGNITION, REPEAT_REASON
from openhealthcode.standards.ids import EntryId

FHIR = {"Content-Type": "application/fhir+json"}
LOINC, ATC = "http://loinc.org", "http://www.whocc.no/atc"
NOW = datetime.now(UTC).date()


def result(mark: str = "HR") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": visits.LABORATORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": "4548-4"}], "text": "糖化血红蛋白"},
        "effectiveDateTime": (NOW - timedelta(days=9)).isoformat(),
        "valueQuantity": {"value": 6.6, "unit": "%"},
        "extension": [{"url": RECOGNITION, "valueCode": mark}],
    }


def taken(atc: str, text: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": ATC, "code": atc}], "text": text},
        "authoredOn": (NOW - timedelta(days=20)).isoformat(),
    }


RECORD = (result(), taken("B01AA03", "华法林钠片"), visits.allergy("青霉素"))


@pytest.fixture
async def li(world):
    return await world.resident(*RECORD)


@pytest.fixture
async def other(world):
    """The other hospital's system; the first one filed the record."""
    institution = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|other",
            registry.InstitutionKind.SECONDARY_HOSPITAL,
            "黛川县中医院",
            division_code="880102",
        ),
    )
    connected = await systems.connect(world, institution, "other")
    async with systems.calling(world, connected, "system/*.cruds") as calling:
        yield calling, institution


async def allow(world, resident, institution):
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=visits.EVERYTHING,
        manner=consent.Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


def about(world, resident):
    return {"reference": f"Patient/{world.keys.seal_id(resident, EntryId(resident))}"}


def examination(world, resident, **more):
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": about(world, resident),
        "code": {"coding": [{"system": LOINC, "code": "4548-4"}]},
        "authoredOn": NOW.isoformat(),
        **more,
    }


def medicine(world, resident, atc, text="布洛芬缓释胶囊"):
    return {**taken(atc, text), "subject": about(world, resident), "authoredOn": NOW.isoformat()}


def explained():
    return {
        "reasonCode": [{"coding": [{"system": REPEAT_REASON, "code": "changed"}]}],
        "extension": [{"url": EXPLANATION, "valueString": "症状加重，需要核对"}],
    }


async def file(client, resource, **headers):
    return await client.post(
        f"/fhir/{resource['resourceType']}", content=orjson.dumps(resource), headers=FHIR | headers
    )


async def filed(world, resident, type_):
    async with visits.transaction(world.pool, resident=resident) as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM record.entry WHERE resident_id = $1 AND type = $2",
            resident,
            type_,
        )


async def test_without_consent_an_order_is_filed_as_if_there_were_nothing(world, li, other):
    client, _ = other
    nobody = await world.resident(visits.allergy("花粉"), serial=11)
    answers = [await file(client, examination(world, one)) for one in (li, nobody)]
    assert [(a.status_code, a.content) for a in answers] == [(201, b"")] * 2
    assert len({frozenset(a.headers) for a in answers}) == 1


async def test_a_repeat_without_a_reason_is_not_filed_and_says_what_there_is(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    answer = await file(client, examination(world, li))
    assert answer.status_code == 422
    outcome = answer.json()
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "order-repeats-result"
    assert outcome["issue"][1]["details"]["coding"][0]["code"] == "result-elsewhere"
    assert {one["severity"] for one in outcome["issue"]} == {"error"}
    (issue,) = outcome["contained"]
    reference = outcome["issue"][1]["extension"][0]["valueReference"]["reference"]
    assert reference == f"#{issue['id']}"
    assert issue["resourceType"] == "DetectedIssue"
    meant = issue["implicated"][0]
    read = await client.get("/fhir/" + meant["reference"])
    assert read.json()["valueQuantity"]["value"] == 6.6
    assert "黛川县人民医院" in meant["display"]
    assert "HR" in meant["display"]
    assert await filed(world, li, "ServiceRequest") == 0


async def test_with_a_coded_reason_explained_it_is_filed_and_told_all_the_same(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    answer = await file(client, examination(world, li, **explained()), **{"Accept-Language": "zh"})
    assert answer.status_code == 201
    (issue,) = answer.json()["issue"]
    assert issue["severity"] == "warning"
    assert "可互认" in issue["details"]["text"]
    read = await client.get(answer.headers["location"])
    assert read.json()["reasonCode"][0]["coding"][0]["code"] == "changed"


@pytest.mark.parametrize(
    ("atc", "kinds", "codes"),
    [
        ("M01AE01", ["interaction"], ["DRG"]),
        ("B01AA03", ["same-medicine"], ["DUPTHPGEN"]),
        ("J01CA04", ["allergy"], ["ALGY"]),
        ("C08CA01", [], []),
    ],
)
async def test_a_prescription_is_filed_and_told_what_speaks_against_it(
    world, li, other, atc, kinds, codes
):
    client, institution = other
    await allow(world, li, institution)
    answer = await file(client, medicine(world, li, atc))
    assert answer.status_code == 201
    outcome = answer.json() if answer.content else {"issue": [], "contained": []}
    assert [one["details"]["coding"][0]["code"] for one in outcome["issue"]] == kinds
    assert [one["code"]["coding"][0]["code"] for one in outcome["contained"]] == codes


async def test_a_medicine_without_a_code_says_that_it_was_not_compared(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    sent = medicine(world, li, "C08CA01")
    sent["medicationCodeableConcept"] = {"text": "复方丹参滴丸"}
    answer = await file(client, sent)
    (issue,) = answer.json()["issue"]
    assert (issue["severity"], issue["details"]["coding"][0]["code"]) == (
        "information",
        "not-compared",
    )
    assert "contained" not in answer.json()


def transaction_of(*resources):
    entries = [
        {"fullUrl": f"urn:uuid:{place}", "resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
        for place, one in enumerate(resources)
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def test_in_a_transaction_each_order_is_told_in_its_own_answer(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    sent = transaction_of(
        medicine(world, li, "C08CA01"),
        medicine(world, li, "M01AE01"),
        examination(world, li, **explained()),
    )
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200, answer.text
    told = [
        [one["details"]["coding"][0]["code"] for one in e["response"].get("outcome", {}).get("issue", [])]
        for e in answer.json()["entry"]
    ]  # fmt: skip
    assert told == [[], ["interaction"], ["result-elsewhere"]]


async def test_a_transaction_with_an_unexplained_repeat_is_filed_whole_or_not_at_all(
    world, li, other
):
    client, institution = other
    await allow(world, li, institution)
    sent = transaction_of(medicine(world, li, "C08CA01"), examination(world, li))
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 422
    assert answer.json()["contained"]
    assert await filed(world, li, "MedicationRequest") == 1, "the one from before"


async def test_what_is_prescribed_together_is_compared_with_each_other(world, other):
    client, _ = other
    nobody = await world.resident(visits.allergy("花粉"), serial=19)
    sent = transaction_of(
        medicine(world, nobody, "B01AC04", "氯吡格雷片"),
        medicine(world, nobody, "A02BC01", "奥美拉唑肠溶胶囊"),
        medicine(world, nobody, "C08CA01", "氨氯地平片"),
    )
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200, answer.text
    first, second, third = (e["response"].get("outcome") for e in answer.json()["entry"])
    assert third is None
    (meant,) = first["contained"][0]["implicated"]
    assert "奥美拉唑肠溶胶囊" in meant["display"]
    assert "reference" not in meant
    assert second["issue"][0]["details"]["coding"][0]["code"] == "interaction"


async def test_however_many_orders_are_filed_together_the_record_is_looked_at_twice(
    world, li, other
):
    client, _ = other
    tests = [
        {**examination(world, li), "code": {"coding": [{"system": LOINC, "code": code}]}}
        for code in ("24331-1", "24362-6", "3016-3")
    ]
    sent = transaction_of(*tests, medicine(world, li, "C08CA01"), medicine(world, li, "A10BA02"))
    before = await looks(world, li)
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200, answer.text
    assert await looks(world, li) == before + 2


async def looks(world, resident):
    async with visits.transaction(world.pool, resident=resident) as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM audit.event WHERE resident_id = $1 AND action = $2",
            resident,
            "record.disclose",
        )


async def test_in_a_batch_each_order_passes_or_is_refused_by_itself(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    sent = transaction_of(medicine(world, li, "M01AE01"), examination(world, li))
    answer = await client.post(
        "/fhir", content=orjson.dumps(sent | {"type": "batch"}), headers=FHIR
    )
    assert answer.status_code == 200, answer.text
    passed, refused = (entry["response"] for entry in answer.json()["entry"])
    assert passed["status"].startswith("201")
    assert passed["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "interaction"
    assert refused["status"].startswith("422")
    assert refused["outcome"]["contained"]


async def test_a_bundle_with_the_patient_is_compared_with_the_record_it_names(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    order = medicine(world, li, "M01AE01")
    order["subject"] = {"reference": "urn:uuid:0"}
    sent = transaction_of(visits.patient(), order)
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200, answer.text
    outcome = answer.json()["entry"][1]["response"]["outcome"]
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "interaction"


async def test_somebody_new_has_nothing_to_compare_with(world, other):
    client, _ = other
    order = {**examination(world, world.hospital), "subject": {"reference": "urn:uuid:0"}}
    sent = transaction_of(visits.patient(serial=13), order)
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200, answer.text
    assert "outcome" not in answer.json()["entry"][1]["response"]


@pytest.mark.parametrize("reference", ["Patient/none", "urn:uuid:9", None])
async def test_an_order_about_nobody_here_fails_as_before(world, other, reference):
    client, _ = other
    sent = {**examination(world, world.hospital), "subject": {"reference": reference}}
    answer = await file(client, sent)
    assert answer.status_code == 422


async def test_a_draft_that_becomes_an_order_is_compared_and_not_with_itself(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    draft = {**examination(world, li), "status": "draft"}
    filed = await file(client, draft)
    assert (filed.status_code, filed.content) == (201, b"")
    fhir_id = filed.headers["location"].split("/")[-3]
    order = {**draft, "status": "active", "id": fhir_id}
    path = f"/fhir/ServiceRequest/{fhir_id}"
    refused = await client.put(path, content=orjson.dumps(order), headers=FHIR)
    assert refused.status_code == 422
    assert refused.json()["contained"]
    passed = await client.put(path, content=orjson.dumps(order | explained()), headers=FHIR)
    assert passed.status_code == 200, passed.text
    assert passed.json()["issue"][0]["details"]["coding"][0]["code"] == "result-elsewhere"

    sent = medicine(world, li, "C08CA01")
    filed = await file(client, sent)
    fhir_id = filed.headers["location"].split("/")[-3]
    changed = {**sent, "id": fhir_id, "dosageInstruction": [{"text": "每日 1 次"}]}
    path = f"/fhir/MedicationRequest/{fhir_id}"
    passed = await client.put(path, content=orjson.dumps(changed), headers=FHIR)
    assert (passed.status_code, passed.content) == (200, b"")


PATCH = {"content-type": "application/json-patch+json"}
ACTIVE = [{"op": "replace", "path": "/status", "value": "active"}]


@pytest.mark.parametrize("how", ["alone", "transaction"])
async def test_a_patch_that_makes_a_draft_an_order_is_compared_before_it_is_filed(
    world, li, other, how
):
    client, institution = other
    await allow(world, li, institution)
    filed = await file(client, {**examination(world, li), "status": "draft"})
    path = filed.headers["location"].split("/fhir/")[1].split("/_history")[0]

    async def patch(operations):
        if how == "alone":
            return await client.patch(
                f"/fhir/{path}", content=orjson.dumps(operations), headers=PATCH
            )
        binary = {
            "resourceType": "Binary",
            "contentType": "application/json-patch+json",
            "data": base64.b64encode(orjson.dumps(operations)).decode(),
        }
        entry = {"resource": binary, "request": {"method": "PATCH", "url": path}}
        whole = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        return await client.post("/fhir", content=orjson.dumps(whole), headers=FHIR)

    refused = await patch(ACTIVE)
    assert refused.status_code == 422, refused.text
    assert refused.json()["contained"]
    reason, *more = [
        {"op": "add", "path": f"/{name}", "value": value} for name, value in explained().items()
    ]
    passed = await patch([*ACTIVE, reason, *more])
    assert passed.status_code == 200, passed.text
    outcome = passed.json()
    if how == "transaction":
        outcome = outcome["entry"][0]["response"]["outcome"]
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "result-elsewhere"
    own = await access.own_record(world.pool, world.keys, li)
    (order,) = [orjson.loads(e.body) for e in own.entries if e.type == "ServiceRequest"]
    assert (order["status"], order["meta"]["versionId"]) == ("active", "2")


async def test_a_patch_of_what_orders_nothing_is_not_compared(world, li, other):
    client, institution = other
    await allow(world, li, institution)
    filed = await file(client, {**examination(world, li), "status": "draft"})
    path = filed.headers["location"].split("/_history")[0]
    note = [{"op": "add", "path": "/note", "value": [{"text": "空腹"}]}]
    before = await access.own_log(world.pool, world.keys, li)
    patched = await client.patch(path, content=orjson.dumps(note), headers=PATCH)
    assert (patched.status_code, patched.content) == (200, b"")
    after = await access.own_log(world.pool, world.keys, li)
    assert len(after) == len(before) + 1 + 1  # the patch, and reading the log before


@pytest.mark.parametrize(
    "broken",
    [
        {"subject": "Patient/1"},
        {"intent": ["order"]},
        {"status": {}},
        {"code": "x"},
        {"code": {"coding": "x"}},
        {"authoredOn": 20261122},
        {"extension": "x"},
        {"reasonCode": [[]]},
        {"subject": None},
    ],
)
@pytest.mark.parametrize("is_alone", [True, False])
async def test_what_is_no_order_is_refused_with_its_place_and_nothing_is_looked_at(
    world, li, other, broken, is_alone
):
    client, institution = other
    await allow(world, li, institution)
    sent = {**examination(world, li), **broken}
    if is_alone:
        answer = await file(client, sent)
    else:
        answer = await client.post(
            "/fhir", content=orjson.dumps(transaction_of(sent)), headers=FHIR
        )
    assert answer.status_code == 422, answer.text
    issue = answer.json()["issue"][0]
    assert issue["details"]["coding"][0]["code"] == "resource-invalid"
    assert issue["expression"][0].startswith("" if is_alone else "Bundle.entry[0].resource.")
