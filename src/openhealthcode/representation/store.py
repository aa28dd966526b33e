"""Reads and writes representations, wishes and deaths; the only module that knows their tables.

``Connection`` is a transaction of the resident, but for ``held_by``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from hmac import compare_digest
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from openhealthcode.audit import Appended
from openhealthcode.database import Connection, load_queries
from openhealthcode.representation.model import (
    Power,
    Proof,
    Representation,
    RepresentationKind,
    Wishes,
)
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import PractitionerId, RepresentationId, ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys, UnreadableSeal, identity_aad

_QUERIES = load_queries("openhealthcode.representation")
_MOST: Final = 50
_DAY_LENGTH: Final = len("2026-01-01")
_regional: list[Wishes] = [Wishes()]
"""What holds for whoever never said anything; the region's to set, once, when the program starts."""
_KEEPING_ALL: Final = Wishes(frozenset(RecordCategory), relatives_may=False)
"""Wishes that were altered, or that this release cannot read, keep everything."""


class _Sealed(msgspec.Struct, frozen=True):
    """All that decides, so that nothing of it can be altered in the table."""

    kind: RepresentationKind
    name: str
    masked_certificate: str
    representative_key: bytes
    powers: list[Power]
    proof: Proof
    appointed_by: PractitionerId | None
    appointed_at: datetime
    end_at: datetime | None


class _SealedWishes(msgspec.Struct, frozen=True):
    categories: list[RecordCategory]
    kinds: list[SensitiveCategory]
    relatives_may: bool


def keep_from_guardians(categories: frozenset[RecordCategory]) -> None:
    """From 14 on these are closed to guardians by the region's default, until a minor says otherwise.

    Every sensitive kind is by default, too; what tells of violence always.
    """
    _regional[0] = Wishes(categories)


async def add(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    representative_key: bytes,
    appointed: Representation,
    logged: Appended,
) -> None:
    """Keep an appointment under the event that logs it."""
    sealed = _Sealed(
        kind=appointed.kind,
        name=appointed.name,
        masked_certificate=appointed.masked_certificate,
        representative_key=representative_key,
        powers=sorted(appointed.powers),
        proof=appointed.proof,
        appointed_by=appointed.appointed_by,
        appointed_at=appointed.appointed_at,
        end_at=appointed.end_at,
    )
    place = _place(resident_id, appointed.representation_id)
    await connection.execute(
        _QUERIES["add"],
        resident_id,
        appointed.representation_id,
        representative_key,
        logged.number,
        appointed.appointed_at,
        keys.seal(KeyClass.IDENTITY, place, msgspec.json.encode(sealed)),
    )


async def representations(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Representation]:
    """Everybody ever appointed to act for a resident, newest first."""
    rows = await connection.fetch(_QUERIES["representations"], resident_id)
    found = (_opened(keys, resident_id, row) for row in rows)
    return [one for one in found if one is not None]


async def representation(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    representation_id: RepresentationId,
) -> Representation | None:
    """One of them; one that was altered is none."""
    row = await connection.fetchrow(_QUERIES["representation"], resident_id, representation_id)
    return None if row is None else _opened(keys, resident_id, row)


async def held_by(
    connection: Connection, representative_keys: Collection[bytes]
) -> list[tuple[ResidentId, RepresentationId]]:
    """For whom the holder of these keys may act, unless it is over; the transaction names the keys."""
    rows = await connection.fetch(_QUERIES["held_by"], list(representative_keys), _MOST)
    return [
        (ResidentId(row["resident_id"]), RepresentationId(row["representation_id"])) for row in rows
    ]


async def revoke(
    connection: Connection,
    resident_id: ResidentId,
    representation_id: RepresentationId,
    logged: Appended,
) -> bool:
    """End an appointment; false when there was nothing to end."""
    ended = await connection.fetchval(
        _QUERIES["revoke"], resident_id, representation_id, logged.at, logged.number
    )
    return ended is not None


