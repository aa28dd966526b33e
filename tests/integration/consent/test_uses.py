"""Consents for a number of visits: counted by the look that begins one, in its own transaction."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

import visits
from openhealthcode import access, consent, registry
from openhealthcode.consent import Because, ConsentKind, Manner, Terms
from openhealthcode.database import Pool
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Scope, SystemAccess
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory
from openhealthcode.standards.ids import ConsentId, PractitionerId, ResidentId, SystemId
from openhealthcode.trust import Keys
from visits import World


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def chen(world: World) -> PractitionerId:
    entry = PractitionerEntry("test|chen", world.hospital, "陈静", PractitionerRole.DOCTOR)
    return await registry.register_practitioner(world.pool, entry)


async def give(world: World, resident: ResidentId, visits_allowed: int | None) -> ConsentId:
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=frozenset(RecordCategory),
        manner=Manner.KEEP,
        days=30,
        uses=visits_allowed,
    )
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def pass_hours(owner_url: str, hours: int) -> None:
    """Let the uses begun so far be older: the database's clock cannot be moved."""
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        "UPDATE consent.use SET used_at = used_at - make_interval(hours => $1)", hours
    )
    await connection.execute("UPDATE audit.chain SET consent_version = consent_version + 1")
    await connection.close()


async def test_a_visit_is_counted_once_however_often_is_looked(world, chen, owner_url):
    resident = await world.resident()
    await give(world, resident, 2)
    for _ in range(3):
        assert len((await world.look(resident)).entries) == 6
    assert len((await world.look(resident, practitioner_id=chen)).entries) == 6
    (given,) = await consent.consents(world.pool, world.keys, resident)
    assert [by for by, _ in given.uses.made] == [world.wang, chen]
    await pass_hours(owner_url, 4)
    assert not (await world.look(resident)).is_permitted
    lines = await access.own_log(world.pool, world.keys, resident)
    because = [line.detail["because"] for line in lines if line.action == "record.disclose"]
    assert because[0] == Because.USED_UP


async def test_many_who_look_at_once_begin_no_more_visits_than_were_allowed(world):
    resident = await world.resident()
    await give(world, resident, 3)
    colleagues = [
        await registry.register_practitioner(
            world.pool,
            PractitionerEntry(
                f"test|{place}", world.hospital, f"医生{place}", PractitionerRole.DOCTOR
            ),
        )
        for place in range(8)
    ]
    looks = await asyncio.gather(
        *(world.look(resident, practitioner_id=one) for one in colleagues * 2)
    )
    allowed = {one for one, seen in zip(colleagues * 2, looks, strict=True) if seen.is_permitted}
    assert len(allowed) == 3
    (given,) = await consent.consents(world.pool, world.keys, resident)
    assert {by for by, _ in given.uses.made} == allowed


async def test_a_use_belongs_to_the_event_of_its_look(world, owner_url):
    resident = await world.resident()
    consent_id = await give(world, resident, 1)
    seen = await world.look(resident)
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch("SELECT consent_id, event_number FROM consent.use")
    assert [tuple(row) for row in rows] == [(consent_id, seen.number)]
    await connection.close()


async def test_nothing_is_counted_where_nothing_limits(world, owner_url):
    resident = await world.resident()
    await give(world, resident, None)
    before = await version(owner_url)
    await world.look(resident)
    assert await version(owner_url) == before
    connection = await asyncpg.connect(owner_url)
    assert await connection.fetchval("SELECT count(*) FROM consent.use") == 0
    await connection.close()


async def version(owner_url: str) -> int:
    connection = await asyncpg.connect(owner_url)
    found = await connection.fetchval("SELECT consent_version FROM audit.chain")
    await connection.close()
    return int(found)


async def test_a_look_that_finds_nothing_uses_a_visit_too(world):
    """Else the count would tell an empty record from one whose entries are all closed."""
    resident = await world.resident(visits.condition("F32.1", "中度抑郁发作", "2018-06-01"))
    await give(world, resident, 1)
    await world.look(resident)
    (given,) = await consent.consents(world.pool, world.keys, resident)
    assert len(given.uses.made) == 1


async def test_a_system_uses_its_institutions_visits(world, owner_url):
    resident = await world.resident()
    clinic = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|clinic", registry.InstitutionKind.CLINIC, "诊所"),
    )
    (entry, *_) = (await access.own_record(world.pool, world.keys, resident)).entries
    system = SystemAccess(SystemId(clinic), clinic, frozenset({Scope("*", frozenset("rs"))}))
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=clinic,
        categories=frozenset(RecordCategory),
        manner=Manner.KEEP,
        days=30,
        uses=1,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)

    async def read() -> int:
        fhir_id = world.keys.seal_id(resident, entry.entry_id)
        found = await access.read_entry(
            world.pool, world.keys, system=system, type=entry.type, fhir_id=fhir_id
        )
        return found.version

    assert await read() == await read() == 1
    await pass_hours(owner_url, 5)
    with pytest.raises(NotFound):
        await read()


@pytest.mark.parametrize("wrong", [0, -1, 100])
async def test_no_visit_at_all_or_too_many_are_no_terms(world, wrong):
    resident = await world.resident()
    with pytest.raises(InvalidInput):
        await give(world, resident, wrong)
