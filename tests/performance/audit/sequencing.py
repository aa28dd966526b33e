"""From an event to its place in the public tree: how many a second, and how long one waits.

Both beside a process that logs events as fast as it can over four connections on the same processors.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from statistics import median
from uuid import uuid4

import asyncpg
from measure import Figure
from visit.world import Region, region, run

from openhealthcode import audit
from openhealthcode.audit import Sequencer
from openhealthcode.database import Pool, open_pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

RESIDENTS, QUEUED, ROUNDS = 64, 10_240, 3
SECONDS, PACE, WRITERS = 15.0, 0.02, 4
ORIGIN = "bench.example/log"
FILL = (
    "INSERT INTO audit.pending SELECT gen_random_uuid(), 1, sha256(gen_random_uuid()::text::bytea)"
    " FROM generate_series(1, $1)"
)


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001
    with region(RESIDENTS, entries=1) as made:
        keys = Keys.open(made.keys)
        alone = median(run(_rate(made, keys, "alone")) for _ in range(ROUNDS))
        floor = run(_floor(made))
        count = multiprocessing.get_context("spawn").Value("q", 0)
        with _busy(made, count):
            beside = median(run(_rate(made, keys, "beside")) for _ in range(ROUNDS))
            written = count.value
        waits = run(_waits(made, keys))
        keys.close()
    yield Figure(
        "sequence_events",
        round(beside),
        "1/s",
        baseline=round(floor),
        baseline_is="PostgreSQL noting as many leaves and emptying its queue, nothing else",
        notes={"alone": round(alone), "logged_meanwhile": written, "batch": QUEUED},
    )
    yield Figure(
        "event_to_sequenced_p99",
        round(waits[int(len(waits) * 0.99)], 3),
        "s",
        notes={"median": round(median(waits), 3), "events": len(waits)},
    )


async def _rate(made: Region, keys: Keys, name: str) -> float:
    """Events a second of one sequencer over a long queue."""
    owner = await asyncpg.connect(made.postgres.owner_url)
    pool = await open_pool(made.postgres.url, size=2)
    signer = keys.checkpoint_signer(f"{name}{uuid4().hex}.example/log")
    sequencer = Sequencer(pool, made.directory / f"log-{uuid4().hex}", signer)
    await owner.execute("DELETE FROM audit.pending")
    await owner.execute("DELETE FROM audit.leaf")
    await owner.execute(FILL, QUEUED)
    await owner.close()
    began = time.perf_counter()
    placed = 0
    while placed < QUEUED:
        placed += await sequencer.sequence()
    rate = placed / (time.perf_counter() - began)
    sequencer.close()
    await pool.close()
    return rate


async def _floor(made: Region) -> float:
    owner = await asyncpg.connect(made.postgres.owner_url)
    await owner.execute("DELETE FROM audit.pending")
    await owner.execute(FILL, QUEUED)
    began = time.perf_counter()
    await owner.execute(
        "INSERT INTO audit.leaf SELECT resident_id, number, 10^9 + row_number() OVER ()"
        " FROM audit.pending"
    )
    await owner.execute("DELETE FROM audit.pending")
    taken = time.perf_counter() - began
    await owner.close()
    return QUEUED / taken


class _busy:  # noqa: N801 - a with-block
    """Another process that logs events until the block ends."""

    def __init__(self, made: Region, count: Synchronized[int]) -> None:
        arguments = (made.postgres.url, made.keys, made.residents, count)
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_write, args=arguments, daemon=True)
        self._count = count

    def __enter__(self) -> None:
        self._process.start()
        while not self._count.value:
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _write(url: str, keys_at: Path, residents: list[ResidentId], count: Synchronized[int]) -> None:
    run(_write_on(url, keys_at, residents, count))


async def _write_on(
    url: str, keys_at: Path, residents: list[ResidentId], count: Synchronized[int]
) -> None:
    pool, keys = await open_pool(url, size=WRITERS), Keys.open(keys_at)

    async def writer(own: list[ResidentId]) -> None:
        while True:
            for resident in own:
                await _log(pool, keys, resident)
                count.value += 1

    await asyncio.gather(*(writer(residents[n::WRITERS]) for n in range(WRITERS)))


async def _log(pool: Pool, keys: Keys, resident: ResidentId) -> int:
    event = audit.Event(
        action=audit.Action.LOG_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident),
    )
    async with transaction(pool, resident=resident) as connection:
        return (await audit.append(connection, keys, resident, event)).number


async def _waits(made: Region, keys: Keys) -> list[float]:
    """Seconds from the commit of an event to the commit of its leaf, sorted."""
    pool = await open_pool(made.postgres.url, size=WRITERS + 2)
    owner = await asyncpg.connect(made.postgres.owner_url)
    await owner.execute("DELETE FROM audit.pending")
    await owner.execute("DELETE FROM audit.leaf")
    signer = keys.checkpoint_signer(ORIGIN)
    sequencer = Sequencer(pool, made.directory / "log-waits", signer)
    logged: dict[tuple[ResidentId, int], float] = {}
    placed: dict[tuple[ResidentId, int], float] = {}
    ends = time.perf_counter() + SECONDS

    async def writer(own: list[ResidentId]) -> None:
        while time.perf_counter() < ends:
            for resident in own:
                number = await _log(pool, keys, resident)
                logged[resident, number] = time.perf_counter()
                await asyncio.sleep(PACE)

    async def sequence() -> None:
        size = 0
        while time.perf_counter() < ends or len(placed) < len(logged):
            await sequencer.sequence()
            now = time.perf_counter()
            rows = await owner.fetch(
                "SELECT resident_id, number FROM audit.leaf WHERE leaf_index >= $1", size
            )
            size += len(rows)
            placed.update({(row["resident_id"], row["number"]): now for row in rows})
            await asyncio.sleep(0.25)

    residents = made.residents
    await asyncio.gather(sequence(), *(writer(residents[n::WRITERS]) for n in range(WRITERS)))
    sequencer.close()
    await owner.close()
    await pool.close()
    return sorted(max(0.0, placed[one] - at) for one, at in logged.items())
