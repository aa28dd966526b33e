"""Several processes write what one would have written."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from many_people import OPERATOR, number_of, opened, person, rows
from openhealthcode import registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.collection.bulk import ProcessDesk, ProcessLost, RowOutcome, register_rows
from openhealthcode.collection.bulk.batches import BATCH
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.trust import Keys


@pytest.fixture
async def source(pool) -> Source:
    operator = await registry.register_institution(pool, OPERATOR)
    return Source(Agent(AgentKind.PLATFORM, UUID(int=0), operator), operator, is_register=True)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def opening(database, tmp_path: Path):
    Keys.open(tmp_path / "keys").close()
    return partial(opened, database.url, tmp_path / "keys")


async def load(opening, source, given, *, processes=2):
    async with ProcessDesk(processes, opening, source) as desk:
        return [result async for batch in register_rows(desk, given) for result in batch]


def outcomes(results):
    return [result.outcome for result in results]


async def test_two_processes_register_each_once_and_tell_it_in_order(opening, source, owner):
    """Among them a person twice, a child of somebody under way, one nobody can be, a contradiction."""
    people = list(map(person, range(5 * BATCH)))
    one = people[7]
    passport = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "CHN")
    people[BATCH + 3] = replace(one, certificates=(*one.certificates, passport))
    people[2 * BATCH] = replace(people[2 * BATCH], mother=people[2 * BATCH - 1].certificates[0])
    people[3 * BATCH] = replace(people[3 * BATCH], birth_date=one.birth_date)
    people[4 * BATCH] = replace(one, name="欧阳震华")
    given = rows(*people)
    first = await load(opening, source, given)
    again = await load(opening, source, given)
    assert [result.number for result in first] == [row.number for row in given]
    assert Counter(outcomes(first)) == {
        RowOutcome.NEW: 5 * BATCH - 3,
        RowOutcome.KNOWN: 1,
        RowOutcome.REFUSED: 1,
        RowOutcome.SET_ASIDE: 1,
    }
    assert first[BATCH + 3].patient == first[7].patient
    assert {one.outcome for one in again if one.patient} == {RowOutcome.UNCHANGED}
    assert [one.patient for one in first] == [one.patient for one in again]
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 5 * BATCH - 3
    assert await owner.fetchval("SELECT count(*) FROM identity.relation") == 2


async def test_thirty_two_who_register_one_person_make_one_resident(opening, source, owner):
    """Two people sixteen times over, by two loads in two processes each, in opposite orders."""
    given = rows(*[person(1), person(2)] * 16)
    loads = await asyncio.gather(*(load(opening, source, given[::step]) for step in (1, -1)))
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2
    assert {one.outcome for results in loads for one in results} <= {
        RowOutcome.NEW,
        RowOutcome.KNOWN,
        RowOutcome.UNCHANGED,
    }
    assert len({one.patient for results in loads for one in results}) == 2
    assert Counter(o for results in loads for o in outcomes(results))[RowOutcome.NEW] == 2


async def test_who_resembles_somebody_in_another_process_is_asked_about(opening, source, owner):
    """Two numbers of one person in batches that two processes write at the same time."""
    one = person(3)
    assert one.birth_date is not None
    again = replace(one, certificates=(number_of(777, one.birth_date, one.sex),))
    between = list(map(person, range(1000, 1000 + BATCH - 1)))
    await load(opening, source, rows(one, *between, again))
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 1


_AT_WORK = """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND backend_type = 'client backend'
                 AND state <> 'idle' AND pid <> pg_backend_pid()"""
"""What a killed process had sent to the server goes on there for a moment."""


async def test_a_process_that_dies_ends_the_load_and_the_next_goes_on(opening, source, owner):
    given = rows(*map(person, range(12 * BATCH)))
    told = 0

    async def load_until_one_is_killed() -> None:
        nonlocal told
        async with ProcessDesk(2, opening, source) as desk:
            async for batch in register_rows(desk, given):
                told += len(batch)
                if told == BATCH:
                    os.kill(active_children()[0].pid or 0, signal.SIGKILL)

    with pytest.raises(ProcessLost):
        await load_until_one_is_killed()
    assert not active_children(), "none is left behind"
    async with asyncio.timeout(60):
        while await owner.fetchval(_AT_WORK):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    made = await owner.fetchval("SELECT count(*) FROM identity.resident")
    assert told <= made < len(given)
    for table in ("identity.identity_record", "identity.variant", "audit.chain", "audit.event"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == made
    again = await load(opening, source, given)
    assert Counter(outcomes(again)) == {
        RowOutcome.UNCHANGED: made,
        RowOutcome.NEW: len(given) - made,
    }


async def test_whoever_stops_leaves_no_process_behind(opening, source):
    async with ProcessDesk(2, opening, source) as desk:
        batches = register_rows(desk, rows(*map(person, range(6 * BATCH))))
        async for _ in batches:
            break
        await batches.aclose()
    assert not active_children()


async def test_rows_as_long_as_may_be_arrive_whole(opening, source, owner):
    """More than a pipe holds at once: what has arrived of a message is not taken for all of it."""
    people = [replace(person(serial), address="演" * 512) for serial in range(2 * BATCH)]
    results = await load(opening, source, rows(*people))
    assert Counter(outcomes(results)) == {RowOutcome.NEW: 2 * BATCH}
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2 * BATCH
