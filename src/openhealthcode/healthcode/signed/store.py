"""Whom a signed code belongs to, and whether the region took it back; only hashes of handles are kept.

A handle is found by its keyed hash, so that neither this table nor a copy of it leads from a code
that somebody photographed to a person, without the region's key. What was revoked lies in a table
of its own, which says nothing about anybody: an issuer's key, an index, a bit.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record

from openhealthcode.database import Connection, Pool, load_queries, look_up, transaction
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed.layout import LOWEST_INDEX, OVER_INDEX
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import Keys, NoCodeIssuer

_QUERIES = load_queries("openhealthcode.healthcode.signed")
_KINDS: Final = {
    CodeType.OFFLINE: "offline",
    CodeType.PRINTED: "printed",
    CodeType.TEMPORARY: "temporary",
    CodeType.SHORT: "short",
}
EVERY_KIND: Final = frozenset(_KINDS)
_KIND_NAMED: Final = {name: kind for kind, name in _KINDS.items()}
_KEPT: Final = timedelta(days=90)
"""How long after its end a code still leads to its resident: a clinic may be offline for weeks."""
_INDEX_KEPT: Final = timedelta(days=1)
_DRAWS: Final = 64
"""Enough for twenty codes in a list that is nine tenths full."""


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """One signed code as it is recorded when it is made.

    Args:
        handle: the sixteen bytes inside; of a short code, its text.
        resident_id: whose; a temporary code may still be nobody's.
        issuer_key: the four bytes that name the key it was signed with; none on a short code.
        index: its bit in that key's list of revoked codes, from ``draw_indexes``.
        until: when it lapses by itself.
        device_reference: of a phone's certificate.
        card_version: of a card.
    """

    kind: CodeType
    handle: bytes = field(repr=False)
    resident_id: ResidentId | None
    until: datetime
    issuer_key: bytes | None = None
    index: int | None = None
    device_reference: DeviceReference | None = field(default=None, repr=False)
    card_version: int | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a signed code is, and what became of it."""

    resident_id: ResidentId | None
    """None for a temporary code that is bound to nobody yet."""
    kind: CodeType
    issued_at: datetime
    until: datetime
    revoked_at: datetime | None
    redeemed_at: datetime | None
    device_reference: DeviceReference | None = field(repr=False)
    card_version: int | None
    issuer_key: bytes | None
    index: int | None


def handle_key(keys: Keys, handle: bytes) -> bytes:
    """What a handle is found by; name it as ``lookup`` of the transaction."""
    return keys.blind_index("handle of code", handle.hex())


async def draw_indexes(
    connection: Connection, issuer_key: bytes, count: int, until: datetime
) -> list[int]:
    """Take random indices of status that no other code of this key has.

    The transaction's look-ups become those indices. What is not recorded as a code's afterwards is
    free again a day after ``until``.

    Raises:
        NoCodeIssuer: the list of this key is all but full; the region needs another key.
    """
    drawn: list[int] = []
    for _ in range(_DRAWS):
        wanted = {_random_index() for _ in range(count - len(drawn))}
        await look_up(connection, [_index_key(issuer_key, index) for index in wanted])
        rows = await connection.fetch(_QUERIES["draw_indexes"], issuer_key, list(wanted), until)
        drawn += [row["status_index"] for row in rows]
        if len(drawn) == count:
            return drawn
    raise NoCodeIssuer("the list of this key is all but full; the region needs another key")


async def record_codes(
    connection: Connection, keys: Keys, codes: Sequence[IssuedCode], now: datetime
) -> None:
    """Note whose codes these are, before they are handed out.

    The transaction's look-ups become the codes' keys.
    """
    handle_keys = [handle_key(keys, one.handle) for one in codes]
    await look_up(connection, handle_keys)
    await connection.execute(
        _QUERIES["record_codes"],
        handle_keys,
        [one.resident_id for one in codes],
        [_KINDS[one.kind] for one in codes],
        [one.issuer_key for one in codes],
        [one.index for one in codes],
        [one.device_reference for one in codes],
        [one.card_version for one in codes],
        now,
        [one.until for one in codes],
    )


async def holder_of(connection: Connection, keys: Keys, handle: bytes) -> Holder | None:
    """Whose the code with this handle is; the transaction's look-up becomes its key."""
    key = handle_key(keys, handle)
    await look_up(connection, [key])
    row = await connection.fetchrow(_QUERIES["holder_of"], key)
    return None if row is None else _holder(row)


