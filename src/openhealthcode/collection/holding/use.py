"""Note that somebody was shown what is held: the first time counts, for the over-collection report.

Nothing is added to a look for this. The log says who was shown what; it is followed afterwards, by
``access``, which alone may read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from openhealthcode.collection.holding import rules, store
from openhealthcode.collection.store import count
from openhealthcode.collection.tally import Counted, Fate
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import ResidentKeys

followed_up_to = store.followed
forget = store.forget


async def note_use(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    shown: Collection[UUID],
    number: int,
) -> int:
    """Note that these entries were shown to somebody else, by events up to this one.

    Args:
        connection: a transaction of the resident.
        shown: entries of which one version or another was shown.

    Returns:
        how many of them nobody had been shown before.
    """
    ids = await store.unread(connection, resident_id, shown) if shown else []
    found = await store.holdings(connection, keys, resident_id, ids) if ids else {}
    counted = Counter(
        Counted(one.institution_id, month, rule, element, Fate.READ)
        for one in found.values()
        for rule, element, month in rules.first_reads(one)
    )
    if found:
        await store.keep(connection, keys, resident_id, [rules.read(o) for o in found.values()])
        await count(connection, counted)
    await store.follow(connection, resident_id, number)
    return len(found)