async def add_wishes(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    wanted: Wishes,
    logged: Appended,
) -> None:
    """Keep wishes under the event that logs them."""
    text = msgspec.json.encode(
        _SealedWishes(sorted(wanted.categories), sorted(wanted.kinds), wanted.relatives_may)
    )
    sealed = keys.seal(KeyClass.IDENTITY, _wishes_place(resident_id, logged.number), text)
    await connection.execute(_QUERIES["add_wishes"], resident_id, logged.number, logged.at, sealed)


async def wishes(connection: Connection, keys: ResidentKeys, resident_id: ResidentId) -> Wishes:
    """The latest wishes; who never said any keeps every sensitive kind, and what the region keeps."""
    row = await connection.fetchrow(_QUERIES["wishes"], resident_id)
    if row is None:
        return _regional[0]
    place = _wishes_place(resident_id, row["event_number"])
    try:
        text = keys.open(KeyClass.IDENTITY, place, row["sealed"])
        stored = msgspec.json.decode(text, type=_SealedWishes)
    except (UnreadableSeal, msgspec.DecodeError):
        return _KEEPING_ALL
    return Wishes(frozenset(stored.categories), frozenset(stored.kinds), stored.relatives_may)


async def add_death(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    day: date,
    logged: Appended,
    registered_as: ResidentId | None = None,
) -> None:
    """Keep the day somebody died, under the event that logs it.

    Args:
        registered_as: the other id of the same person under which it was registered, if another.
    """
    place = _death_place(resident_id, logged.number)
    text = f"{day.isoformat()}{registered_as or ''}"
    sealed = keys.seal(KeyClass.IDENTITY, place, text.encode())
    await connection.execute(_QUERIES["add_death"], resident_id, logged.number, logged.at, sealed)


async def died(connection: Connection, keys: ResidentKeys, resident_id: ResidentId) -> date | None:
    """The day a resident died, if that is registered."""
    text = await _death(connection, keys, resident_id)
    return date.fromisoformat(text[:_DAY_LENGTH]) if text else None


async def death_registered_as(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> ResidentId | None:
    """The other id under which a death that stands here was registered; ``None``: under this."""
    registered_as = (await _death(connection, keys, resident_id))[_DAY_LENGTH:]
    return ResidentId(UUID(registered_as)) if registered_as else None


async def _death(connection: Connection, keys: ResidentKeys, resident_id: ResidentId) -> str:
    row = await connection.fetchrow(_QUERIES["death"], resident_id)
    if row is None:
        return ""
    place = _death_place(resident_id, row["event_number"])
    return keys.open(KeyClass.IDENTITY, place, row["sealed"]).decode()


async def take_death_back(
    connection: Connection, resident_id: ResidentId, logged: Appended
) -> bool:
    """A death was registered in error; false when none is registered."""
    done = await connection.fetchval(
        _QUERIES["take_death_back"], resident_id, logged.at, logged.number
    )
    return done is not None


def _opened(
    keys: ResidentKeys, resident_id: ResidentId, row: asyncpg.Record
) -> Representation | None:
    representation_id = RepresentationId(row["representation_id"])
    try:
        place = _place(resident_id, representation_id)
        text = keys.open(KeyClass.IDENTITY, place, row["sealed"])
        stored = msgspec.json.decode(text, type=_Sealed)
    except (UnreadableSeal, msgspec.DecodeError):
        return None
    if not compare_digest(stored.representative_key, row["representative_key"]):
        return None
    return Representation(
        representation_id=representation_id,
        kind=stored.kind,
        name=stored.name,
        masked_certificate=stored.masked_certificate,
        powers=frozenset(stored.powers),
        proof=stored.proof,
        appointed_by=stored.appointed_by,
        appointed_at=stored.appointed_at,
        end_at=stored.end_at,
        revoked_at=row["revoked_at"],
    )


def _place(resident_id: ResidentId, representation_id: RepresentationId) -> bytes:
    return identity_aad(resident_id, f"representation|{representation_id}")


def _wishes_place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"wishes|{number}")


def _death_place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"death|{number}")
