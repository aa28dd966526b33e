"""A process of its own that looks at one resident again and again.

It is here and not beside its test because a spawned process has to be able to import it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import visits
from openhealthcode.database import open_pool
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

LOOKS_PER_SECOND = 100
MOST_AT_ONCE = 4
"""A machine that is slow looks less often; nothing piles up."""


@dataclass
class Task:
    """What a looking process is told."""

    url: str
    keys: Path
    resident: ResidentId


def look_until_told(task: Task, told: Pipe) -> None:
    """In a process of its own: look a hundred times a second; answer when each began and ended."""
    told.send(asyncio.run(_looks(task, told)))


async def _looks(task: Task, told: Pipe) -> list[tuple[float, float, bool]]:
    pool = await open_pool(task.url, size=4)
    world = await visits.world(pool, Keys.open(task.keys))
    looks = []

    free = asyncio.Semaphore(MOST_AT_ONCE)

    async def look() -> None:
        began = time.monotonic()  # one clock for all processes of a computer
        seen = await world.look(task.resident)
        looks.append((began, time.monotonic(), seen.is_permitted))
        free.release()

    await free.acquire()
    await look()
    told.send("ready")
    due = time.monotonic()
    async with asyncio.TaskGroup() as under_way:
        while not told.poll():
            await free.acquire()
            under_way.create_task(look())
            due += 1 / LOOKS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    await pool.close()
    return looks
