"""Chores: repeated, watched, and never the end of the program."""

from __future__ import annotations

import asyncio

from openhealthcode.operations import Chore, kept_up
from openhealthcode.operations import chores as module


async def test_a_chore_is_repeated_although_it_fails_at_times():
    turns, often = [], asyncio.Event()

    async def work():
        turns.append(1)
        if len(turns) > 3:
            often.set()
        if len(turns) % 2:
            raise RuntimeError

    async with kept_up([Chore("test", 0.01, work)]):
        async with asyncio.timeout(60):
            await often.wait()
    seen = len(turns)
    await asyncio.sleep(0.05)
    assert len(turns) == seen


async def test_a_chore_that_has_not_succeeded_for_long_is_late(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])

    async def fail():
        raise RuntimeError

    chore = Chore("test", 0.01, fail)
    async with kept_up([chore]):
        await asyncio.sleep(0.03)
        assert not chore.is_late
        clock[0] += 31
        assert chore.is_late
