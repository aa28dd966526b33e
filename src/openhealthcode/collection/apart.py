"""What a resident chose to close or to open again, as labels of entries."""

from __future__ import annotations

from collections.abc import Mapping

from openhealthcode.database import Connection
from openhealthcode.record import writing as record
from openhealthcode.standards import SensitiveCategory
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import ResidentKeys


async def relabel(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    labels: Mapping[EntryId, frozenset[SensitiveCategory]],
) -> None:
    """Let every version of these entries carry these closed kinds and no others.

    Args:
        connection: the transaction that logs why, and holds the resident's chain.
        keys: the resident's.
        resident_id: whose entries.
        labels: all that each of them carries from now on.
    """
    if labels:
        await record.close(connection, keys, resident_id, labels)
