"""Reads and writes the one row of a resident's PINs; sees what is sealed only as bytes."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec

from openhealthcode.database import Connection, load_queries
from openhealthcode.sign_in.pin.model import MOST_WRONG, WAITS, PinStanding
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, Keys, identity_aad

_QUERIES = load_queries("openhealthcode.sign_in.pin")


class Hashes(msgspec.Struct, frozen=True):
    """Both hashes, of equal length; without a second PIN, the second is nobody's."""

    own: str
    second: str


class Stored(NamedTuple):
    """The PINs of one resident as they stand."""

    version: UUID
    hashes: Hashes


async def claim_try(connection: Connection, keys: Keys, resident_id: ResidentId) -> Stored | None:
    """Count an entry before it is looked at; ``None`` when there is nothing to try now."""
    row = await connection.fetchrow(_QUERIES["claim_try"], resident_id, _waits())
    return None if row is None else _stored(keys, resident_id, row["version"], row["sealed"])


async def give_back(connection: Connection, resident_id: ResidentId, version: UUID) -> None:
    """The entry was right: it counts for nothing, and wrong ones before are in no row any more."""
    await connection.execute(_QUERIES["give_back"], resident_id, version, MOST_WRONG)


async def stored(connection: Connection, keys: Keys, resident_id: ResidentId) -> Stored | None:
    """The PINs as they stand, without an entry being counted."""
    row = await connection.fetchrow(_QUERIES["pin"], resident_id)
    return None if row is None else _stored(keys, resident_id, row["version"], row["sealed"])


async def standing(connection: Connection, resident_id: ResidentId) -> PinStanding | None:
    """What may be known of a PIN by whoever asks for it."""
    row = await connection.fetchrow(_QUERIES["standing"], resident_id)
    return None if row is None else PinStanding(**row)


async def keep(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    hashes: Hashes,
    expected: UUID | None,
) -> bool:
    """Store new PINs, whose life begins; false if others were stored since ``expected``."""
    version = uuid4()
    plain = msgspec.json.encode(hashes)
    sealed = keys.of(resident_id).seal(KeyClass.IDENTITY, _place(resident_id, version), plain)
    kept = await connection.fetchval(
        _QUERIES["keep"], resident_id, version, sealed, MOST_WRONG, expected
    )
    return kept is not None


def _stored(keys: Keys, resident_id: ResidentId, version: UUID, sealed: bytes) -> Stored:
    plain = keys.of(resident_id).open(KeyClass.IDENTITY, _place(resident_id, version), sealed)
    return Stored(version, msgspec.json.decode(plain, type=Hashes))


def _place(resident_id: ResidentId, version: UUID) -> bytes:
    return identity_aad(resident_id, f"pin|{version}")


def _waits() -> list[timedelta]:
    return list(WAITS)
