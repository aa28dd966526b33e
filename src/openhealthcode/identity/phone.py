"""Bind a phone to a resident: from then on its sign-in codes open that resident's pages.

Knowing number and name binds nothing; the caller has seen a proof and logs who gave it. One phone
may be bound to several residents (a parent's also to the child).
"""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode.database import Connection, enter
from openhealthcode.identity import sealing, store
from openhealthcode.identity.claims import phone_key
from openhealthcode.identity.linking.store import person
from openhealthcode.identity.model import PlaceholderPhone
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import Keys


async def bind_phone(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    phone: Phone,
    bound_by: PractitionerId | None = None,
) -> bool:
    """Bind a phone; false when it was bound already.

    Raises:
        PlaceholderPhone: the number is one that is typed for "none".
    """
    if phone.is_placeholder:
        raise PlaceholderPhone
    await enter(connection, resident=resident_id)
    bound = phone_key(keys, resident_id, phone), sealing.seal_phone(keys, resident_id, phone)
    return await store.add_phone(connection, resident_id, bound, bound_by, datetime.now(UTC))


async def phone_is_bound(
    connection: Connection, keys: Keys, resident_id: ResidentId, phone: Phone
) -> bool:
    """Whether this phone is bound to this resident, under any of the person's ids.

    The transaction is the resident's. Of somebody who is not there as many queries are asked.
    """
    key = phone_key(keys, resident_id, phone)
    bound = await store.is_phone_bound(connection, resident_id, key)
    others = set(await person(connection, keys, resident_id)) - {resident_id}
    for other in others:
        await enter(connection, resident=other)
        key = phone_key(keys, other, phone)
        bound = await store.is_phone_bound(connection, other, key) or bound
    if others:
        await enter(connection, resident=resident_id)
    return bound


async def unbind_all(connection: Connection, resident_id: ResidentId, at: datetime) -> None:
    """Unbind every phone; the transaction is the resident's. Sessions are ``sign_in``'s to end."""
    await store.remove_phones(connection, resident_id, at)


async def unbind(connection: Connection, keys: Keys, resident_id: ResidentId, phone: Phone) -> bool:
    """Unbind a phone; false when it was not bound. Its sessions are ``sign_in``'s to end."""
    await enter(connection, resident=resident_id)
    key = phone_key(keys, resident_id, phone)
    return await store.remove_phone(connection, resident_id, key, datetime.now(UTC))
