"""A system proposes a consent, and its resident alone answers; a refusal looks like silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import systems
import visits
from openhealthcode import access, consent, identity, record, registry
from openhealthcode.consent import Answer, Manner
from openhealthcode.database import transaction
from openhealthcode.standards import Phone, RecordCategory
from openhealthcode.standards.ids import RequestId
from signing_in import Phones

PHONE = Phone.parse("13912345678")
LABORATORY = frozenset({RecordCategory.LABORATORY})


@pytest.fixture
async def clinic(world):
    """An institution that filed nothing."""
    return await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|clinic", registry.InstitutionKind.CLINIC, "北门诊所"),
    )


@pytest.fixture
def phones():
    return Phones()


@pytest.fixture
async def caller(world, clinic, phones):
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system, phones=phones) as calling:
        yield calling


@pytest.fixture
async def li(world):
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, PHONE)
    return resident


def proposed(who: str, *categories: str, actions=("access", "collect"), **provision):
    classes = [{"system": access.CATEGORY_SYSTEM, "code": one} for one in categories]
    action_system = "http://terminology.hl7.org/CodeSystem/consentaction"
    scope_system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "status": "proposed",
        "scope": {"coding": [{"system": scope_system, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{who}"},
        "policyRule": {"text": "opt-in"},
        "provision": {
            "class": classes,
            "action": [{"coding": [{"system": action_system, "code": one}]} for one in actions],
            **provision,
        },
    }


async def patient(world, resident):
    own = await access.own_record(world.pool, world.keys, resident)
    entry = next(one.entry_id for one in own.entries if one.type == "Patient")
    return world.keys.seal_id(resident, entry)


async def waiting(world, li):
    (one,) = await consent.requests_waiting(world.pool, world.keys, li)
    return one


async def allow(world, li, request_id):
    preview = await access.preview(world.pool, world.keys, li, request_id)
    await consent.allow(
        world.pool, world.keys, li, request_id, categories=LABORATORY,
        previewed_number=preview.number, notice=visits.TOLD,
    )  # fmt: skip
    return preview


async def test_it_waits_on_the_phone_and_opens_what_was_previewed(world, li, caller, phones):
    sent = proposed(await patient(world, li), "laboratory", "conditions")
    answer = await caller.post("/fhir/Consent", json=sent)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    record.check(told)
    assert told["status"] == "proposed"
    assert answer.headers["location"].endswith(f"/fhir/Consent/{told['id']}")
    (message,) = phones.arrived
    assert message.phone == PHONE
    assert not any(word in message.text for word in ("诊所", "检验", "李"))
    asked = await waiting(world, li)
    assert (asked.practitioner_id, asked.presentation_id) == (None, None)
    assert asked.ask.manner is Manner.KEEP
    assert asked.ask.categories == LABORATORY | {RecordCategory.CONDITIONS}
    preview = await allow(world, li, asked.request_id)
    previewed = {one.entry_id for one in preview.entries if one.category in LABORATORY}
    assert previewed
    now = (await caller.get(f"/fhir/Consent/{told['id']}")).json()
    assert (now["status"], now["id"]) == ("active", told["id"])
    assert "class" not in now["provision"]
    found = await caller.get(
        "/fhir/Observation", params={"patient": await patient(world, li), "_count": 50}
    )
    seen = {world.keys.open_id(entry["resource"]["id"])[1] for entry in found.json()["entry"]}
    assert seen == previewed
    (given,) = await consent.consents(world.pool, world.keys, li)
    assert (given.manner, given.practitioner_id) == (Manner.KEEP, None)
    await consent.withdraw(world.pool, world.keys, li, given.consent_id)
    assert (await caller.get(f"/fhir/Consent/{told['id']}")).json()["status"] == "inactive"


async def test_a_refusal_and_silence_look_the_same(world, li, caller, owner_url):
    """Until the time is over as proposed, from then on as rejected; no word differs."""
    other = await world.resident(serial=4)
    told = []
    for resident in (li, other):
        sent = proposed(await patient(world, resident), "laboratory")
        told.append((await caller.post("/fhir/Consent", json=sent)).json())
    asked = await waiting(world, li)
    await consent.refuse(world.pool, world.keys, li, asked.request_id)
    same = ("id", "patient", "dateTime", "provision")
    owner = await asyncpg.connect(owner_url)
    for status in ("proposed", "rejected"):
        now = [(await caller.get(f"/fhir/Consent/{one['id']}")).json() for one in told]
        assert [one["status"] for one in now] == [status, status]
        refused, silent = ({k: v for k, v in one.items() if k not in same} for one in now)
        assert refused == silent
        await owner.execute(
            "UPDATE consent.request SET asked_at = asked_at - interval '4 days',"
            " expires_at = expires_at - interval '4 days'"
        )
    stored = await consent.request(world.pool, world.keys, li, asked.request_id)
    assert stored.answer is Answer.REFUSED
    assert await consent.requests_waiting(world.pool, world.keys, other) == []
    await owner.close()


async def test_nobody_else_learns_of_it_and_no_desk_answers_it(world, li, caller, client):
    sent = proposed(await patient(world, li), "laboratory")
    told = (await caller.post("/fhir/Consent", json=sent)).json()
    assert (await client.get(f"/fhir/Consent/{told['id']}")).status_code == 404
    given = await caller.put(f"/fhir/Consent/{told['id']}", json=told | {"status": "active"})
    assert given.status_code == 403
    lines = await access.own_log(world.pool, world.keys, li)
    line = next(one for one in lines if one.action == "consent.ask")
    assert line.agent_kind == "system"
    assert line.detail["manner"] == "keep"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"class": []}, 422),
        ({"class": [{"system": access.CATEGORY_SYSTEM, "code": "horoscope"}]}, 400),
        ({"period": {"end": "2020-01-01T00:00:00Z"}}, 400),
        ({"period": {"end": "2099-01-01T00:00:00Z"}}, 400),
        ({"period": {"end": "2099-01-01"}}, 400),
        ({"action": [{"coding": [{"code": "disclose"}]}]}, 400),
    ],
)
async def test_what_is_not_offered_is_refused_and_asks_nobody(world, li, caller, change, status):
    sent = proposed(await patient(world, li), "laboratory", **change)
    answer = await caller.post("/fhir/Consent", json=sent)
    assert answer.status_code == status, answer.text
    assert await consent.requests_waiting(world.pool, world.keys, li) == []


async def test_for_some_hours_only_to_look_or_for_nobody(world, li, caller):
    end = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    sent = proposed(
        await patient(world, li), "laboratory", actions=("access",), period={"end": end}
    )
    assert (await caller.post("/fhir/Consent", json=sent)).status_code == 201
    asked = await waiting(world, li)
    assert asked.ask.manner is Manner.VIEW
    assert 7_100 < asked.ask.lifetime_seconds <= 7_200
    for who in ("nobody", world.keys.seal_id(uuid4(), RequestId(uuid4()))):
        assert (
            await caller.post("/fhir/Consent", json=proposed(who, "laboratory"))
        ).status_code == 404


async def test_a_resident_is_asked_twice_a_day_at_the_most(world, li, caller):
    sent = proposed(await patient(world, li), "laboratory")
    codes = [(await caller.post("/fhir/Consent", json=sent)).status_code for _ in range(3)]
    assert codes == [201, 201, 429]


async def test_a_form_of_consent_is_filed_as_before(world, li, caller):
    """One that is not proposed, or not about privacy, is a document of the institution's record."""
    form = proposed(await patient(world, li), "laboratory") | {"status": "active"}
    form["scope"] = {"coding": [{"code": "treatment"}]}
    assert (await caller.post("/fhir/Consent", json=form)).status_code == 201
    assert await consent.requests_waiting(world.pool, world.keys, li) == []
