"""Group commit: statements that arrive while others are under way travel in the next one.

A round trip, a snapshot and a durable commit cost more than most of what they carry. Under load
what waits goes together and shares them; a statement that comes alone leaves at once, unless the
one before had company: then more are likely to be about to come.
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
_TURNS: Final = 3
"""Of the event loop that are waited for company: far less than a round trip, and what has arrived
meanwhile shares it."""


class _Waiting(Generic[Item, Answer]):
    """An item and who waits for its answer."""

    __slots__ = ("answer", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def succeed(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


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
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._under_way = 0
        self._had_company = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, item: Item) -> Answer:
        """Have the work done for one item.

        Raises:
            asyncpg.PostgresError: the item was refused, by itself: the others do not suffer.
        """
        waiting: _Waiting[Item, Answer] = _Waiting(item)
        self._waiting.append(waiting)
        if self._under_way < _UNDER_WAY:
            self._under_way += 1  # here and not in the task, which starts later
            task = asyncio.create_task(self._go_on())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiting.answer

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                if self._had_company:
                    await _some_turns()
                if several := self._next():
                    self._had_company = len(several) > 1
                    await self._do(several)
        finally:
            self._under_way -= 1  # at once after finding that nobody waits

    def _next(self) -> list[_Waiting[Item, Answer]]:
        several: list[_Waiting[Item, Answer]] = []
        while self._waiting and len(several) < _AT_ONCE:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():  # else whoever wanted it has gone
                several.append(waiting)
        return several

    async def _do(self, several: list[_Waiting[Item, Answer]]) -> None:
        try:
            connection = await self._pool.acquire()
            try:
                await self._do_on(connection, several)
            finally:
                self._pool.release(connection)
        except Exception as error:  # noqa: BLE001 - told to each who waits
            for waiting in several:
                waiting.fail(error)

    async def _do_on(self, connection: Connection, several: list[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._work(connection, [waiting.item for waiting in several])
        except asyncpg.PostgresError as error:
            if len(several) == 1:
                several[0].fail(error)
            else:  # all were refused for the sake of one, and nothing was done: do each alone
                for waiting in several:
                    await self._do_on(connection, [waiting])
        else:
            for waiting, answer in zip(several, answers, strict=True):
                waiting.succeed(answer)


async def _some_turns() -> None:
    """Let others come along who are about to."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
