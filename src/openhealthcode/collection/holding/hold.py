"""Note what was filed under a rule: until when it is held, and that nobody has read it yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from openhealthcode.collection.holding import store
from openhealthcode.collection.holding.model import Arrival
from openhealthcode.collection.holding.rules import ended, held
from openhealthcode.collection.rules import CollectionRule
from openhealthcode.database import Connection
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import ResidentKeys


async def hold(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    rule: CollectionRule,
    arrivals: Sequence[Arrival],
    institution_id: InstitutionId,
    at: datetime,
) -> Mapping[str, int]:
    """Note, in the transaction that files them, what these entries hold.

    Returns:
        how many of the entries hold each element.
    """
    arriving = [one for one in arrivals if one.elements & rule.elements.keys()]
    if not arriving:
        return {}
    ids = [one.entry_id for one in arriving]
    before = await store.holdings(connection, keys, resident_id, ids)
    now_held = [
        held(rule, one, institution_id, before.get(one.entry_id), at.date()) for one in arriving
    ]
    await store.keep(connection, keys, resident_id, now_held)
    await store.follow(connection, resident_id, 0)
    return Counter(id_ for one in arriving for id_ in one.elements & rule.elements.keys())


async def end(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    rule: CollectionRule,
    refused: Collection[str],
    at: datetime,
) -> int:
    """Let what was collected with a consent that is taken back be over today; how many entries.

    It is destroyed with whatever else is over, within the hour.
    """
    today = at.date()
    holdings = await store.every_holding(connection, keys, resident_id)
    over = [new for one in holdings if (new := ended(one, rule, refused, today)) != one]
    if over:
        await store.keep(connection, keys, resident_id, over)
    return len(over)
