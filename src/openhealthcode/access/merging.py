"""A registrar merges entries or separates them again, and the residents are told at once.

The message goes to the phones of every entry concerned. It names nobody: after a wrong merge it
reaches two people who must learn nothing of each other, and each of whom can have it undone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from openhealthcode import audit, collection
from openhealthcode.access import notices
from openhealthcode.access.notices import Notice
from openhealthcode.collection import Owe
from openhealthcode.database import Connection, Pool, enter
from openhealthcode.identity.linking import Done, Merge, Suggestion
from openhealthcode.sign_in import Message, Outbox, merge_notice, unmerge_notice
from openhealthcode.standards import NotFound, Phone
from openhealthcode.standards.ids import MergeId, ResidentId
from openhealthcode.trust import Keys


async def merge(  # noqa: PLR0913 - who, whom, why, and what is told of it
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    survivor: ResidentId,
    other: ResidentId,
    reason: str,
    clerk: audit.Agent,
    *,
    suggestion: Suggestion | None = None,
    also: Owe | None = None,
) -> Merge:
    """As ``collection.merge``, and tell the residents.

    Args:
        also: what else is written in the same transaction.
    """
    telling = _Telling(keys, merge_notice, also)
    merged = await collection.merge(
        pool, keys, survivor, other, reason, clerk, suggestion=suggestion, owe=telling.owe
    )
    await notices.hand_over(pool, outbox, telling.owed)
    return merged


async def unmerge(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    resident_id: ResidentId,
    merge_id: MergeId,
    reason: str,
    clerk: audit.Agent,
    *,
    also: Owe | None = None,
) -> Merge:
    """As ``collection.unmerge``, and tell the residents.

    Args:
        also: what else is written in the same transaction.
    """
    telling = _Telling(keys, unmerge_notice, also)
    undone = await collection.unmerge(
        pool, keys, resident_id, merge_id, reason, clerk, owe=telling.owe
    )
    await notices.hand_over(pool, outbox, telling.owed)
    return undone


class _Telling:
    """Stores the messages with the decision; one that is started over begins again."""

    def __init__(
        self,
        keys: Keys,
        message: Callable[[Phone, str], Message],
        also: Callable[[Connection, Done], Awaitable[None]] | None,
    ) -> None:
        self._keys = keys
        self._message = message
        self._also = also
        self.owed: list[Notice] = []

    async def owe(self, connection: Connection, done: Done) -> None:
        """Owe a message to every phone of everybody concerned."""
        self.owed = []
        for one, logged in done.logged.items():
            await enter(connection, resident=one)
            try:
                owed = await notices.owe(connection, self._keys, one, logged, self._message)
            except NotFound:
                continue  # nobody's name or phone is known of this entry
            self.owed += owed
        if self._also is not None:
            await self._also(connection, done)
