"""One person under several ids: what ends under one of them ends under the others too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.erasure import ask_after_withdrawal
from openhealthcode.database import Connection, enter
from openhealthcode.identity import ids_of
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, ResidentKeys, UnknownKey

T = TypeVar("T")


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


async def kept_under(
    connection: Connection, keys: Keys, resident_id: ResidentId, consent_id: ConsentId
) -> ResidentId:
    """Under which id of the person a consent or refusal stands; this one if under none.

    The transaction is turned to that id. Whoever acts for a resident acts for one id.
    """
    for one in await _own_first(connection, keys, resident_id):
        await enter(connection, resident=one)
        if await store.is_in_force(connection, one, consent_id):
            return one
    await enter(connection, resident=resident_id)
    return resident_id


async def under_every_id(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    read: Callable[[Connection, ResidentKeys, ResidentId], Awaitable[list[T]]],
) -> list[T]:
    """What stands under each id of the person, this one's first."""
    found: list[T] = []
    for one in await _own_first(connection, keys, resident_id):
        await enter(connection, resident=one)
        try:
            found += await read(connection, keys.of(one), one)
        except (UnknownKey, DestroyedKey):  # that account was closed
            if one == resident_id:
                raise
    return found


async def _own_first(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> list[ResidentId]:
    if audit.is_represented(resident_id):
        return [resident_id]
    return sorted(await ids_of(connection, keys, resident_id), key=resident_id.__ne__)
