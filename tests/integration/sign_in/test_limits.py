"""Limits are exact for any rhythm of attempts, and however many come at once."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

from openhealthcode.database import open_pool, transaction
from openhealthcode.sign_in.limits import CODES_PER_PHONE, Limit, take, take_of_hour

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
GAPS = [timedelta(seconds=seconds) for seconds in (0, 1, 30, 59, 60, 61, 600, 3599, 3600, 40000)]


class Counted:
    """The limits as one would say them: how many were let through within each period."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []

    def take(self, at: datetime) -> bool:
        if any(
            sum(moment > at - limit.period for moment in self.moments) >= limit.most
            for limit in CODES_PER_PHONE
        ):
            return False
        self.moments.append(at)
        return True


async def test_every_rhythm_is_counted_as_one_would_count_it(pool):
    rhythm = random.Random(20261122)
    for phone in range(40):
        expected, at = Counted(), START
        for _ in range(40):
            at += rhythm.choice(GAPS)
            taken = await take(pool, bytes([phone]) * 32, CODES_PER_PHONE, at)
            assert taken == expected.take(at), (phone, at - START)


async def test_one_subject_does_not_count_for_another(pool):
    assert await take(pool, b"a" * 32, CODES_PER_PHONE, START)
    assert await take(pool, b"b" * 32, CODES_PER_PHONE, START)
    assert not await take(pool, b"a" * 32, CODES_PER_PHONE, START)


async def test_of_many_at_once_as_many_pass_as_may(database):
    pool = await open_pool(database.url, size=20)
    limits = (Limit(7, timedelta(hours=1)),)
    passed = await asyncio.gather(*(take(pool, b"a" * 32, limits, START) for _ in range(60)))
    pool.terminate()
    assert sum(passed) == 7


async def test_the_hourly_ceiling_is_exact_and_begins_anew(pool):
    async with transaction(pool) as connection:
        within = [await take_of_hour(connection, "code", 3, START) for _ in range(5)]
        later = START + timedelta(hours=1)
        assert within == [True, True, True, False, False]
        assert await take_of_hour(connection, "code", 3, later)
        assert await take_of_hour(connection, "other", 3, START)
