"""The region the figures of a visit are taken in: one server, many residents, one doctor."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop

import visits
from openhealthcode import collection, consent
from openhealthcode.access import preview
from openhealthcode.database import embedded, migrate, open_pool, stamp
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

T = TypeVar("T")
LABORATORY = frozenset({RecordCategory.LABORATORY})
_AT_ONCE = 8


def run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@dataclass
class Region:
    """A running server, its keys, and the residents who let the doctor see their laboratory."""

    directory: Path
    postgres: embedded.EmbeddedPostgres
    residents: list[ResidentId]

    @property
    def keys(self) -> Path:
        return self.directory / "keys"


@contextmanager
def region(residents: int, *, entries: int, closed: int = 0, **settings: str) -> Iterator[Region]:
    """A durable server with ``residents``, ``entries`` observations of 1.1 kB each.

    ``closed`` more are of a closed kind: the doctor's consent does not open them.
    """
    directory = Path(tempfile.mkdtemp(prefix="ohc-bench-"))
    directory.chmod(0o711)
    tuned = {"shared_buffers": "1GB", "max_wal_size": "2GB", "max_connections": "100", **settings}
    server = run(embedded.start(directory / "pg", settings=tuned))
    try:
        run(migrate(server.owner_url))
        run(stamp(server.owner_url, "synthetic"))
        lives = [*map(observation, range(entries)), *map(closed_observation, range(closed))]
        made = run(_settle(server.url, directory / "keys", residents, lives))
        yield Region(directory, server, made)
    finally:
        run(server.stop())
        shutil.rmtree(directory, ignore_errors=True)


def observation(day: int) -> dict[str, Any]:
    """A laboratory result whose stored body is about 1,100 bytes."""
    return {
        **visits.glucose(f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}", 5 + day / 10),
        "note": [{"text": "随访复查，空腹采血，结果与上次相近。" * 9}],
    }


def closed_observation(day: int) -> dict[str, Any]:
    """As ``observation``, of a test that betrays an infection."""
    coded = {"coding": [{"system": "http://loinc.org", "code": "75622-1"}], "text": "HIV"}
    return {**observation(day), "code": coded}


async def _settle(
    url: str, keys_at: Path, residents: int, life: list[dict[str, Any]]
) -> list[ResidentId]:
    pool = await open_pool(url, size=_AT_ONCE)
    keys = Keys.open(keys_at)
    world = await visits.world(pool, keys)
    await collection.reread(pool, keys, seconds=0)  # nothing to read again beside what is measured
    made: list[ResidentId] = []
    numbers = iter(range(residents))

    async def worker() -> None:
        for number in numbers:
            resident = await _resident(world, number, life)
            made.append(resident)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    await pool.close()
    keys.close()
    return made


async def _resident(world: visits.World, number: int, life: list[dict[str, Any]]) -> ResidentId:
    person = visits.patient(name="测试")
    person["identifier"] = [{"system": "urn:bench", "value": f"R{number}"}]
    person.pop("birthDate")
    sent = visits.bundle(person, *life, key=f"r{number}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    request = await world.ask(filed.resident_id, LABORATORY, seconds=24 * 3600)
    seen = await preview(world.pool, world.keys, filed.resident_id, request)
    await consent.allow(
        world.pool,
        world.keys,
        filed.resident_id,
        request,
        categories=LABORATORY,
        previewed_number=seen.number,
        notice=visits.TOLD,
    )
    return filed.resident_id


def processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
