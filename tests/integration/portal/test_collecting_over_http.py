"""Residents refuse what is not needed, agree to what needs a consent of its own, and care goes on."""

from __future__ import annotations

import re

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, audit, collection, identity
from openhealthcode.collection import SCENE, CollectionScene, RefusedByResident
from openhealthcode.database import Announcements, transaction
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words

PHONE = Phone.parse("13912345678")
CLAIM = {"number": visits.national_id(2), "name": "李试", "phone": PHONE.number}
BLOOD_TYPE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "882-1"}]},
    "valueString": "MARKED-AB",
}
HERE = "/collection/outpatient"


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def resident_id(world, parts):
    resident_id = await world.resident()
    async with transaction(parts.pool, resident=resident_id) as connection:
        await identity.bind_phone(connection, parts.keys, resident_id, PHONE)
    return resident_id


@pytest.fixture
async def phone(parts, resident_id):  # noqa: ARG001 - must have been registered
    async with browser(portals.application(parts)) as window:
        await window.post("/sign-in", data=CLAIM)
        await window.post("/sign-in/code", data={"code": parts.outbox.code(PHONE)})
        yield window


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def deliver(world, *resources, scene="outpatient", **person) -> collection.FiledBundle:
    sent = visits.bundle(visits.patient(**person), *resources)
    sent["meta"] = {"tag": [{"system": SCENE, "code": scene}]}
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def ticked(phone, path=HERE) -> set[str]:
    return set(fields(await phone.get(path)).get("collect", ()))


async def test_every_occasion_is_there_and_nothing_is_refused_at_first(phone):
    page = await phone.get("/collection")
    links = set(re.findall(r'href="/collection/([a-z-]+)"', page.text))
    assert links == {scene.value for scene in CollectionScene}
    rule = collection.RULES.of("outpatient")
    optional = {r.element.id for r in rule.of_demand(collection.Demand.OPTIONAL)}
    assert await ticked(phone) == optional
    told = words(await phone.get(HERE))
    assert "拒绝没有任何代价" in told
    assert "血型" in told


async def test_what_is_refused_no_longer_comes_in_and_the_rest_does(
    phone, world, parts, resident_id
):
    page = await phone.post(HERE, data={"collect": sorted(await ticked(phone) - {"allergy"})})
    assert "已保存" in words(page)
    assert "allergy" not in await ticked(phone)
    with pytest.raises(RefusedByResident):
        await deliver(world, visits.allergy("花生"))
    assert len((await deliver(world, visits.glucose("2026-02-01"))).entries) == 2
    log = await access.own_log(parts.pool, parts.keys, resident_id)
    (chosen,) = [line for line in log if line.action == audit.Action.COLLECTION_CHOOSE]
    assert chosen.detail["choices"] == {"allergy": False}
    assert "您拒绝了 1 项" in words(await phone.get("/collection"))


async def test_the_same_choice_again_is_no_new_event(phone, parts, resident_id):
    before = len(await access.own_log(parts.pool, parts.keys, resident_id))
    await phone.post(HERE, data={"collect": sorted(await ticked(phone))})
    assert len(await access.own_log(parts.pool, parts.keys, resident_id)) == before + 1


async def test_a_consent_of_its_own_needs_a_fresh_code(phone, owner, parts, world, resident_id):
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")
    wanted = sorted(await ticked(phone) | {"blood-type"})
    asked = await phone.post(HERE, data={"collect": wanted})
    assert "blood-type" not in await ticked(phone)
    sent = fields(asked) | {"code": parts.outbox.code(PHONE)}
    done = await phone.post(HERE, data=sent)
    assert "已保存" in words(done)
    assert await ticked(phone) == set(wanted)
    assert len((await deliver(world, BLOOD_TYPE)).entries) == 2
    chosen = await collection.choices_of(parts.pool, resident_id, CollectionScene.OUTPATIENT)
    assert chosen == {"blood-type": True}


async def test_taking_a_consent_back_destroys_what_it_was_collected_on(
    phone, world, parts, resident_id
):
    await phone.post(HERE, data={"collect": sorted(await ticked(phone) | {"blood-type"})})
    telephone = [{"system": "phone", "value": "13700001111"}]
    await deliver(world, BLOOD_TYPE, visits.glucose("2026-02-01"), telecom=telephone)
    await phone.post(HERE, data={"collect": sorted(await ticked(phone) - {"blood-type", "phone"})})
    done = await collection.destroy_expired(parts.pool, parts.keys)
    assert done.residents == 1
    own = await access.own_record(parts.pool, parts.keys, resident_id)
    bodies = b"".join(entry.body for entry in own.entries)
    assert b"MARKED-AB" not in bodies
    assert b"13700001111" not in bodies
    assert b"2345-7" in bodies
    assert "平台销毁了 2 项记录" in words(await phone.get("/looked"))


async def test_refusing_what_a_law_keeps_destroys_nothing(phone, world, parts, resident_id):
    await deliver(world, visits.allergy("花生"))
    await phone.post(HERE, data={"collect": sorted(await ticked(phone) - {"allergy"})})
    assert await collection.destroy_expired(parts.pool, parts.keys) == collection.Destroyed(0, 0)
    own = await access.own_record(parts.pool, parts.keys, resident_id)
    assert "花生".encode() in b"".join(entry.body for entry in own.entries)


async def test_another_occasions_consent_is_not_touched(phone, world, parts):
    await phone.post(HERE, data={"collect": sorted(await ticked(phone) | {"blood-type"})})
    await deliver(world, BLOOD_TYPE)
    inpatient = "/collection/inpatient"
    await phone.post(inpatient, data={"collect": []})
    assert await collection.destroy_expired(parts.pool, parts.keys) == collection.Destroyed(0, 0)


@pytest.mark.parametrize("forged", ["name", "marital-status", "nothing", "<b>"])
async def test_what_is_not_the_residents_to_choose_is_not_looked_at(
    phone, parts, resident_id, forged
):
    await phone.post(HERE, data={"collect": [*sorted(await ticked(phone)), forged]})
    assert not await collection.choices_of(parts.pool, resident_id, CollectionScene.OUTPATIENT)


async def test_there_is_no_page_for_an_occasion_nobody_knows(phone):
    assert (await phone.get("/collection/nowhere")).status_code == 404
    assert (await phone.post("/collection/nowhere")).status_code == 404
