"""The region's figures at a million events: counting them once, and every page from what was counted."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import asyncpg
import httpx
from measure import Figure, median
from visit.world import Region, region, run

import portals
from openhealthcode import registry
from openhealthcode.database import Announcements, open_pool
from openhealthcode.sign_in import Role
from openhealthcode.supervision import summaries
from openhealthcode.trust import Keys
from signing_in import employ

EVENTS, INSTITUTIONS, DIVISIONS, RESIDENTS = 1_000_000, 60, 8, 200
ROUNDS, TURNS = 5, 20
PATHS = (
    "/supervision/dashboard",
    "/supervision/dashboard?weeks=52",
    "/supervision/dashboard?weeks=26&division=880103",
)
_FILL = """
INSERT INTO audit.event (resident_id, number, recorded_at, action, outcome, agent_kind, agent_id,
                         institution_id, detail, salt, commitment, link)
SELECT md5('r' || n % $2)::uuid, 2 + n / $2, now() - (n % 364) * interval '1 day',
       (ARRAY['record.disclose', 'record.file', 'resident.identify', 'consent.grant',
              'record.own-view', 'consent.ask'])[1 + n % 6],
       CASE WHEN n % 41 = 0 THEN 'refused' ELSE 'done' END,
       CASE WHEN n % 3 = 0 THEN 'system' ELSE 'practitioner' END, md5('a' || n % 2400)::uuid,
       CASE WHEN n % 6 IN (3, 4) THEN NULL ELSE ($3::uuid[])[1 + (n / 7) % $4] END,
       '\\x00'::bytea, '\\x00'::bytea, '\\x00'::bytea, '\\x00'::bytea
  FROM generate_series(0, $1 - 1) AS n
"""
_PLACE = """
INSERT INTO audit.leaf (resident_id, number, leaf_index)
SELECT md5('r' || n % $2)::uuid, 2 + n / $2, $3 + n FROM generate_series(0, $1 - 1) AS n
"""
_SCAN = """
SELECT date_trunc('week', recorded_at)::date, action, outcome, institution_id, count(*)
  FROM audit.event WHERE recorded_at > now() - interval '91 days' GROUP BY 1, 2, 3, 4
"""


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - one length only
    with region(0, entries=0) as empty:
        counted_per_second, pages, scans = run(_taken(empty))
    yield Figure(
        "dashboard_p95",
        round(median([statistics.quantiles(one, n=20)[-1] for one in pages]), 1),
        "ms",
        baseline=round(median(scans), 1),
        baseline_is="one scan of the events that counts what the page shows, milliseconds",
        notes={
            "events": EVENTS,
            "institutions": INSTITUTIONS,
            "median_ms": round(median([statistics.median(one) for one in pages]), 1),
            "counted_events_per_second": round(counted_per_second),
        },
    )


async def _taken(empty: Region) -> tuple[float, list[list[float]], list[float]]:
    owner = await asyncpg.connect(empty.postgres.owner_url)
    pool = await open_pool(empty.postgres.url, size=4)
    institutions = [await _institution(pool, number) for number in range(INSTITUTIONS)]
    first = await owner.fetchval("SELECT coalesce(max(leaf_index) + 1, 0) FROM audit.leaf")
    await owner.execute(_FILL, EVENTS, RESIDENTS, institutions, INSTITUTIONS)
    await owner.execute(_PLACE, EVENTS, RESIDENTS, first)
    await owner.execute("ANALYZE")
    started = time.perf_counter()
    counted = await summaries.count_up(pool)
    per_second = counted / (time.perf_counter() - started)
    pages, scans = [], []
    async with _office(empty, pool) as supervisor:
        for path in PATHS:
            await _fetch(supervisor, path)
        for _ in range(ROUNDS):
            random = Random(7)
            pages.append([await _fetch(supervisor, random.choice(PATHS)) for _ in range(TURNS)])
            before = time.perf_counter()
            await owner.fetch(_SCAN)
            scans.append((time.perf_counter() - before) * 1000)
    await pool.close()
    await owner.close()
    return per_second, pages, scans


async def _institution(pool, number: int):
    entry = registry.InstitutionEntry(
        f"bench|{number}",
        registry.InstitutionKind.TOWNSHIP_CENTRE,
        f"第{number}卫生院",
        division_code=f"8801{1 + number % DIVISIONS:02d}",
    )
    return await registry.register_institution(pool, entry)


@asynccontextmanager
async def _office(empty: Region, pool) -> AsyncIterator[httpx.AsyncClient]:
    keys = Keys.open(Path(empty.keys))
    async with Announcements(empty.postgres.url) as announcements:
        account = await employ(pool, keys, Role.SUPERVISOR)
        app = portals.application(portals.Parts(pool, keys, announcements))
        async with portals.browser(app) as supervisor:
            await portals.sign_in_clerk(supervisor, account, "/supervision")
            yield supervisor
    keys.close()


async def _fetch(supervisor: httpx.AsyncClient, path: str) -> float:
    """Milliseconds until the page is whole."""
    started = time.perf_counter()
    page = await supervisor.get(path)
    spent = (time.perf_counter() - started) * 1000
    assert page.status_code == 200
    assert "</html>" in page.text
    return spent
