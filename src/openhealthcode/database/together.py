"""Group commit: statements that arrive while others are under way travel in the next one.

A round trip, a snapshot and a durable commit cost more than most of what they carry. Under load
what waits goes together and shares them; a statement that comes alone leaves at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import asyncpg

if TYPE_CHECKING:
    from openhealthcode.database.connections import Connection, Pool

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Work = Callable[["Connection", Sequence[Item]], Awaitable[Sequence[Answer]]]

_AT_ONCE: Final = 16
_UNDER_WAY: Final = 2


class Together(Generic[Item, Answer]):
    """One kind of work on one pool, done for up to 16 items at once."""

    def __init__(self, pool: Pool, work: Work[Item, Answer]) -> None:
        """Describe it.

        Args:
            pool: where the connections come from.
            work: does it for several items in one transaction; one answer each, in their order.
        """
        self._pool = pool
        self._work = work
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def do(self, item: Item) -> Answer:
        """Have the work done for one item.

        Raises:
            asyncpg.PostgresError: the item was refused, by itself: the others do not suffer.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if len(self._under_way) < _UNDER_WAY:
            task = asyncio.create_task(self._go_on())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await answer

    async def _go_on(self) -> None:
        while self._waiting:
            several: list[tuple[Item, asyncio.Future[Answer]]] = []
            while self._waiting and len(several) < _AT_ONCE:
                item, answer = self._waiting.popleft()
                if not answer.done():  # else whoever wanted it has gone
                    several.append((item, answer))
            try:
                await self._do(several)
            except BaseException as error:  # noqa: BLE001 - told to each who waits
                for _, answer in several:
                    if not answer.done():
                        answer.set_exception(error)

    async def _do(self, several: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        connection = await self._pool.acquire()
        try:
            try:
                answers = await self._work(connection, [item for item, _ in several])
            except asyncpg.PostgresError:
                if len(several) == 1:
                    raise
                await self._one_by_one(connection, several)
                return
        finally:
            self._pool.release(connection)
        for (_, answer), given in zip(several, answers, strict=True):
            if not answer.done():
                answer.set_result(given)

    async def _one_by_one(
        self, connection: Connection, several: list[tuple[Item, asyncio.Future[Answer]]]
    ) -> None:
        """The database refused all for the sake of one: nothing was done, so do each alone."""
        for item, answer in several:
            try:
                (given,) = await self._work(connection, [item])
            except asyncpg.PostgresError as error:
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(given)
