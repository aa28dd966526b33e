"""Reads and writes what is held; the only module that knows how it is sealed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from openhealthcode.collection.holding.model import Holding, Part
from openhealthcode.collection.holding.rules import review_on
from openhealthcode.database import Connection, load_queries
from openhealthcode.record.writing import Gone
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys

_QUERIES = load_queries("openhealthcode.collection.holding")
_PLACE: Final = b"helden1"


class _Sealed(msgspec.Struct, array_like=True):
    """A part as it is sealed."""

    element: str
    rule: str
    since: date
    until: date | None
    is_read: bool


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(list[_Sealed])


async def holdings(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, ids: Collection[EntryId]
) -> dict[EntryId, Holding]:
    """What is held of these entries.

    Raises:
        UnreadableSeal: somebody altered it.
        DestroyedKey: the account is closed.
    """
    rows = await connection.fetch(_QUERIES["holdings"], resident_id, list(ids))
    return {EntryId(row["entry_id"]): _opened(keys, resident_id, row) for row in rows}


async def every_holding(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Holding]:
    """All that is held of a resident under a rule; raises as ``holdings``."""
    rows = await connection.fetch(_QUERIES["every_holding"], resident_id)
    return [_opened(keys, resident_id, row) for row in rows]


async def ending(connection: Connection, resident_id: ResidentId, today: date) -> list[EntryId]:
    """The entries of a resident of which something is over."""
    rows = await connection.fetch(_QUERIES["ending"], resident_id, today)
    return [EntryId(row["entry_id"]) for row in rows]


async def unread(
    connection: Connection, resident_id: ResidentId, ids: Collection[UUID]
) -> list[EntryId]:
    """Which of these entries nobody was shown as far as is noted."""
    rows = await connection.fetch(_QUERIES["unread"], resident_id, list(ids))
    return [EntryId(row["entry_id"]) for row in rows]


async def keep(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    held: Sequence[Holding],
) -> None:
    """Write what is held of these entries."""
    await connection.execute(
        _QUERIES["keep"],
        resident_id,
        [one.entry_id for one in held],
        [one.institution_id for one in held],
        [review_on(one, is_person=is_person(one.entry_id, resident_id)) for one in held],
        [not all(part.is_read for part in one.parts.values()) for one in held],
        [_seal(keys, resident_id, one) for one in held],
    )


async def let_go(connection: Connection, resident_id: ResidentId, ids: Collection[EntryId]) -> None:
    """Nothing is held of these entries any more."""
    await connection.execute(_QUERIES["let_go"], resident_id, list(ids))


async def never_ends(connection: Connection, resident_id: ResidentId, entry_id: EntryId) -> None:
    """Look at this entry no more: what is noted of it cannot be read."""
    await connection.execute(_QUERIES["never_ends"], resident_id, entry_id)


async def today(connection: Connection) -> date:
    """The day by the database's calendar."""
    found: date = await connection.fetchval(_QUERIES["today"])
    return found


async def residents_ending(connection: Connection, today: date, most: int) -> list[ResidentId]:
    """Residents of whom something is over; ``connection`` is of the task ``retention``."""
    rows = await connection.fetch(_QUERIES["residents_ending"], today, most)
    return [ResidentId(row["resident_id"]) for row in rows]


async def bury(
    connection: Connection, resident_id: ResidentId, gone: Sequence[Gone], number: int
) -> None:
    """Note which versions an event destroyed."""
    await connection.execute(
        _QUERIES["bury"],
        resident_id,
        [one.entry_id for one in gone],
        [one.version for one in gone],
        [one.filed_number for one in gone],
        number,
    )


async def follow(connection: Connection, resident_id: ResidentId, number: int) -> None:
    """The log of this resident has been followed up to this event."""
    await connection.execute(_QUERIES["follow"], resident_id, number)


async def followed(connection: Connection, resident_id: ResidentId) -> int:
    """Up to which event the log of this resident has been followed."""
    return int(await connection.fetchval(_QUERIES["followed"], resident_id) or 0)


async def forget(connection: Connection, resident_id: ResidentId) -> None:
    """Nothing is held of a resident whose account is closed."""
    await connection.execute(_QUERIES["forget"], resident_id)
    await connection.execute(_QUERIES["follow_no_more"], resident_id)


def is_person(entry_id: EntryId, resident_id: ResidentId) -> bool:
    """Whether an entry is the one that says who the resident is."""
    return entry_id == resident_id


def _opened(keys: ResidentKeys, resident_id: ResidentId, row: Record) -> Holding:
    place = _place(resident_id, EntryId(row["entry_id"]))
    plain = keys.open(KeyClass.RECORD, place, row["sealed"])
    return Holding(
        EntryId(row["entry_id"]),
        InstitutionId(row["institution_id"]),
        {p.element: Part(p.rule, p.since, p.until, p.is_read) for p in _DECODER.decode(plain)},
    )


def _seal(keys: ResidentKeys, resident_id: ResidentId, held: Holding) -> bytes:
    parts = [_Sealed(id_, p.rule, p.since, p.until, p.is_read) for id_, p in _in_order(held)]
    return keys.seal(KeyClass.RECORD, _place(resident_id, held.entry_id), _ENCODER.encode(parts))


def _in_order(held: Holding) -> Iterable[tuple[str, Part]]:
    return sorted(held.parts.items())


def _place(resident_id: ResidentId, entry_id: EntryId) -> bytes:
    """Ties what is noted to its entry: moved to another, it does not open."""
    return _PLACE + resident_id.bytes + entry_id.bytes
