"""From scan to the first page of the record: the server's time for the clinic's three requests.

Scan (redeem and identify), ask, and the record page with summary and timeline, rendered; the
resident's answer in between is not counted. The same number of entries each; few residents and many.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from uuid import uuid4

from measure import Figure
from visit.world import Region, region, run

import clinic_desk
import visits
from openhealthcode.database import Announcements, open_pool
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

FEW, MANY, ENTRIES, VISITS = 300, 100_000, 10, 300


def measure(*, is_full: bool) -> Iterator[Figure]:
    with region(FEW, entries=ENTRIES) as small:
        few = run(_visits(small))
    yield Figure(
        "scan_to_page_p95",
        round(_p95(few), 2),
        "ms",
        baseline=round(statistics.median(few), 2),
        baseline_is="the median of the same visits",
        notes={"residents": FEW, "entries": ENTRIES, "visits": VISITS},
    )
    many_residents = MANY if is_full else MANY // 10
    with region(many_residents, entries=ENTRIES) as large:
        many = run(_visits(large))
    yield Figure(
        "scan_to_page_growth",
        round(_p95(many) / _p95(few), 3),
        "ratio",
        baseline=round(_p95(few), 2),
        baseline_is=f"milliseconds at {FEW} residents",
        notes={"residents": many_residents, "p95_ms": round(_p95(many), 2)},
    )


def _p95(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]


async def _visits(settled: Region) -> list[float]:
    pool = await open_pool(settled.postgres.url, size=8)
    keys = Keys.open(settled.keys)
    world = await visits.world(pool, keys)
    async with Announcements(settled.postgres.url) as announcements:
        app = clinic_desk.application(world, announcements)
        desk = await clinic_desk.Desk.opened(world, app, uuid4().hex[:8])
        await desk.sign_in()
        residents = random.sample(settled.residents, min(VISITS, len(settled.residents)))
        samples = [
            await _visit(world, desk, resident) for resident in [*residents[:20], *residents]
        ]
    await pool.close()
    return samples[20:]


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
