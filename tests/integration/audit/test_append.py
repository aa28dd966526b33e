"""Events are numbered without gaps, linked, and written with what they record or not at all."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import audit
from openhealthcode.audit.rules import EMPTY_CHAIN
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys


def event(**detail: object) -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_DISCLOSE,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), InstitutionId(uuid4())),
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        detail=detail,
    )


async def registered(pool: Pool, keys: Keys) -> ResidentId:
    resident_id = ResidentId(uuid4())
    keys.of(resident_id, create=True)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.open_chain(connection, resident_id)
    return resident_id


async def test_events_are_numbered_from_one_and_linked(pool, keys, database):
    resident_id = await registered(pool, keys)
    for _ in range(3):
        async with transaction(pool, resident=resident_id) as connection:
            await audit.append(connection, keys, resident_id, event())
    owner = await asyncpg.connect(database.owner_url)
    rows = await owner.fetch("SELECT number, commitment, link FROM audit.event ORDER BY number")
    head = await owner.fetchval("SELECT head FROM audit.chain")
    await owner.close()
    assert [row["number"] for row in rows] == [1, 2, 3]
    link = EMPTY_CHAIN
    for row in rows:
        link = keys.chain_link(link, row["commitment"])
        assert row["link"] == link
    assert head == link


async def test_simultaneous_events_take_turns(pool, keys):
    resident_id = await registered(pool, keys)

    async def log() -> int:
        while True:
            try:
                async with transaction(pool, resident=resident_id) as connection:
                    appended = await audit.append(connection, keys, resident_id, event())
                return appended.number
            except audit.ChainMoved:
                continue

    numbers = await asyncio.gather(*(log() for _ in range(40)))
    assert sorted(numbers) == list(range(1, 41))


async def test_an_event_goes_with_its_transaction(pool, keys):
    resident_id = await registered(pool, keys)

    async def log_and_fail() -> None:
        async with transaction(pool, resident=resident_id) as connection:
            await audit.append(connection, keys, resident_id, event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await log_and_fail()
    async with transaction(pool, resident=resident_id) as connection:
        state, _ = await audit.chain(connection, resident_id)
    assert state == audit.ChainState(1, EMPTY_CHAIN, 0)


async def test_a_moved_chain_takes_no_event(pool, keys):
    resident_id = await registered(pool, keys)
    async with transaction(pool, resident=resident_id) as connection:
        state, at = await audit.chain(connection, resident_id)
        sealed = audit.next_link(keys, keys.of(resident_id), resident_id, state, event(), at)
        assert await audit.write(connection, state, sealed)
        assert not await audit.write(connection, state, sealed)


async def test_a_change_of_consent_outdates_what_was_read_before(pool, keys):
    resident_id = await registered(pool, keys)
    async with transaction(pool, resident=resident_id) as connection:
        before, at = await audit.chain(connection, resident_id)
        await audit.append(connection, keys, resident_id, event(), changes_consent=True)
        after, _ = await audit.chain(connection, resident_id)
        assert after.consent_version == before.consent_version + 1
        stale = audit.ChainState(after.next_number, after.head, before.consent_version)
        sealed = audit.next_link(keys, keys.of(resident_id), resident_id, stale, event(), at)
        assert not await audit.write(connection, stale, sealed)


async def test_nobody_logs_for_another_resident(pool, keys):
    resident_id, other = await registered(pool, keys), await registered(pool, keys)
    with pytest.raises(audit.UnknownChain):
        async with transaction(pool, resident=other) as connection:
            await audit.append(connection, keys, resident_id, event())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.event SET action = 'record.preview'",
        "DELETE FROM audit.event",
        "TRUNCATE audit.event",
        "UPDATE audit.leaf SET leaf_index = 0",
        "DELETE FROM audit.leaf",
        "DELETE FROM audit.chain",
        "UPDATE audit.pending SET number = 1",
    ],
)
async def test_the_service_itself_cannot_rewrite_the_log(pool, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(pool, task="sequencing") as connection:
            await connection.execute(statement)


async def test_without_a_context_nothing_is_seen(pool, keys):
    resident_id = await registered(pool, keys)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event())
    async with transaction(pool) as connection:
        for table in ("chain", "event", "pending", "leaf"):
            assert await connection.fetchval(f"SELECT count(*) FROM audit.{table}") == 0
