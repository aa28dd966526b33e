"""How long it takes to close an account, keys destroyed and durable, as the resident waits for it.

Beside it, in the same run, what merely deleting the rows takes: one durable transaction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import asyncpg
from measure import Figure, median
from visit.world import Region, region, run

from openhealthcode import access
from openhealthcode.database import open_pool
from openhealthcode.trust import Keys

RESIDENTS = 200
ENTRIES = 60


def measure(*, is_full: bool) -> Iterator[Figure]:
    with region(5_000 if is_full else RESIDENTS, entries=ENTRIES) as settled:
        deleted = run(_delete(settled))
        taken = sorted(run(_close(settled)))
    yield Figure(
        "destroy_resident",
        median(taken),
        "ms",
        baseline=deleted,
        baseline_is="deleting the rows of the same entries in one durable transaction",
        notes={
            "p99_ms": taken[-1 - len(taken) // 100],
            "slowest_ms": taken[-1],
            "closed": len(taken),
            "entries": ENTRIES,
        },
    )


async def _close(settled: Region) -> list[float]:
    pool = await open_pool(settled.postgres.url, size=4)
    keys = Keys.open(settled.keys)
    taken = []
    for resident in settled.residents[RESIDENTS // 2 :]:
        started = time.perf_counter()
        await access.close_account(pool, keys, resident)
        taken.append((time.perf_counter() - started) * 1000)
    keys.close()
    await pool.close()
    return taken


async def _delete(settled: Region) -> float:
    owner = await asyncpg.connect(settled.postgres.owner_url)
    taken = []
    for resident in settled.residents[: RESIDENTS // 2]:
        started = time.perf_counter()
        await owner.execute("DELETE FROM record.entry WHERE resident_id = $1", resident)
        taken.append((time.perf_counter() - started) * 1000)
    await owner.close()
    return median(taken)
