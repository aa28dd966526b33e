"""A withdrawal holds on the very next look of every process, however busy they are."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from itertools import pairwise
from pathlib import Path

import pytest

import looking
import visits
from openhealthcode import consent
from openhealthcode.database import Pool
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

PROCESSES, WITHDRAWALS = 2, 30


async def test_a_withdrawal_holds_on_the_next_look_of_every_process(
    pool: Pool, database_url: str, tmp_path: Path
):
    world = await visits.world(pool, Keys.open(tmp_path / "keys"))
    resident = await world.resident(visits.glucose("2026-02-01"))
    spawned = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(PROCESSES):
        ours, theirs = spawned.Pipe()
        task = looking.Task(database_url, tmp_path / "keys", resident)
        process = spawned.Process(target=looking.look_until_told, args=(task, theirs), daemon=True)
        process.start()
        pipes.append((ours, process))
    try:
        for ours, _ in pipes:
            assert await asyncio.to_thread(ours.poll, 300)
            assert ours.recv() == "ready"
        closed = await _allow_and_withdraw(world, resident)
        looks = []
        for ours, process in pipes:
            ours.send("enough")
            assert await asyncio.to_thread(ours.poll, 300)
            looks += ours.recv()
            await asyncio.to_thread(process.join, 300)
    finally:
        for ours, process in pipes:
            process.kill()
            process.join()
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
        await world.look(resident)  # by then those who waited before it have looked too
        await world.look(resident)
    changes.append(time.monotonic())
    return list(pairwise(changes))[1::2]


@pytest.fixture(autouse=True)
def _no_leftovers():
    yield
    assert not multiprocessing.active_children()
