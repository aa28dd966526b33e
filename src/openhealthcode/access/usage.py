"""What of what was collected anybody was ever shown: the log is followed after the looks.

A look writes nothing for this. Every hour the logs that went on are read from where they were left
off, and the entries they name are noted as read. Only counts leave, by institution and element.
"""

from __future__ import annotations

from typing import Final

from openhealthcode import audit, collection
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES = load_queries("openhealthcode.access", "usage.sql")
_AT_ONCE: Final = 200


async def follow_uses(pool: Pool, keys: Keys) -> int:
    """Follow every log that went on since; how many residents that were."""
    followed = 0
    while True:
        async with transaction(pool, task="verification") as connection:
            rows = await connection.fetch(_QUERIES["logs_that_went_on"], _AT_ONCE)
        for row in rows:
            await _follow(pool, keys, ResidentId(row["resident_id"]))
        followed += len(rows)
        if len(rows) < _AT_ONCE:
            return followed


async def _follow(pool: Pool, keys: Keys, resident_id: ResidentId) -> None:
    try:
        async with transaction(pool, resident=resident_id) as connection:
            # Held like every change of what is noted: nothing is filed, or counted twice, meanwhile.
            await audit.hold(connection, resident_id)
            resident_keys = keys.of(resident_id)
            after = await collection.followed_up_to(connection, resident_id)
            shown, last = await log.shown_to_others(connection, keys, resident_id, after)
            await collection.note_use(connection, resident_keys, resident_id, shown, last)
    except (NotFound, DestroyedKey, UnknownKey):  # closed meanwhile, and nothing of it is held
        async with transaction(pool, resident=resident_id) as connection:
            await collection.forget(connection, resident_id)
