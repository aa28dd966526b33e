"""Privacy consents over FHIR: an institution reads its own, learns of no refusal, gives one back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

import systems
import visits
from openhealthcode import access, consent, record, registry
from openhealthcode.consent import ConsentKind, Manner, Refusal, Terms
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, EntryId, InstitutionId, ResidentId
from visits import World

PRIVACY = "patient-privacy"
LABORATORY = frozenset({RecordCategory.LABORATORY})


async def give(
    world: World, resident: ResidentId, institution: InstitutionId | None = None, **more: Any
) -> ConsentId:
    base: dict[str, Any] = {
        "kind": ConsentKind.STANDING,
        "categories": LABORATORY,
        "manner": Manner.KEEP,
        "days": 30,
    }
    terms = Terms(institution_id=institution or world.hospital, **(base | more))
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def elsewhere(world: World) -> InstitutionId:
    return await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|clinic", registry.InstitutionKind.CLINIC, "诊所"),
    )


async def patient(world: World, resident: ResidentId) -> str:
    own = await access.own_record(world.pool, world.keys, resident)
    entry = next(one.entry_id for one in own.entries if one.type == "Patient")
    return world.keys.seal_id(resident, entry)


def named(world: World, resident: ResidentId, consent_id: ConsentId) -> str:
    return world.keys.seal_id(resident, EntryId(consent_id))


async def found(client: httpx.AsyncClient, who: str, **more: str) -> list[dict[str, Any]]:
    asked = {"patient": who, "scope": PRIVACY} | more
    answer = await client.get("/fhir/Consent", params=asked)
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["total"] == len(bundle.get("entry", []))
    return [entry["resource"] for entry in bundle.get("entry", [])]


@pytest.fixture
async def giving_back(world, hospital_system):
    async with systems.calling(world, hospital_system, scope="system/*.cruds") as calling:
        yield calling


async def test_an_institution_reads_what_it_was_allowed(world, client):
    resident = await world.resident()
    consent_id = await give(world, resident, department="心内科", uses=3)
    who = await patient(world, resident)
    (one,) = await found(client, who)
    record.check(one)
    assert one["status"] == "active"
    assert one["patient"] == {"reference": f"Patient/{who}"}
    provision = one["provision"]
    assert provision["type"] == "permit"
    assert [actor["reference"] for actor in provision["actor"]] == [
        {"reference": f"Organization/{world.hospital}"},
        {"display": "心内科"},
    ]
    assert [coding["code"] for coding in provision["purpose"]] == ["TREAT"]
    actions = [action["coding"][0]["code"] for action in provision["action"]]
    assert actions == ["access", "collect"]
    assert {e["url"]: e["valueInteger"] for e in one["extension"]} == {
        "urn:openhealthcode:consent-uses": 3,
        "urn:openhealthcode:consent-used": 0,
    }
    alone = await client.get(f"/fhir/Consent/{named(world, resident, consent_id)}")
    assert alone.json() == one


async def test_it_does_not_learn_which_categories_or_what_is_refused(world, client):
    narrow, wide = await world.resident(), await world.resident(serial=4)
    await give(world, narrow)
    await consent.restrict(
        world.pool, world.keys, narrow, Refusal(categories=frozenset({RecordCategory.CLAIMS}))
    )
    first = await give(world, wide, categories=visits.EVERYTHING)
    kinds = frozenset({SensitiveCategory.MENTAL_HEALTH})
    (one,) = await found(client, await patient(world, narrow))
    (other,) = await found(client, await patient(world, wide))
    assert not {"class", "securityLabel", "data", "code"} & one["provision"].keys()
    same = {"id", "patient", "dateTime"}
    for each in (one, other):
        each["provision"].pop("period")
    assert {k: v for k, v in one.items() if k not in same} == {
        k: v for k, v in other.items() if k not in same
    }
    await give(world, wide, categories=visits.EVERYTHING, sensitive=kinds, added_to=first)
    assert "mental" not in str(await found(client, await patient(world, wide)))


async def test_anothers_consents_and_refusals_are_not_there(world, client, giving_back):
    resident = await world.resident()
    theirs = await give(world, resident, await elsewhere(world))
    refusal = await consent.restrict(
        world.pool, world.keys, resident, Refusal(categories=LABORATORY)
    )
    assert await found(client, await patient(world, resident)) == []
    absent = await client.get(f"/fhir/Consent/{named(world, resident, ConsentId(uuid4()))}")
    assert absent.status_code == 404
    for each in (theirs, refusal):
        answer = await client.get(f"/fhir/Consent/{named(world, resident, each)}")
        assert (answer.status_code, answer.content) == (404, absent.content)
        body = {"resourceType": "Consent", "id": named(world, resident, each), "status": "inactive"}
        answer = await giving_back.put(f"/fhir/Consent/{body['id']}", json=body)
        assert answer.status_code == 404
    assert len(await consent.restrictions(world.pool, world.keys, resident)) == 1


async def test_reading_is_in_the_residents_log(world, client):
    resident = await world.resident()
    consent_id = await give(world, resident)
    await found(client, await patient(world, resident))
    lines = await access.own_log(world.pool, world.keys, resident)
    line = next(one for one in lines if one.action == "consent.read")
    assert line.detail["consents"] == [consent_id.bytes]
    assert (line.agent_kind, line.institution_id) == ("system", world.hospital)


async def test_a_withdrawn_consent_is_told_as_inactive(world, client):
    resident = await world.resident()
    consent_id = await give(world, resident)
    await consent.withdraw(world.pool, world.keys, resident, consent_id)
    who = await patient(world, resident)
    (one,) = await found(client, who, status="inactive")
    assert one["status"] == "inactive"
    assert await found(client, who, status="active") == []


async def test_an_institution_gives_a_consent_back_and_sees_nothing_more(world, giving_back):
    resident = await world.resident()
    consent_id = await give(world, resident, categories=visits.EVERYTHING)
    assert (await world.look(resident)).is_permitted
    body = (await giving_back.get(f"/fhir/Consent/{named(world, resident, consent_id)}")).json()
    answer = await giving_back.put(
        f"/fhir/Consent/{body['id']}", json=body | {"status": "inactive"}
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "inactive")
    assert not (await world.look(resident)).is_permitted
    lines = await access.own_log(world.pool, world.keys, resident)
    withdrawn = next(one for one in lines if one.action == "consent.withdraw")
    assert withdrawn.agent_kind == "system"
    again = await giving_back.put(f"/fhir/Consent/{body['id']}", json=body | {"status": "inactive"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"status": "active"},
        {"status": "inactive", "id": "another"},
        {"status": "inactive", "resourceType": "Patient"},
    ],
)
async def test_nothing_else_can_be_said_of_a_consent(world, giving_back, changed):
    resident = await world.resident()
    consent_id = await give(world, resident)
    fhir_id = named(world, resident, consent_id)
    body = {"resourceType": "Consent", "id": fhir_id, "status": "active"} | changed
    answer = await giving_back.put(f"/fhir/Consent/{fhir_id}", json=body)
    assert answer.status_code == 422
    assert (await world.look(resident)).is_permitted


async def test_a_consent_given_by_a_system_opens_nothing(world, client):
    """What is filed as a Consent is a document of the record, and no permission."""
    resident = await world.resident()
    who = await patient(world, resident)
    form = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": PRIVACY}]},
        "category": [{"text": "同意书"}],
        "patient": {"reference": f"Patient/{who}"},
        "dateTime": "2026-01-05",
        "provision": {"type": "permit"},
    }
    answer = await client.post("/fhir/Consent", json=form)
    assert answer.status_code in {201, 422}, answer.text
    assert not (await world.look(resident)).is_permitted
    assert await found(client, who) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"scope": PRIVACY},
        {"scope": "research", "patient": "x"},
        {"scope": PRIVACY, "patient": "x", "status": "draft"},
        {"scope": PRIVACY, "patient": "x", "actor": "y"},
    ],
)
async def test_a_search_that_is_not_understood_is_refused(client, asked):
    assert (await client.get("/fhir/Consent", params=asked)).status_code == 400


async def test_nobodys_consents_are_none(client):
    assert await found(client, "A" * 64) == []


async def test_the_resident_takes_all_of_it_along(world):
    resident = await world.resident()
    await give(world, resident)
    await consent.restrict(
        world.pool,
        world.keys,
        resident,
        Refusal(categories=LABORATORY, institution_id=await elsewhere(world)),
    )
    bundle = await access.own_consents(world.pool, world.keys, resident)
    for entry in bundle["entry"]:
        record.check(entry["resource"])
    permit, deny = [entry["resource"]["provision"] for entry in bundle["entry"]]
    assert (permit["type"], deny["type"]) == ("permit", "deny")
    assert (
        permit["class"]
        == deny["class"]
        == [{"system": "urn:openhealthcode:record-category", "code": "laboratory"}]
    )
    assert {p["code"] for p in deny["purpose"]} == {"TREAT", "ETREAT", "HPAYMT", "PUBHLTH"}
