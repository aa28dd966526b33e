"""Register the rows of a file through the door that every delivery goes through.

Rows of whom it is certain that nobody is registered like them are added together; every other goes
alone, as a delivery would. What it comes to is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Final

from openhealthcode.collection.bulk.alone import register_alone
from openhealthcode.collection.bulk.model import Row, RowResult
from openhealthcode.collection.bulk.together import InFlight, register_together
from openhealthcode.collection.model import Source
from openhealthcode.database import Pool
from openhealthcode.trust import Keys

BATCH: Final = 128
_AT_ONCE: Final = 4


async def register_rows(
    pool: Pool, keys: Keys, rows: Iterable[Row], source: Source
) -> AsyncIterator[list[RowResult]]:
    """Register rows, a few batches at once, and tell what became of each in their order.

    What is told is durable. Registering the same rows again changes nothing.
    """
    batches = _batches(iter(rows))
    in_flight = InFlight(_AT_ONCE)
    running: list[asyncio.Task[list[RowResult]]] = []
    try:
        while True:
            while len(running) < _AT_ONCE and (batch := next(batches, None)):
                running.append(asyncio.create_task(_register(pool, keys, batch, source, in_flight)))
                await asyncio.sleep(0)  # a batch begins before the next: it is compared with it
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
    pool: Pool, keys: Keys, batch: list[Row], source: Source, in_flight: InFlight
) -> list[RowResult]:
    results = await register_together(pool, keys, batch, source, in_flight)
    for row in batch:
        if row.number not in results:
            results[row.number] = await register_alone(pool, keys, row, source)
    return [results[row.number] for row in batch]
