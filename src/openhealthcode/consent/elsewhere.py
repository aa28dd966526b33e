"""One person under several ids: what ends under one of them ends under the others too."""

from __future__ import annotations

from collections.abc import Collection

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.erasure import ask_after_withdrawal
from openhealthcode.database import Connection, enter
from openhealthcode.identity import ids_of
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def end_elsewhere(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_ids: Collection[ConsentId],
    event: audit.Event,
) -> None:
    """End the same consents under the person's other ids, where entries were merged.

    What was given under another id alone, before the merge, is not among them and stands.

    Args:
        connection: the transaction that ended them under this id, and holds its chain.
        event: as it is logged under each other id.
    """
    others = [one for one in await ids_of(connection, keys, resident_id) if one != resident_id]
    for other in others:
        await enter(connection, resident=other)
        here = [one for one in consent_ids if await store.is_in_force(connection, other, one)]
        if not here:
            continue
        logged = await audit.append_at_once(connection, keys, other, event, changes_consent=True)
        for consent_id in here:
            await store.withdraw(connection, other, consent_id, logged.at, logged.number)
            await ask_after_withdrawal(connection, other, logged)
    if others:
        await enter(connection, resident=resident_id)
