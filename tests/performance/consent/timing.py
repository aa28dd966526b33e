"""Whether time tells what is closed from what is not there: Welch's t over many requests.

Asked over HTTP inside one process, without a network's noise, one request at a time, both kinds in
random order: closer than anybody outside gets. |t| above 4.5 counts as told apart (the threshold of
test vector leakage assessment, ISO/IEC 17825).
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
from measure import Figure
from visit.world import Region, closed_observation, observation, region, run

import systems
import visits
from openhealthcode import collection, registry
from openhealthcode.database import open_pool
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys

REQUESTS, REQUESTS_FULL = 3_000, 30_000
TOLD_APART = 4.5
OPEN, CLOSED = 20, 5


def measure(*, is_full: bool) -> Iterator[Figure]:
    count = REQUESTS_FULL if is_full else REQUESTS
    with region(50, entries=5) as settled:
        read, searched = run(_measured(settled, count))
    yield _figure("closed_or_absent_read_t", read, count)
    yield _figure("closed_or_absent_search_t", searched, count)


async def _measured(settled: Region, count: int) -> tuple[list[list[float]], list[list[float]]]:
    pool, keys = await open_pool(settled.postgres.url, size=4), Keys.open(settled.keys)
    world = await visits.world(pool, keys)
    lives = [*map(observation, range(OPEN)), *map(closed_observation, range(CLOSED))]
    records = [
        await collection.file_bundle(
            pool,
            keys,
            bundle=visits.bundle(visits.patient(900 + 2 * number), *life, key=f"timed-{number}"),
            source=world.source,
        )
        for number, life in enumerate((lives, lives[:OPEN]))
    ]
    closed, plain = records
    clinic = await registry.register_institution(
        pool, InstitutionEntry("bench|clinic", InstitutionKind.CLINIC, "诊所")
    )
    system = await systems.connect(world, clinic, "clinic")
    absent = keys.seal_id(closed.resident_id, EntryId(uuid4()))
    patients = [each.entries[0].fhir_id for each in (closed, plain)]
    async with systems.calling(world, system) as caller:
        read = await _alternating(
            caller,
            [f"/fhir/Observation/{closed.entries[-1].fhir_id}", f"/fhir/Observation/{absent}"],
            count,
        )
        searched = await _alternating(
            caller,
            [f"/fhir/Observation?patient={patient}&code=75622-1" for patient in patients],
            count,
        )
    await pool.close()
    keys.close()
    return read, searched


async def _alternating(
    caller: httpx.AsyncClient, paths: list[str], count: int
) -> list[list[float]]:
    """Microseconds of each request, by path, then those our process worked for it.

    The order is drawn, so that no drift takes sides.
    """
    order = [0, 1] * count
    random.Random(1).shuffle(order)
    taken: list[list[float]] = [[], []]
    worked: list[list[float]] = [[], []]
    for path in paths * 100:
        await caller.get(path)
    gc.collect()
    gc.disable()
    try:
        for which in order:
            started, began = time.perf_counter_ns(), time.process_time_ns()
            await caller.get(paths[which])
            taken[which].append((time.perf_counter_ns() - started) / 1_000)
            worked[which].append((time.process_time_ns() - began) / 1_000)
    finally:
        gc.enable()
    return [_without_pauses(each) for each in (*taken, *worked)]


def _without_pauses(samples: list[float]) -> list[float]:
    """The faster nine tenths: what the machine did in between says nothing about a record."""
    return sorted(samples)[: len(samples) * 9 // 10]


def welch(one: list[float], other: list[float]) -> float:
    """Welch's t of two samples of unequal variance."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(spread)


def _figure(name: str, taken: list[list[float]], count: int) -> Figure:
    closed, absent, worked, worked_absent = taken
    return Figure(
        name,
        round(abs(welch(closed, absent)), 2),
        "|t|",
        baseline=TOLD_APART,
        baseline_is="from here on two kinds of answer count as told apart",
        notes={
            "requests_of_each": count,
            "closed_us": round(statistics.fmean(closed), 1),
            "absent_us": round(statistics.fmean(absent), 1),
            "difference_us": round(statistics.fmean(closed) - statistics.fmean(absent), 1),
            "deviation_us": round(statistics.stdev(absent), 1),
            "t_of_processor_time": round(abs(welch(worked, worked_absent)), 2),
            "processor_difference_us": round(
                statistics.fmean(worked) - statistics.fmean(worked_absent), 1
            ),
        },
    )
