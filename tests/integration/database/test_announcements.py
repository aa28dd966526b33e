"""Who follows a topic looks once at the start and then misses nothing."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import pytest

from openhealthcode.database import Announcements, announce, transaction

SOON = 60
"""Seconds until a test gives up; nothing here waits that long."""


@pytest.fixture
async def announcements(database):
    async with Announcements(database.url) as opened:
        following = opened.follow("listening", timeout_seconds=SOON)
        assert await anext(following) is False
        assert await anext(following) is True, "everybody looks when listening begins"
        await following.aclose()
        yield opened


async def tell(pool, topic: str) -> None:
    async with transaction(pool) as connection:
        await announce(connection, topic)


async def undone(pool, topic: str) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with transaction(pool) as connection:
            await announce(connection, topic)
            raise ZeroDivisionError


async def test_what_happens_after_the_first_answer_is_told(announcements, pool):
    following = announcements.follow("a topic", timeout_seconds=SOON)
    assert await anext(following) is False
    await tell(pool, "a topic")  # while nobody waits for it
    await asyncio.sleep(0.1)
    assert await anext(following) is True
    await following.aclose()


async def test_a_quiet_while_is_told_too_and_another_topic_wakes_nobody(announcements, pool):
    following = announcements.follow("a topic", timeout_seconds=0.3)
    assert await anext(following) is False
    await tell(pool, "another topic")
    assert await anext(following) is False
    await following.aclose()


async def test_what_is_rolled_back_was_never_told(announcements, pool):
    following = announcements.follow("a topic", timeout_seconds=0.3)
    await anext(following)
    await undone(pool, "a topic")
    assert await anext(following) is False
    await following.aclose()


async def test_everybody_looks_once_a_lost_connection_is_there_again(
    announcements, pool, owner_url
):
    following = announcements.follow("a topic", timeout_seconds=SOON)
    await anext(following)
    owner = await asyncpg.connect(owner_url)
    ended = await owner.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    await owner.close()
    assert len(ended) == 1
    await tell(pool, "a topic")  # while nobody listens
    assert await anext(following) is True, "by then it is heard again"
    await tell(pool, "a topic")
    assert await anext(following) is True
    await following.aclose()
