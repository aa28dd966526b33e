"""From scan to the first page of the record: the server's time for the clinic's three requests.

Scan (redeem and identify), ask, and the record page with summary and timeline, rendered; the
resident's answer in between is not counted. The same number of entries each; few residents and
many, visited in turn, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from measure import Figure, median
from visit.world import Region, region, run

import clinic_desk
import visits
from openhealthcode.database import Announcements, open_pool
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

FEW, MANY, ENTRIES = 300, 100_000, 10
ROUNDS, TURNS, VISITS = 5, 10, 30


def measure(*, is_full: bool) -> Iterator[Figure]:
    residents = MANY if is_full else MANY // 10
    with region(FEW, entries=ENTRIES) as small, region(residents, entries=ENTRIES) as large:
        rounds = run(_rounds(small, large))
    few, many = [_p95(few) for few, _ in rounds], [_p95(many) for _, many in rounds]
    yield Figure(
        "scan_to_page_p95",
        round(median(few), 2),
        "ms",
        baseline=round(median([statistics.median(few) for few, _ in rounds]), 2),
        baseline_is="the median of the same visits",
        notes={"residents": FEW, "entries": ENTRIES, "visits": ROUNDS * TURNS * VISITS},
    )
    yield Figure(
        "scan_to_page_growth",
        round(median([b / a for a, b in zip(few, many, strict=True)]), 3),
        "ratio",
        baseline=round(median(few), 2),
        baseline_is=f"milliseconds at {FEW} residents, p95 of the same minutes",
        notes={"residents": residents, "p95_ms": round(median(many), 2)},
    )


def _p95(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]


async def _rounds(small: Region, large: Region) -> list[tuple[list[float], list[float]]]:
    async with _clinic(small) as few, _clinic(large) as many:
        for clinic in (few, many):
            await clinic.receive(VISITS)  # warms up
        rounds = []
        for _ in range(ROUNDS):
            samples: tuple[list[float], list[float]] = ([], [])
            for _ in range(TURNS):
                samples[0].extend(await few.receive(VISITS))
                samples[1].extend(await many.receive(VISITS))
            rounds.append(samples)
    return rounds


@dataclass
class _Clinic:
    """A doctor's desk in one region, and who may come to it."""

    world: visits.World
    desk: clinic_desk.Desk
    residents: list[ResidentId]

    async def receive(self, visitors: int) -> list[float]:
        """Milliseconds of the server for each of so many visits."""
        return [
            await _visit(self.world, self.desk, resident)
            for resident in random.sample(self.residents, visitors)
        ]


@asynccontextmanager
async def _clinic(settled: Region) -> AsyncIterator[_Clinic]:
    pool = await open_pool(settled.postgres.url, size=8)
    world = await visits.world(pool, Keys.open(settled.keys))
    async with Announcements(settled.postgres.url) as announcements:
        app = clinic_desk.application(world, announcements)
        desk = await clinic_desk.Desk.opened(world, app, uuid4().hex[:8])
        await desk.sign_in()
        yield _Clinic(world, desk, settled.residents)
    await pool.close()


async def _visit(world: visits.World, desk: clinic_desk.Desk, resident: ResidentId) -> float:
    phone = await clinic_desk.Phone.of(world, resident)
    started = time.perf_counter()
    asking = await desk.scan(phone.code())
    await desk.ask(asking.url.path, "laboratory", "allergies")
    spent = time.perf_counter() - started
    await phone.allow()
    started = time.perf_counter()
    record = await desk.get(f"{asking.url.path}/record")
    spent += time.perf_counter() - started
    assert record.status_code == 200
    assert "血糖" in record.text
    return spent * 1000
