"""Load a code system: the whole of it in one transaction, or nothing; versions stay side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeVar

import asyncpg

from openhealthcode.database import Pool, transaction
from openhealthcode.terminology.loaded import store
from openhealthcode.terminology.loaded.model import LoadedVersion, UnreadableCodes, VersionLoaded
from openhealthcode.terminology.loaded.read import Delivery, checked

_BATCH: Final = 2_000
"""So many rows are in memory at a time."""

T = TypeVar("T")


async def load(
    pool: Pool, delivery: Delivery, told: Callable[[int], None] = lambda _: None
) -> LoadedVersion:
    """Put a code system into the database; from the end of this it is the one that holds.

    Args:
        told: called with how many concepts are in, now and then.

    Raises:
        VersionLoaded: this version is there.
        UnreadableCodes: a row is none, a code comes twice, or a parent is no concept.
    """
    at = datetime.now(UTC)
    about = delivery.about
    async with transaction(pool) as connection:
        number = await store.begin(connection, about, at)
        if number is None:
            raise VersionLoaded
        concepts = 0
        rows = checked(delivery.rows)
        while batch := list(islice(rows, _BATCH)):
            try:
                await store.add(connection, number, about.url, batch)
            except asyncpg.UniqueViolationError:
                raise UnreadableCodes(
                    f"a code comes twice, the second time after row {concepts}"
                ) from None
            concepts += len(batch)
            told(concepts)
        if not concepts:
            raise UnreadableCodes("the file holds no concepts")
        for links in _batches(iter(delivery.links)):
            await store.add_parents(connection, number, links)
        unknown = await store.finish(connection, number, concepts)
        if unknown is not None:
            raise UnreadableCodes(f"a concept lies under {unknown[:40]}, which is none of them")
    return LoadedVersion(number, about, concepts, at)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, _BATCH)):
        yield batch
