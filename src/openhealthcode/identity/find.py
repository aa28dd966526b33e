"""Find a resident by certificate, without learning anything about the person.

Answers with an opaque id at the most; who could not already name the person learns no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import store
from openhealthcode.identity.claims import identifier_key, name_key
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys


async def find(pool: Pool, keys: Keys, certificate: Certificate) -> ResidentId | None:
    """The resident registered under this certificate, also after another superseded it."""
    key = identifier_key(keys, certificate)
    async with transaction(pool, lookup=(key,)) as connection:
        holder = (await store.holders(connection, (key,))).get(key)
    return None if holder is None else holder.resident_id


async def find_all(
    pool: Pool, keys: Keys, certificates: Sequence[Certificate]
) -> tuple[ResidentId, ...]:
    """The residents registered under any of these certificates."""
    named = [identifier_key(keys, certificate) for certificate in certificates]
    async with transaction(pool, lookup=named) as connection:
        held = await store.holders(connection, named)
    return tuple(sorted({holder.resident_id for holder in held.values()}))


async def name_agrees(pool: Pool, keys: Keys, certificate: Certificate, name: str) -> bool:
    """Whether the certificate was registered with this name, however it is spaced or spelt wide."""
    return await find_named(pool, keys, certificate, name) is not None


async def find_named(
    pool: Pool, keys: Keys, certificate: Certificate, name: str
) -> ResidentId | None:
    """The resident registered under this certificate with this name; else nobody.

    A wrong name and an unknown certificate cost the same and cannot be told apart. A certificate
    that another superseded proves nothing: it names nobody.
    """
    key = identifier_key(keys, certificate)
    claimed = name_key(keys, certificate, name)
    async with transaction(pool, lookup=(key,)) as connection:
        holder = (await store.holders(connection, (key,))).get(key)
    registered = holder.claim.name_key if holder and holder.is_active else bytes(len(claimed))
    return holder.resident_id if compare_digest(registered, claimed) and holder else None


async def was_delivered_by(
    connection: Connection, resident_id: ResidentId, institution_id: InstitutionId
) -> bool:
    """Whether an institution itself delivered something about who this resident is.

    The transaction is the resident's.
    """
    return await store.was_delivered_by(connection, resident_id, institution_id)
