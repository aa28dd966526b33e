"""Disclosures a second: decided, read, logged, durable, decrypted; on the database's own cores.

Beside it, in the same run and with the same tasks, the plain read of the same entries: one
statement by a superuser's connection, no decision, no log, no decryption.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from measure import Figure, median
from visit.world import LABORATORY, Region, processors, region, run

import visits
from openhealthcode import access
from openhealthcode.database import open_pool
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

CONCURRENT = 16
ROUNDS = 5
SECONDS = 4.0
PLAIN = """SELECT entry_id, version, type, day, body FROM record.entry
            WHERE resident_id = $1 AND is_current AND category_token = $2 ORDER BY day DESC"""


@dataclass
class Task:
    """What one worker process is told to do."""

    kind: str
    url: str
    keys: Path
    residents: list[ResidentId]
    concurrent: int
    entries: int


def measure(*, is_full: bool) -> Iterator[Figure]:
    count = 100_000 if is_full else 10_000
    entries = 10 if is_full else 20
    with region(count, entries=entries) as settled:
        yield from _figures(settled, entries)
    with region(2_000, entries=20, commit_delay="1000", commit_siblings="5") as delayed:
        done, cpu = rate("disclose", delayed, delayed.residents, 20)
        yield Figure(
            "disclose_in_process_1ms_commit", done, "1/s", cpu_us=cpu, notes={"residents": 2000}
        )


def _figures(settled: Region, entries: int) -> Iterator[Figure]:
    plain, _ = rate("plain", settled, settled.residents, entries)
    done, cpu = rate("disclose", settled, settled.residents, entries)
    hot, _ = rate("disclose", settled, settled.residents[:1], entries)
    yield Figure(
        "disclose_in_process",
        done,
        "1/s",
        baseline=plain,
        baseline_is="plain read of the same entries, neither decided, logged nor decrypted",
        cpu_us=cpu,
        notes={
            "residents": len(settled.residents),
            "entries": entries,
            "concurrent": CONCURRENT,
            "processes": processors(),
            "keys": "of all residents held in memory",
            "one_hot_resident_per_s": hot,
            "commit_us": _commit_us(settled),
        },
    )


def rate(
    kind: str, settled: Region, residents: list[ResidentId], entries: int
) -> tuple[float, float]:
    """Median operations a second of all worker processes together, and processor µs of each."""
    workers = processors()
    task = Task(
        kind,
        settled.postgres.owner_url if kind == "plain" else settled.postgres.url,
        settled.keys,
        residents,
        CONCURRENT // workers,
        entries,
    )
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as processes:
        results = processes.map(_work, [task] * workers, chunksize=1)
    rates = [sum(r[place][0] for r in results) for place in range(ROUNDS)]
    cpu = median([r[place][1] for r in results for place in range(ROUNDS)])
    return round(median(rates)), round(cpu, 1)


def _work(task: Task) -> list[tuple[float, float]]:
    return run(_rounds(task))


async def _rounds(task: Task) -> list[tuple[float, float]]:
    operation, close = await _operation(task)
    await _repeat(operation, task.concurrent, 1.0)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)  # as in a process that serves
    results = []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        done = await _repeat(operation, task.concurrent, SECONDS)
        elapsed, spent = time.perf_counter() - wall, time.process_time() - cpu
        results.append((done / elapsed, spent / done * 1e6))
    await close()
    return results


async def _repeat(operation: Callable[[], Awaitable[None]], concurrent: int, seconds: float) -> int:
    until = time.perf_counter() + seconds
    done = 0

    async def loop() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await operation()
            done += 1

    await asyncio.gather(*(loop() for _ in range(concurrent)))
    return done


async def _operation(
    task: Task,
) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    keys = Keys.open(task.keys, capacity=20_000)
    if task.kind == "plain":
        plain = await asyncpg.create_pool(task.url, min_size=task.concurrent)

        async def read() -> None:
            resident = random.choice(task.residents)
            token = keys.of(resident).labels.token_of(next(iter(LABORATORY)))
            assert len(await plain.fetch(PLAIN, resident, token)) == task.entries

        return read, plain.close
    pool = await open_pool(task.url, size=task.concurrent)
    world = await visits.world(pool, keys)
    for resident in task.residents:  # as in a process that has served for a while
        assert keys.of(resident).labels
    selection = access.InCategories(LABORATORY)

    async def disclose() -> None:
        seen = await access.disclose(
            pool,
            keys,
            resident_id=random.choice(task.residents),
            practitioner_id=world.wang,
            institution_id=world.hospital,
            purpose=PurposeOfUse.TREATMENT,
            scene=Scene.CONSULTATION,
            selection=selection,
        )
        assert len(seen.entries) == task.entries

    return disclose, pool.close


def _commit_us(settled: Region) -> float:
    """What the disk takes for one durable commit of one row, median."""
    return round(run(_commits(settled.postgres.owner_url)), 1)


async def _commits(url: str) -> float:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS ohc.commits (n bigint)")
    samples = []
    for number in range(300):
        started = time.perf_counter()
        await connection.execute("INSERT INTO ohc.commits VALUES ($1)", number)
        samples.append((time.perf_counter() - started) * 1e6)
    await connection.close()
    return median(samples)
