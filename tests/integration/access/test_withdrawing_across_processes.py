"""A withdrawal holds on the very next look of every process, however busy they are."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

import visits
from openhealthcode import consent
from openhealthcode.database import Pool, open_pool
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

PROCESSES, LOOKS_PER_SECOND, WITHDRAWALS = 2, 100, 30


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

    async def look() -> None:
        began = time.monotonic()  # one clock for all processes of a computer
        seen = await world.look(task.resident)
        looks.append((began, time.monotonic(), seen.is_permitted))

    await look()
    told.send("ready")
    due = time.monotonic()
    async with asyncio.TaskGroup() as under_way:
        while not told.poll():
            under_way.create_task(look())
            due += 1 / LOOKS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    await pool.close()
    return looks


async def test_a_withdrawal_holds_on_the_next_look_of_every_process(
    pool: Pool, database_url: str, tmp_path: Path
):
    world = await visits.world(pool, Keys.open(tmp_path / "keys"))
    resident = await world.resident(visits.glucose("2026-02-01"))
    spawned = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(PROCESSES):
        ours, theirs = spawned.Pipe()
        task = Task(database_url, tmp_path / "keys", resident)
        process = spawned.Process(target=look_until_told, args=(task, theirs), daemon=True)
        process.start()
        pipes.append((ours, process))
    try:
        for ours, _ in pipes:
            assert await asyncio.to_thread(ours.poll, 60)
            assert ours.recv() == "ready"
        closed = await _allow_and_withdraw(world, resident)
        looks = []
        for ours, process in pipes:
            ours.send("enough")
            assert await asyncio.to_thread(ours.poll, 60)
            looks += ours.recv()
            await asyncio.to_thread(process.join, 30)
    finally:
        for ours, process in pipes:
            process.kill()
            ours.close()
    inside = [
        is_permitted
        for began, ended, is_permitted in looks
        if any(since < began and ended < until for since, until in closed)
    ]
    assert len(inside) > WITHDRAWALS  # there were looks to be refused
    assert not any(inside)
    assert any(is_permitted for _, _, is_permitted in looks)  # and others that were not


async def _allow_and_withdraw(
    world: visits.World, resident: ResidentId
) -> list[tuple[float, float]]:
    """Again and again; answers from when until when nothing was allowed."""
    changes = []
    for _ in range(WITHDRAWALS):
        changes.append(time.monotonic())
        consent_id, _ = await world.allow(resident)
        await asyncio.sleep(0.05)
        await consent.withdraw(world.pool, world.keys, resident, consent_id)
        changes.append(time.monotonic())
        await asyncio.sleep(0.05)
    changes.append(time.monotonic())
    return list(pairwise(changes))[1::2]


@pytest.fixture(autouse=True)
def _no_leftovers():
    yield
    assert not multiprocessing.active_children()
