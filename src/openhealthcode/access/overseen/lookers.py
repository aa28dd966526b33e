"""Who of the staff some events of the log are of; whose record it was is not told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import PractitionerId

_QUERIES: Final = load_queries("openhealthcode.access.overseen")


async def lookers(connection: Connection, leaves: Iterable[int]) -> frozenset[PractitionerId]:
    """The staff these leaves tell of; the transaction is of the task ``supervision``."""
    rows = await connection.fetch(_QUERIES["lookers"], sorted(set(leaves)))
    return frozenset(PractitionerId(row["agent_id"]) for row in rows)
