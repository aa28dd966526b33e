"""Connections are lent, taken back, and never handed on with somebody's context."""

from __future__ import annotations

import asyncio
import gc
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode.database import Pool, open_pool, transaction


async def context_of(pool: Pool) -> str | None:
    return await pool.fetchval("SELECT current_setting('ohc.resident_id', true)")


async def test_a_context_ends_with_its_transaction(pool):
    async with transaction(pool, resident=uuid4()) as connection:
        assert await connection.fetchval("SELECT current_setting('ohc.resident_id')")
    assert not await context_of(pool)
    with pytest.raises(RuntimeError):
        async with transaction(pool, resident=uuid4()):
            raise RuntimeError
    assert not await context_of(pool)


async def test_everything_runs_as_the_role_that_owns_nothing(pool):
    role = await pool.fetchrow(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert tuple(role) == ("ohc_app", False, False)


async def test_more_work_than_connections_waits_its_turn(database_url):
    pool = await open_pool(database_url, size=2)
    answers = await asyncio.gather(*(pool.fetchval("SELECT $1::int", n) for n in range(40)))
    assert answers == list(range(40))
    assert pool.get_size() == 2
    await pool.close()


async def test_who_gives_up_waiting_keeps_no_connection(database_url):
    pool = await open_pool(database_url, size=1)
    held = await pool.acquire()
    waiting = [asyncio.create_task(pool.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    pool.release(held)  # goes to the second, since the first has gone
    waiting[1].cancel()  # too late to be skipped: it was given already, and gives it back
    assert (await waiting[2]) is held
    pool.release(held)
    assert pool.get_idle_size() == 1
    await pool.close()


async def test_who_gives_up_while_one_is_opened_leaves_it_to_the_next(database_url):
    for steps in range(40):
        pool = await open_pool(database_url, size=2)
        held = await pool.acquire()
        wanted = asyncio.create_task(pool.acquire())
        for _ in range(steps):
            await asyncio.sleep(0)
        if not wanted.cancel():
            pool.release(wanted.result())  # a busy machine: it was opened within so few steps
        other = await pool.acquire()
        assert await other.fetchval("SELECT current_user") == "ohc_app"
        pool.release(other)
        pool.release(held)
        await pool.close()
        assert pool.get_size() == 0
        assert held.is_closed()
        assert other.is_closed()


async def test_a_connection_that_cannot_be_made_ready_is_closed(owner_url):
    owner = await asyncpg.connect(owner_url)
    await owner.execute("CREATE ROLE ohc_nobody LOGIN PASSWORD 'nobody'")
    place = owner_url.partition("@")[2]
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await open_pool(f"postgresql://ohc_nobody:nobody@{place}")
        await asyncio.sleep(0)
        gc.collect()  # what was left open would say so here
    finally:
        await owner.execute("DROP ROLE ohc_nobody")
        await owner.close()


async def test_a_broken_connection_is_replaced(pool, owner_url):
    victim = await pool.acquire()
    backend, ended = victim.get_server_pid(), asyncio.Event()
    victim.add_termination_listener(lambda _: ended.set())
    pool.release(victim)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("SELECT pg_terminate_backend($1)", backend)
    await owner.close()
    async with asyncio.timeout(60):
        await ended.wait()
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_cancelled_statement_leaves_no_open_transaction(database_url):
    pool = await open_pool(database_url, size=1)

    async def slow() -> None:
        async with transaction(pool, resident=uuid4()) as connection:
            await connection.execute("SELECT pg_sleep(5)")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow(), 0.1)
    assert not await context_of(pool)
    await pool.close()
