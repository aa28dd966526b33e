"""Events are numbered without gaps, linked, and written with what they record or not at all."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from openhealthcode import audit
from openhealthcode.database import transaction
from openhealthcode.standards import Conflict, NotFound, PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency.leaf import EMPTY_CHAIN


def event() -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, ResidentId.__supertype__(int=1)),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )


async def test_events_are_numbered_from_one_and_linked(region, keys):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    rows = await region.meddle("SELECT number, commitment, link FROM audit.event ORDER BY number")
    (chain,) = await region.meddle("SELECT next_number, head FROM audit.chain")
    assert [row["number"] for row in rows] == [1, 2, 3]
    link = EMPTY_CHAIN
    for row in rows:
        link = keys.chain_link(link, row["commitment"])
        assert row["link"] == link
    assert tuple(chain) == (4, link)


async def test_simultaneous_events_take_turns(region, pool, keys):
    resident_id = await region.register()

    async def log() -> int:
        async with transaction(pool, resident=resident_id) as connection:
            appended = await audit.append(connection, keys, resident_id, event())
        return appended.number

    numbers = await asyncio.gather(*(log() for _ in range(40)))
    assert sorted(numbers) == list(range(1, 41))


async def test_an_event_goes_with_its_transaction(region, pool, keys):
    resident_id = await region.register()

    async def log_and_fail() -> None:
        async with transaction(pool, resident=resident_id) as connection:
            await audit.append(connection, keys, resident_id, event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await log_and_fail()
    async with transaction(pool, resident=resident_id) as connection:
        state, _ = await audit.chain(connection, resident_id)
    assert state == audit.ChainState(1, EMPTY_CHAIN, 0)


async def test_a_moved_chain_takes_no_event(region, pool, keys):
    resident_id = await region.register()
    async with transaction(pool, resident=resident_id) as connection:
        state, at = await audit.chain(connection, resident_id)
        sealed = audit.next_link(keys, keys.of(resident_id), resident_id, state, event(), at)
        writing = audit.Writing(sealed, state.consent_version)
        assert await audit.write(connection, [writing]) == [True]
        assert await audit.write(connection, [writing]) == [False]
    assert len(await region.meddle("SELECT number FROM audit.event")) == 1
    assert len(await region.meddle("SELECT number FROM audit.pending")) == 1


async def test_a_change_of_consent_outdates_what_was_read_before(region, pool, keys):
    resident_id = await region.register()
    async with transaction(pool, resident=resident_id) as connection:
        before, at = await audit.chain(connection, resident_id)
        await audit.append(connection, keys, resident_id, event(), changes_consent=True)
        after, _ = await audit.chain(connection, resident_id)
        assert after.consent_version == before.consent_version + 1
        stale = audit.ChainState(after.next_number, after.head, before.consent_version)
        sealed = audit.next_link(keys, keys.of(resident_id), resident_id, stale, event(), at)
        stale_writing = audit.Writing(sealed, stale.consent_version)
        assert await audit.write(connection, [stale_writing]) == [False]


async def test_a_chain_that_moves_although_it_is_held_is_a_conflict(
    region, pool, keys, monkeypatch
):
    resident_id = await region.register()

    async def beaten(connection, resident_id):
        state_and_time = await audit.chain(connection, resident_id)
        await region.meddle("UPDATE audit.chain SET next_number = next_number + 1")
        return state_and_time

    monkeypatch.setattr("openhealthcode.audit.store.hold", beaten)
    with pytest.raises(Conflict):
        async with transaction(pool, resident=resident_id) as connection:
            await audit.append(connection, keys, resident_id, event())


async def test_nobody_logs_for_another_resident(region, pool, keys):
    resident_id, other = await region.register(), await region.register()
    with pytest.raises(NotFound):
        async with transaction(pool, resident=other) as connection:
            await audit.append(connection, keys, resident_id, event())


async def test_a_sealed_event_of_another_resident_cannot_be_written(region, pool, keys):
    resident_id, other = await region.register(), await region.register()
    async with transaction(pool, resident=resident_id) as connection:
        state, at = await audit.chain(connection, resident_id)
    sealed = audit.next_link(keys, keys.of(resident_id), resident_id, state, event(), at)
    with pytest.raises(asyncpg.RaiseError, match="another resident"):
        async with transaction(pool, resident=other) as connection:
            await audit.write(connection, [audit.Writing(sealed, state.consent_version)])
    async with transaction(pool, resident=resident_id) as connection:
        assert (await audit.chain(connection, resident_id))[0] == state


async def test_of_several_events_each_is_written_for_itself(region, pool, keys):
    """One moved, one held by somebody, one stranger's: the others are written all the same."""
    residents = [await region.register() for _ in range(5)]
    await region.log(residents[4])
    writings = []
    for resident_id in residents:
        async with transaction(pool, resident=resident_id) as connection:
            state, at = await audit.chain(connection, resident_id)
        sealed = audit.next_link(keys, keys.of(resident_id), resident_id, state, event(), at)
        writings.append(audit.Writing(sealed, state.consent_version))
    await region.log(residents[1])
    async with transaction(pool, resident=residents[3]) as held:
        await audit.hold(held, residents[3])
        connection = await pool.acquire()
        async with asyncio.timeout(60):  # nobody waits for a stranger's chain
            written = await audit.write(connection, writings)
        assert await connection.fetchval("SELECT current_setting('ohc.resident_id', true)") == ""
        pool.release(connection)
    assert written == [True, False, True, False, True]
    rows = await region.meddle("SELECT resident_id, count(*) FROM audit.event GROUP BY 1")
    assert {row["resident_id"]: row["count"] for row in rows} == {
        residents[0]: 1,
        residents[1]: 1,
        residents[2]: 1,
        residents[4]: 2,
    }


