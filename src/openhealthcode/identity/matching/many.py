"""Look up and keep the rows of comparison of many registrations, each in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import asyncpg

from openhealthcode.database import Connection, load_queries
from openhealthcode.identity.matching.keys import HOT_KEY_CAP
from openhealthcode.identity.matching.model import Block
from openhealthcode.identity.matching.store import COLUMNS, Found, found_in
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.identity.matching")
_HELD: Final = COLUMNS.index(Block.SOUND_AND_BIRTH)

StoredRow = tuple[ResidentId, int, list[int | None], bytes]
"""As ``store.row_of`` makes it: whose, its own key, the ten keys, and what is sealed."""


async def candidates_of_many(
    connection: Connection, keys: Keys, rows: Sequence[StoredRow]
) -> list[list[Found]]:
    """Everybody with whom each of several registrations shares a key; for each in their order.

    Until the transaction ends, nobody else looks up one of these names with its birth date.
    """
    order = sorted(range(len(rows)), key=lambda place: rows[place][2][_HELD] or 0)
    flat = [key for place in order for key in rows[place][2]]
    held = [rows[place][2][_HELD] for place in order]
    by_place: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(_QUERIES["candidates_of_many"], flat, HOT_KEY_CAP, held):
        by_place[order[row["place"] - 1]].append(row)
    return [found_in(keys, by_place[place]) for place in range(len(rows))]


async def add_many(connection: Connection, rows: Sequence[StoredRow]) -> None:
    """Keep the first row of comparison of each new resident; a transaction of ``registration``."""
    columns = zip(*((of, own, sealed, *hashed) for of, own, hashed, sealed in rows), strict=True)
    await connection.execute(_QUERIES["add_variants"], *map(list, columns))
