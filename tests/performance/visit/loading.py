"""Entries filed a second from others' Bundles: registered, checked, sealed, logged, durable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import orjson
from measure import ROOT, Figure, median
from visit.world import Region, region, run

import visits
from openhealthcode import collection
from openhealthcode.database import open_pool
from openhealthcode.trust import Keys

SYNTHEA = ROOT.parent / "shared" / "data" / "synthea"
ROUNDS = 5


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    paths = collection.files_in([SYNTHEA]) if SYNTHEA.is_dir() else []
    if not paths:
        return  # without others' Bundles there is nothing to say
    rates, plain, processor = [], [], []
    for _ in range(ROUNDS):
        with region(0, entries=0) as empty:
            rate, cpu = run(_load(empty, paths))
            rates.append(rate)
            processor.append(cpu)
            plain.append(run(_plain(empty, paths)))
    yield Figure(
        "load_entries",
        round(median(rates)),
        "1/s",
        baseline=round(median(plain)),
        baseline_is="the same entries parsed and inserted as plain JSON, one commit a file",
        cpu_us=median(processor),
        notes={"files": len(paths)},
    )


async def _load(empty: Region, paths: list[Path]) -> tuple[float, float]:
    pool = await open_pool(empty.postgres.url, size=8)
    keys = Keys.open(empty.keys)
    world = await visits.world(pool, keys)
    wall, cpu = time.perf_counter(), time.process_time()
    done = 0
    async for file in collection.load(pool, keys, paths, world.source):
        assert not file.error, file
        done += file.counts.total()
    elapsed, spent = time.perf_counter() - wall, time.process_time() - cpu
    await pool.close()
    keys.close()
    return done / elapsed, spent / done * 1e6


async def _plain(empty: Region, paths: list[Path]) -> float:
    connection = await asyncpg.connect(empty.postgres.owner_url)
    await connection.execute("CREATE TABLE ohc.plain (id serial PRIMARY KEY, body jsonb)")
    started, done = time.perf_counter(), 0
    for path in paths:
        entries = orjson.loads(path.read_bytes())["entry"]
        bodies = [(orjson.dumps(entry["resource"]).decode(),) for entry in entries]
        async with connection.transaction():
            await connection.executemany("INSERT INTO ohc.plain (body) VALUES ($1)", bodies)
        done += len(bodies)
    await connection.close()
    return done / (time.perf_counter() - started)
