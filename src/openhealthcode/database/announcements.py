"""Tell waiting pages, in whichever process, that something happened; never what.

A topic is an opaque, unguessable name. PostgreSQL delivers it at commit (``NOTIFY``), so nobody
hears of what was rolled back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Self

import asyncpg

from openhealthcode.database.connections import Connection
from openhealthcode.database.queries import load_queries

_QUERIES = load_queries("openhealthcode.database")
_CHANNEL = "ohc_announcements"
_RECONNECT_SECONDS = 1.0


async def announce(connection: Connection, topic: str) -> None:
    """Wake whoever follows ``topic`` once this transaction has committed."""
    await connection.execute(_QUERIES["announce"], _CHANNEL, topic)


class Announcements:
    """One listening connection per process, handing each topic to those who follow it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen(), name="announcements")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening

    async def follow(self, topic: str, *, timeout_seconds: float = 20.0) -> AsyncIterator[bool]:
        """Yield True at each announcement of ``topic``, False at once and after a quiet while.

        Whoever looks at the first answer misses nothing that comes afterwards. The quiet ones let
        a caller notice that its reader has gone and poll for what a lost connection may have
        swallowed.
        """
        woken = asyncio.Event()
        self._followers[topic].add(woken)
        try:
            yield False
            while True:
                try:
                    async with asyncio.timeout(timeout_seconds):
                        await woken.wait()
                    woken.clear()
                    yield True
                except TimeoutError:
                    yield False
        finally:
            self._followers[topic].discard(woken)
            if not self._followers[topic]:
                del self._followers[topic]

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._listen_until_lost()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        lost = asyncio.Event()
        connection = await asyncpg.connect(self._url)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._deliver)
            for followers in self._followers.values():
                for woken in followers:  # something may have been missed till now: let each look
                    woken.set()
            await lost.wait()
        finally:
            connection.terminate()

    def _deliver(self, _connection: object, _pid: int, _channel: str, topic: object) -> None:
        for woken in self._followers.get(str(topic), ()):
            woken.set()