async def test_a_transaction_of_one_resident_writes_for_no_second_one(region, pool, keys):
    """The function turns to each resident in turn; a caller cannot lend one's turn to another."""
    one, other = await region.register(), await region.register()
    async with transaction(pool, resident=one) as connection:
        state, at = await audit.chain(connection, one)
    sealed = audit.next_link(keys, keys.of(one), one, state, event(), at)
    both = [audit.Writing(sealed, 0), audit.Writing(sealed._replace(resident_id=other), 0)]
    with pytest.raises(asyncpg.RaiseError, match="another resident"):
        async with transaction(pool, resident=one) as connection:
            await audit.write(connection, both)


async def test_opening_a_chain_twice_changes_nothing(region, pool):
    resident_id = await region.register()
    await region.log(resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.open_chain(connection, resident_id)
        state, _ = await audit.chain(connection, resident_id)
    assert state.next_number == 2


@pytest.mark.parametrize("context", ["resident", "sequencing", "verification"])
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
        "ALTER TABLE audit.event DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_the_service_itself_cannot_rewrite_the_log(region, pool, statement, context):
    resident_id = await region.register()
    options = {"resident": resident_id} if context == "resident" else {"task": context}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(pool, **options) as connection:
            await connection.execute(statement)


async def test_a_resident_s_transaction_cannot_empty_the_queue(region, pool):
    resident_id = await region.register()
    await region.log(resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        await connection.execute("DELETE FROM audit.pending")
    assert len(await region.meddle("SELECT number FROM audit.pending")) == 1


async def test_without_a_context_nothing_is_seen(region, pool):
    resident_id, other = await region.register(), await region.register()
    await region.log(resident_id)
    await region.sequencer.sequence()
    await region.log(resident_id)
    for options in ({}, {"resident": other}):
        async with transaction(pool, **options) as connection:
            for table in ("event", "pending", "leaf"):
                assert await connection.fetchval(f"SELECT count(*) FROM audit.{table}") == 0
    async with transaction(pool) as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit.chain") == 0


async def test_every_table_hides_its_rows_even_from_their_owner(region):
    unguarded = await region.meddle(
        "SELECT relname FROM pg_class WHERE relnamespace = 'audit'::regnamespace"
        " AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    assert unguarded == []
