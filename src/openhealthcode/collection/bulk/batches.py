"""Register the rows of a file through the door that every delivery goes through.

Rows of whom it is certain that nobody is registered like them are added together; every other goes
alone, as a delivery would. What it comes to is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Protocol

from openhealthcode.collection.bulk.alone import register_alone
from openhealthcode.collection.bulk.model import Candidate, Row, RowResult
from openhealthcode.collection.bulk.near import InFlight, Turn
from openhealthcode.collection.bulk.together import register_together
from openhealthcode.collection.model import Source
from openhealthcode.database import Pool
from openhealthcode.trust import Keys

BATCH: Final = 128


class Desk(Protocol):
    """Where rows are written: in this process, or in several."""

    at_once: int
    """How many batches it can have under way."""

    async def together(self, candidates: Sequence[Candidate]) -> list[RowResult]:
        """As ``register_together``."""

    async def alone(self, rows: Sequence[Row]) -> list[RowResult]:
        """Each as ``register_alone``, in their order."""


class OwnDesk:
    """Writes rows in this process."""

    at_once = 4

    def __init__(self, pool: Pool, keys: Keys, source: Source) -> None:
        self._pool, self._keys, self._source = pool, keys, source

    async def together(self, candidates: Sequence[Candidate]) -> list[RowResult]:
        """As ``register_together``."""
        return await register_together(self._pool, self._keys, candidates, self._source)

    async def alone(self, rows: Sequence[Row]) -> list[RowResult]:
        """Each as ``register_alone``, in their order."""
        return [await register_alone(self._pool, self._keys, row, self._source) for row in rows]


async def register_rows(desk: Desk, rows: Iterable[Row]) -> AsyncGenerator[list[RowResult], None]:
    """Register rows, a few batches at once, and tell what became of each in their order.

    What is told is durable. Registering the same rows again changes nothing.
    """
    batches = _batches(iter(rows))
    in_flight = InFlight()
    running: list[asyncio.Task[list[RowResult]]] = []
    try:
        while True:
            while len(running) < desk.at_once and (batch := next(batches, None)):
                turn = in_flight.begin(batch, datetime.now(UTC))  # in the order of the file
                running.append(asyncio.create_task(_register(desk, in_flight, turn, batch)))
                await asyncio.sleep(0)
            if not running:
                return
            yield await running[0]
            del running[0]
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


async def _register(
    desk: Desk, in_flight: InFlight, turn: Turn, batch: Sequence[Row]
) -> list[RowResult]:
    results = {result.number: result for result in turn.refused}
    results |= {result.number: result for result in await desk.together(turn.together)}
    rest = [row for row in batch if row.number not in results]
    if rest:
        await turn.until_earlier_are_written()
        results |= {result.number: result for result in await desk.alone(rest)}
    in_flight.end(turn)
    return [results[row.number] for row in batch]
