"""Work that waits goes together; each item gets its own answer and suffers only for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

import asyncpg
import pytest

from openhealthcode.database import Connection, Pool, open_pool


class Halves:
    """Divides a hundred by each number in one statement, and notes how many went together."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []

    async def work(self, connection: Connection, numbers: Sequence[int]) -> list[int]:
        self.together.append(list(numbers))
        rows = await connection.fetch("SELECT 100 / n AS half FROM unnest($1::int[]) n", numbers)
        return [row["half"] for row in rows]


@pytest.fixture
def halves() -> Halves:
    return Halves()


@pytest.fixture
def work(halves):
    return halves.work  # bound once: the pool knows work by identity


async def test_what_waits_goes_together_and_each_gets_its_own(pool, halves, work):
    numbers = list(range(1, 101))
    answers = await asyncio.gather(*(pool.together(work, number) for number in numbers))
    assert answers == [100 // number for number in numbers]
    assert sorted(chain.from_iterable(halves.together)) == numbers
    assert len(halves.together) < 20
    assert max(map(len, halves.together)) <= 16


async def test_what_comes_alone_leaves_at_once(pool, halves, work):
    for number in (1, 2, 5):
        assert await pool.together(work, number) == 100 // number
    assert halves.together == [[1], [2], [5]]


async def test_after_company_the_next_waits_for_who_is_about_to_come(pool, halves, work):
    await asyncio.gather(*(pool.together(work, number) for number in range(1, 9)))
    halves.together.clear()
    first = asyncio.create_task(pool.together(work, 1))
    for _ in range(3):
        await asyncio.sleep(0)
    assert await pool.together(work, 2) == 50
    assert await first == 100
    assert halves.together == [[1, 2]]
    assert await pool.together(work, 4) == 25
    assert await pool.together(work, 5) == 20
    assert halves.together == [[1, 2], [4], [5]]


async def test_one_that_is_refused_harms_no_other(pool, work):
    numbers = [1, 2, 0, 4, 0, 5]
    answers = await asyncio.gather(
        *(pool.together(work, number) for number in numbers), return_exceptions=True
    )
    refused = [
        number for number, answer in zip(numbers, answers, strict=True) if _is_refused(answer)
    ]
    assert refused == [0, 0]
    assert [answer for answer in answers if not _is_refused(answer)] == [100, 50, 25, 20]


def _is_refused(answer: object) -> bool:
    return isinstance(answer, asyncpg.DivisionByZeroError)


async def test_who_gives_up_is_left_out_and_keeps_nobody_waiting(pool, halves, work):
    wanted = [asyncio.ensure_future(pool.together(work, number)) for number in range(1, 41)]
    await asyncio.sleep(0)
    for gone in wanted[::2]:
        gone.cancel()
    answers = await asyncio.gather(*wanted, return_exceptions=True)
    assert answers[1::2] == [100 // number for number in range(2, 41, 2)]
    assert not {1, 3, 39} & set(halves.together[-1])


async def test_one_that_comes_as_the_last_leaves_is_not_forgotten(pool, work):
    """Each asks again the moment it is answered, when the work is just about to rest."""

    async def ask(number: int) -> None:
        for _ in range(50):
            assert await pool.together(work, number) == 100 // number

    async with asyncio.timeout(60):
        await asyncio.gather(*(ask(number) for number in (1, 2, 3)))


async def test_everybody_is_told_when_there_is_no_database(work):
    async def refuse() -> Connection:
        raise ConnectionRefusedError

    pool = Pool(refuse, 2)
    answers = await asyncio.gather(
        *(pool.together(work, number) for number in range(5)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [ConnectionRefusedError] * 5


async def test_a_connection_lost_under_way_is_told_and_replaced(database_url, work):
    pool = await open_pool(database_url, size=1)

    async def killed(connection: Connection, items: Sequence[int]) -> list[int]:
        await connection.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
        return list(items)

    answers = await asyncio.gather(
        *(pool.together(killed, number) for number in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, Exception) for answer in answers)
    assert await pool.together(work, 4) == 25
    await pool.close()
