"""A delivery with a mistyped ID number waits whole until a registrar has the card in hand."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, audit, collection, registry
from openhealthcode.access import waiting as waiting_rules
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import DeliverySetAside, Done, Source
from openhealthcode.collection import waiting as queue
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import find
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    NationalId,
    NotANationalId,
    NotFound,
)
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import Keys
from visits import World, bundle, glucose, patient

RIGHT = visits.national_id(2)
WRONG = RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1")


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
def clerk(world: World) -> Agent:
    return Agent(AgentKind.PRACTITIONER, world.wang, world.hospital)


def mistyped() -> dict:
    sent = bundle(patient(2), glucose("2026-02-01"), glucose("2026-02-02"))
    sent["entry"][0]["resource"]["identifier"][0]["value"] = WRONG
    return sent


async def deliver(world: World, sent: dict) -> None:
    with pytest.raises(DeliverySetAside) as told:
        await collection.file_bundle(
            world.pool, world.keys, bundle=copy.deepcopy(sent), source=world.source
        )
    assert WRONG not in str(told.value)


async def in_the_table(owner_url: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch("SELECT * FROM collection.waiting")
    await connection.close()
    return rows


async def holder(world: World, number: str):
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, number)
    return await find(world.pool, world.keys, certificate)


async def test_it_waits_once_and_nothing_of_it_is_lost(world, clerk):
    await deliver(world, mistyped())
    await deliver(world, mistyped())
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    assert one.institution_id == world.hospital
    filed = await access.file_waiting(
        world.pool, world.keys, one.waiting_id, NationalId.parse(RIGHT), clerk
    )
    assert [entry.done for entry in filed.entries] == [Done.CREATED] * 3
    assert filed.resident_id == await holder(world, RIGHT)
    own = await access.own_record(world.pool, world.keys, filed.resident_id)
    assert {entry.institution_id for entry in own.entries} == {world.hospital}
    values = [orjson.loads(e.body) for e in own.entries if e.type == "Observation"]
    assert len(values) == 2
    assert await access.waiting_deliveries(world.pool, clerk) == []
    right = bundle(patient(2), glucose("2026-02-01"), glucose("2026-02-02"))
    again = await collection.file_bundle(world.pool, world.keys, bundle=right, source=world.source)
    assert {entry.done for entry in again.entries} == {Done.UNCHANGED}


async def test_a_person_sent_alone_waits_too(world, clerk):
    sent = mistyped()["entry"][0]["resource"]
    for _ in range(2):
        with pytest.raises(DeliverySetAside):
            await collection.file_resource(
                world.pool, world.keys, resource=copy.deepcopy(sent), source=world.source
            )
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    filed = await access.file_waiting(
        world.pool, world.keys, one.waiting_id, NationalId.parse(RIGHT), clerk
    )
    assert [entry.type for entry in filed.entries] == ["Patient"]


async def test_a_registrar_reads_who_is_named_and_the_region_logs_it(world, clerk):
    await deliver(world, mistyped())
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    read = await access.examine_waiting(world.pool, world.keys, one.waiting_id, clerk)
    assert (read.name, read.birth_date, read.sex) == ("李试", "1959-04-18", patient(2)["gender"])
    assert (read.numbers, dict(read.holds)) == ((WRONG,), {"Observation": 2})
    assert "李试" not in repr(read)
    assert WRONG not in repr(read)
    async with transaction(world.pool, resident=audit.REGION) as connection:
        query = "SELECT action FROM audit.event WHERE resident_id = $1 ORDER BY number DESC"
        assert await connection.fetchval(query, audit.REGION) == audit.Action.DELIVERY_EXAMINE


async def test_dismissed_it_is_gone_with_its_keys(world, clerk, owner_url):
    await deliver(world, mistyped())
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    (before,) = await in_the_table(owner_url)
    for marked in ("李试", WRONG, "血糖"):
        assert marked.encode() not in before["sealed"]
    await access.dismiss_waiting(world.pool, world.keys, one.waiting_id, clerk)
    (after,) = await in_the_table(owner_url)
    assert (after["sealed"], after["answer"], after["answered_by"]) == (
        None,
        "dismissed",
        world.wang,
    )
    for answer in (
        access.examine_waiting(world.pool, world.keys, one.waiting_id, clerk),
        access.dismiss_waiting(world.pool, world.keys, one.waiting_id, clerk),
        access.file_waiting(world.pool, world.keys, one.waiting_id, NationalId.parse(RIGHT), clerk),
    ):
        with pytest.raises(NotFound):
            await answer
    await deliver(world, mistyped())
    assert len(await access.waiting_deliveries(world.pool, clerk)) == 1


async def test_it_is_its_own_institutions_until_it_was_left_lying(world, clerk, monkeypatch):
    elsewhere = InstitutionId(
        await registry.register_institution(
            world.pool,
            registry.InstitutionEntry(
                "test|elsewhere", registry.InstitutionKind.SECONDARY_HOSPITAL, "苍岭区人民医院"
            ),
        )
    )
    other = replace(clerk, institution_id=elsewhere)
    await deliver(world, mistyped())
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    assert await access.waiting_deliveries(world.pool, other) == []
    assert await access.waiting_deliveries(world.pool, replace(clerk, institution_id=None)) == []
    with pytest.raises(NotFound):
        await access.examine_waiting(world.pool, world.keys, one.waiting_id, other)
    monkeypatch.setattr(waiting_rules, "EVERYBODYS_AFTER", timedelta())
    assert await access.waiting_deliveries(world.pool, other) == [one]
    read = await access.examine_waiting(world.pool, world.keys, one.waiting_id, other)
    assert read.name == "李试"


async def test_what_contradicts_the_index_goes_on_waiting(world, clerk):
    await collection.file_bundle(
        world.pool, world.keys, bundle=bundle(patient(2, "王另")), source=world.source
    )
    await deliver(world, mistyped())
    (one,) = await access.waiting_deliveries(world.pool, clerk)
    with pytest.raises(collection.NeedsReview):
        await access.file_waiting(
            world.pool, world.keys, one.waiting_id, NationalId.parse(RIGHT), clerk
        )
    assert await access.waiting_deliveries(world.pool, clerk) == [one]


async def test_an_operators_load_and_a_full_queue_are_told_the_number_is_wrong(
    world, clerk, monkeypatch
):
    source = Source(world.source.agent, world.hospital, is_register=True)
    with pytest.raises(NotANationalId):
        await collection.file_bundle(world.pool, world.keys, bundle=mistyped(), source=source)
    monkeypatch.setattr(queue, "MOST_WAITING", 0)
    with pytest.raises(NotANationalId):
        await collection.file_bundle(world.pool, world.keys, bundle=mistyped(), source=world.source)
    with pytest.raises(NotANationalId):
        await collection.file_resource(
            world.pool,
            world.keys,
            resource=mistyped()["entry"][0]["resource"],
            source=world.source,
        )
    assert await access.waiting_deliveries(world.pool, clerk) == []
