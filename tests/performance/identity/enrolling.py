"""People made residents a second from a file: checked, compared with everybody, sealed, durable.

The rows are first registrations of different people; what they meet is a region that knows others.
Once by a single process, and once as ``ohc identity load`` does it: by one for each processor, and one
that reads the file and decides what goes together.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from functools import partial

import asyncpg
from measure import Figure, median
from visit.world import Region, region, run

import visits
from many_people import opened
from openhealthcode.collection.bulk import OwnDesk, ProcessDesk, Row, RowOutcome, register_rows
from openhealthcode.database import open_pool
from openhealthcode.identity import Registration
from openhealthcode.trust import Keys
from performance.identity.corpus.profiles import MODERN
from performance.identity.corpus.records import corpus
from performance.identity.engine import registration_of

SEED = 20261124
ROUNDS = 3
ROWS = 6_000
WARM_UP = 1_024
PROCESSES = os.cpu_count() or 1
_MORE = 4
"""Records drawn for each person wanted: many have several, and some no certificate."""


def measure(*, is_full: bool) -> Iterator[Figure]:
    known = 100_000 if is_full else 10_000
    everybody = people(known + 2 * ROUNDS * ROWS)
    with region(0, entries=0) as empty:
        before = run(enrol(empty, everybody[:known]))
        taken = [
            run(enrol(empty, everybody[known + round_ * ROWS :][:ROWS])) for round_ in range(ROUNDS)
        ]
        together = [
            run(_enrol_in_processes(empty, everybody[known + round_ * ROWS :][:ROWS]))
            for round_ in range(ROUNDS, 2 * ROUNDS)
        ]
        plain = run(_plain(empty))
    yield Figure(
        "enrol_durable",
        round(median([rate for rate, _ in together])),
        "1/s",
        baseline=round(plain),
        baseline_is="one row of 300 bytes inserted and committed for each, 8 at once",
        notes={
            "processes that write": PROCESSES,
            "rows": ROWS,
            "known before": known,
            "made new of each thousand": round(median([new for _, new in together]) * 1000),
        },
    )
    yield Figure(
        "enrol_durable_one_process",
        round(median([rate for rate, _, _ in taken])),
        "1/s",
        baseline=round(plain),
        baseline_is="one row of 300 bytes inserted and committed for each, 8 at once",
        cpu_us=median([cpu for _, cpu, _ in taken]),
        notes={
            "rows": ROWS,
            "known before": known,
            "made new of each thousand": round(median([new for _, _, new in taken]) * 1000),
            "while the first came": round(before[0]),
        },
    )


def people(wanted: int) -> list[Registration]:
    """The first record of each of so many people that a file could name."""
    found: dict[int, Registration] = {}
    for record in corpus(MODERN, records=wanted * _MORE, seed=SEED):
        if record.person not in found:
            registration = registration_of(record)
            if registration.certificates:
                found[record.person] = registration
    assert len(found) >= wanted
    return list(found.values())[:wanted]


async def enrol(empty: Region, people: list[Registration]) -> tuple[float, float, float]:
    """Residents a second, processor time of our process for each, and how many were new."""
    pool = await open_pool(empty.postgres.url, size=8)
    keys = Keys.open(empty.keys)
    world = await visits.world(pool, keys)
    rows = (Row(number, registration) for number, registration in enumerate(people, 1))
    wall, cpu, new = time.perf_counter(), time.process_time(), 0
    async for results in register_rows(OwnDesk(pool, keys, world.source), rows):
        new += sum(result.outcome is RowOutcome.NEW for result in results)
    elapsed, spent = time.perf_counter() - wall, time.process_time() - cpu
    await pool.close()
    keys.close()
    return len(people) / elapsed, spent / len(people) * 1e6, new / len(people)


async def _enrol_in_processes(empty: Region, people: list[Registration]) -> tuple[float, float]:
    """Residents a second, from the first row on, and how many were new; the processes are there."""
    pool = await open_pool(empty.postgres.url, size=2)
    keys = Keys.open(empty.keys)
    world = await visits.world(pool, keys)
    rows = [Row(number, registration) for number, registration in enumerate(people, 1)]
    opening, new = partial(opened, empty.postgres.url, empty.keys), 0
    async with ProcessDesk(PROCESSES, opening, world.source) as desk:
        async for _ in register_rows(desk, rows[:WARM_UP]):
            pass
        started = time.perf_counter()
        async for results in register_rows(desk, rows[WARM_UP:]):
            new += sum(result.outcome is RowOutcome.NEW for result in results)
        elapsed = time.perf_counter() - started
    await pool.close()
    keys.close()
    return (len(rows) - WARM_UP) / elapsed, new / (len(rows) - WARM_UP)


async def _plain(empty: Region) -> float:
    owner = await asyncpg.connect(empty.postgres.owner_url)
    await owner.execute("CREATE TABLE ohc.plain (id uuid DEFAULT gen_random_uuid(), body bytea)")
    await owner.close()
    body = b"x" * 300

    async def insert(count: int) -> None:
        connection = await asyncpg.connect(empty.postgres.owner_url)
        for _ in range(count):
            await connection.execute("INSERT INTO ohc.plain (body) VALUES ($1)", body)
        await connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(insert(ROWS // 8) for _ in range(8)))
    return ROWS / (time.perf_counter() - started)