async def spend_code(connection: Connection, keys: Keys, handle: bytes, now: datetime) -> bool:
    """Note a one-time code as redeemed; false if it was before, or was revoked, or is unknown.

    The transaction's look-up becomes its key.
    """
    key = handle_key(keys, handle)
    await look_up(connection, [key])
    done = await connection.execute(_QUERIES["spend_code"], key, now)
    return _changed_one(done)


async def bind_code(
    connection: Connection, keys: Keys, handle: bytes, resident_id: ResidentId
) -> bool:
    """Give a temporary code that was nobody's to a resident, once; false if it was somebody's.

    The transaction's look-up becomes its key.
    """
    key = handle_key(keys, handle)
    await look_up(connection, [key])
    done = await connection.execute(_QUERIES["bind_code"], key, resident_id)
    return _changed_one(done)


async def codes_of(
    connection: Connection, resident_id: ResidentId, kind: CodeType, now: datetime
) -> list[Holder]:
    """A resident's codes of one kind that have not lapsed, the newest first, revoked ones too."""
    rows = await connection.fetch(_QUERIES["codes_of_resident"], resident_id, _KINDS[kind], now)
    return [_holder(row) for row in rows]


async def issued_to_device(
    connection: Connection, device_reference: DeviceReference, since: datetime
) -> int:
    """How many certificates a phone, whose reference the transaction names, was given since then."""
    query = _QUERIES["issued_to_device"]
    return int(await connection.fetchval(query, device_reference, since))


async def revoke_codes(
    connection: Connection, resident_id: ResidentId, kinds: Collection[CodeType], now: datetime
) -> int:
    """Take back a resident's codes of these kinds, in the resident's transaction; how many."""
    names = [_KINDS[kind] for kind in kinds]
    rows = await connection.fetch(_QUERIES["revoke_codes_of_resident"], resident_id, names, now)
    return await _revoke(connection, rows, now)


async def revoke_codes_of_devices(
    connection: Connection, device_references: Collection[DeviceReference], now: datetime
) -> int:
    """Take back the certificates of phones, whose references the transaction names; how many."""
    references = list(device_references)
    await look_up(connection, references)
    rows = await connection.fetch(_QUERIES["revoke_codes_of_devices"], references, now)
    return await _revoke(connection, rows, now)


async def revoke_code(connection: Connection, keys: Keys, handle: bytes, now: datetime) -> bool:
    """Take back one code; false if it is unknown, lapsed, or was taken back before."""
    key = handle_key(keys, handle)
    await look_up(connection, [key])
    rows = await connection.fetch(_QUERIES["revoke_code"], key, now)
    await _revoke(connection, rows, now)
    return bool(rows)


async def revoked_indexes(connection: Connection, issuer_key: bytes) -> list[int]:
    """The bits to be set in a key's list; in a transaction of the task ``publishing``."""
    rows = await connection.fetch(_QUERIES["revoked_indexes"], issuer_key)
    return [row["status_index"] for row in rows]


async def purge_codes(pool: Pool, now: datetime) -> int:
    """Forget codes ninety days after they lapsed, and free their indices after one; how many."""
    async with transaction(pool, task="purging") as connection:
        await connection.execute(_QUERIES["purge_indexes"], now - _INDEX_KEPT)
        done = await connection.execute(_QUERIES["purge_codes"], now - _KEPT)
    return int(done.removeprefix("DELETE "))


async def _revoke(connection: Connection, rows: Sequence[Record], now: datetime) -> int:
    listed = [
        (row["issuer_key"], row["status_index"]) for row in rows if row["issuer_key"] is not None
    ]
    if listed:
        await look_up(connection, [_index_key(*one) for one in listed])
        issuer_keys, indexes = zip(*listed, strict=True)
        await connection.execute(_QUERIES["revoke_indexes"], issuer_keys, indexes, now)
    return len(rows)


def _changed_one(done: str) -> bool:
    """Whether a statement's tag counts one row."""
    return done.endswith(" 1")


def _random_index() -> int:
    return LOWEST_INDEX + secrets.randbelow(OVER_INDEX - LOWEST_INDEX)


def _index_key(issuer_key: bytes, index: int) -> bytes:
    return issuer_key + index.to_bytes(4)


def _holder(row: Record) -> Holder:
    resident_id = row["resident_id"]
    reference = row["device_reference"]
    return Holder(
        resident_id=None if resident_id is None else ResidentId(resident_id),
        kind=_KIND_NAMED[row["kind"]],
        issued_at=row["issued_at"],
        until=row["until"],
        revoked_at=row["revoked_at"],
        redeemed_at=row["redeemed_at"],
        device_reference=None if reference is None else DeviceReference(reference),
        card_version=row["card_version"],
        issuer_key=row["issuer_key"],
        index=row["status_index"],
    )
