"""Keep connections ready and lend them out.

The driver's own pool makes a task and two wrappers at every loan, a fifth of what a disclosure
costs; this one hands over the connection itself. Lent last in, first out; as many as needed are
opened, up to a number; a connection that broke is forgotten and another opened when one is wanted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import asyncpg

from openhealthcode.database.together import Answer, Item, Together, Work

Connection = asyncpg.Connection

T = TypeVar("T")


class Pool:
    """Up to ``size`` connections of one database."""

    def __init__(self, connect: Callable[[], Coroutine[None, None, Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()
        self._opening: set[asyncio.Task[Connection]] = set()
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._together: dict[Work[Any, Any], Together[Any, Any]] = {}

    async def together(self, work: Work[Item, Answer], item: Item) -> Answer:
        """Have ``work`` done for one item, with others that wait for the same work.

        Args:
            work: a function of a module; does it for several items in one transaction.
            item: what to do it for.
        """
        together = self._together.get(work)
        if together is None:
            together = self._together[work] = Together(self, work)
        answer: Answer = await together.do(item)
        return answer

    async def acquire(self) -> Connection:
        """Borrow a connection; waits while all are lent. Give it back with ``release``."""
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    self._lent.add(connection)
                    return connection
            if self.get_size() < self._size:
                return await self._open()
            connection_or_room = await self._next()
            if connection_or_room is not None:
                return connection_or_room

    def release(self, connection: Connection) -> None:
        """Take a connection back; one that broke, or is still in a transaction, is thrown away."""
        if connection.is_closed() or connection.is_in_transaction():
            self._lent.discard(connection)
            connection.terminate()
            self._make_room()
            return
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        self._lent.discard(connection)
        self._idle.append(connection)

    def get_size(self) -> int:
        """Connections open now."""
        return len(self._idle) + len(self._lent) + len(self._opening)

    def get_idle_size(self) -> int:
        """Connections nobody uses now."""
        return len(self._idle)

    def terminate(self) -> None:
        """Cut all connections off, lent or not."""
        for connection in (*self._idle, *self._lent):
            connection.terminate()
        self._idle.clear()
        self._lent.clear()

    async def close(self) -> None:
        """Close what is idle in good order and cut off what is still lent."""
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._idle:
            await self._idle.pop().close()
        self.terminate()
        await asyncio.sleep(0)  # lets the loop see the cut connections off

    async def fetch(self, query: str, *parameters: object) -> list[asyncpg.Record]:
        """The rows of one statement outside any context; only for tables that need none."""
        rows: list[asyncpg.Record] = await self._once(lambda c: c.fetch(query, *parameters))
        return rows

    async def fetchrow(self, query: str, *parameters: object) -> asyncpg.Record | None:
        """The first row of one statement; as ``fetch``."""
        row: asyncpg.Record | None = await self._once(lambda c: c.fetchrow(query, *parameters))
        return row

    async def fetchval(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - as the driver
        """The first value of one statement; as ``fetch``."""
        return await self._once(lambda c: c.fetchval(query, *parameters))

    async def execute(self, query: str, *parameters: object) -> str:
        """Run one statement; as ``fetch``."""
        status: str = await self._once(lambda c: c.execute(query, *parameters))
        return status

    async def _once(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        connection = await self.acquire()
        try:
            return await work(connection)
        finally:
            self.release(connection)

    async def _open(self) -> Connection:
        """Open one more. Who gives up meanwhile leaves it to the next, never half open."""
        opening = asyncio.create_task(self._connect())
        self._opening.add(opening)
        opening.add_done_callback(self._opened)
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._give_to_another)
            raise
        return opening.result()

    def _opened(self, opening: asyncio.Task[Connection]) -> None:
        self._opening.discard(opening)
        if opening.cancelled() or opening.exception():
            self._make_room()
        else:
            self._lent.add(opening.result())

    def _give_to_another(self, opening: asyncio.Task[Connection]) -> None:
        if not opening.cancelled() and not opening.exception():
            self.release(opening.result())

    async def _next(self) -> Connection | None:
        """The connection given back next, or None when there is room to open one."""
        waiting: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():  # given, but nobody is here to use it
                given = waiting.result()
                if given is None:
                    self._make_room()
                else:
                    self.release(given)
            raise

    def _make_room(self) -> None:
        """Tell one who waits that a connection may be opened."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
