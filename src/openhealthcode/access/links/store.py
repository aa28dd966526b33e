"""Reads and writes links; what one shares and its key are sealed under the resident's record key."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from openhealthcode.access.links.model import MOST_WRONG, LinkContent, LinkOver
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, KeyClass, Keys, UnknownKey, record_aad, sha256

_QUERIES = load_queries("openhealthcode.access", "links.sql")
_NO_VERSION = 0
"""Versions of entries begin at 1: no entry can be put in a link's place."""


class Inside(msgspec.Struct, frozen=True):
    """What is sealed of a link."""

    content: LinkContent
    key: bytes
    secret: str
    """The last part of its address."""
    label: str
    viewer: str
    address: str
    with_closed: bool
    is_long_term: bool
    entries: tuple[UUID, ...] = ()


class NewLink(NamedTuple):
    """What is kept of a link in the open."""

    passcode_hash: str | None
    is_direct: bool
    made_at: datetime
    until: datetime
    number: int


class Stored(NamedTuple):
    """A link that can be opened."""

    inside: Inside
    has_passcode: bool
    attempts_left: int
    is_direct: bool
    made_number: int


def address_hash(keys: Keys, secret: str) -> bytes:
    """What an address is found by."""
    return keys.blind_index("link", secret)


async def add(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    link_id: UUID,
    inside: Inside,
    new: NewLink,
) -> None:
    """Keep a link, and where it is found."""
    plain = msgspec.json.encode(inside)
    sealed = keys.of(resident_id).seal(KeyClass.RECORD, _place(resident_id, link_id), plain)
    await connection.execute(
        _QUERIES["add_link"], resident_id, link_id, sealed, new.passcode_hash, MOST_WRONG,
        new.is_direct, new.made_at, new.until, new.number,
    )  # fmt: skip
    found_by = address_hash(keys, inside.secret)
    await connection.execute(_QUERIES["add_address"], found_by, resident_id, link_id, new.until)


async def open_count(connection: Connection, resident_id: ResidentId, now: datetime) -> int:
    """How many links of a resident can be opened."""
    count: int = await connection.fetchval(_QUERIES["open_links"], resident_id, now)
    return count


async def holder(connection: Connection, found_by: bytes) -> tuple[ResidentId, UUID] | None:
    """Whose link an address names."""
    row = await connection.fetchrow(_QUERIES["holder"], found_by)
    return None if row is None else (ResidentId(row["resident_id"]), row["link_id"])


async def rows(connection: Connection, resident_id: ResidentId) -> list[asyncpg.Record]:
    """Everything a resident shares or shared, newest first, sealed."""
    return await connection.fetch(_QUERIES["links"], resident_id)


async def stored(
    connection: Connection, keys: Keys, resident_id: ResidentId, link_id: UUID, now: datetime
) -> Stored:
    """A link that can be opened.

    Raises:
        LinkOver: it cannot.
    """
    row = await connection.fetchrow(_QUERIES["link"], resident_id, link_id, now)
    if row is None:
        raise LinkOver
    try:
        inside = unsealed(keys, resident_id, link_id, row["sealed"])
    except (UnknownKey, DestroyedKey):  # that account was closed
        raise LinkOver from None
    return Stored(inside, *row[1:])


def unsealed(keys: Keys, resident_id: ResidentId, link_id: UUID, sealed: bytes) -> Inside:
    """What a link says."""
    place = _place(resident_id, link_id)
    return msgspec.json.decode(
        keys.of(resident_id).open(KeyClass.RECORD, place, sealed), type=Inside
    )


async def take_try(
    connection: Connection, resident_id: ResidentId, link_id: UUID, now: datetime
) -> tuple[str, int] | None:
    """Count one wrong passcode ahead; the hash to compare with, and how many are left."""
    row = await connection.fetchrow(_QUERIES["take_try"], resident_id, link_id, now)
    return None if row is None else (row["passcode_hash"], row["attempts_left"])


async def give_back(connection: Connection, resident_id: ResidentId, link_id: UUID) -> None:
    """The passcode was right: it was not a wrong one."""
    await connection.execute(_QUERIES["give_back"], resident_id, link_id, MOST_WRONG)


async def note_first_opening(
    connection: Connection, resident_id: ResidentId, link_id: UUID, at: datetime
) -> bool:
    """Whether nobody had opened it before."""
    return bool(await connection.fetchval(_QUERIES["note_first_opening"], resident_id, link_id, at))


async def revoke(
    connection: Connection, resident_id: ResidentId, link_id: UUID, at: datetime
) -> bool:
    """Whether there was one to revoke."""
    return bool(await connection.fetchval(_QUERIES["revoke_link"], resident_id, link_id, at))


async def revoke_all(connection: Connection, resident_id: ResidentId, at: datetime) -> None:
    """In the transaction that closes an account."""
    await connection.execute(_QUERIES["revoke_links"], resident_id, at)


async def add_file(
    connection: Connection, secret: str, content: bytes, expires_at: datetime
) -> None:
    """Keep an encrypted file until it is fetched."""
    await connection.execute(_QUERIES["add_file"], file_mark(secret), content, expires_at)


async def take_file(connection: Connection, secret: str, now: datetime) -> bytes | None:
    """The file, once."""
    content: bytes | None = await connection.fetchval(_QUERIES["take_file"], file_mark(secret), now)
    return content


async def purge(connection: Connection, now: datetime) -> None:
    """Delete files nobody fetched, and addresses of links that ended."""
    await connection.execute(_QUERIES["purge_files"], now)
    await connection.execute(_QUERIES["purge_addresses"], now)


def file_mark(secret: str) -> bytes:
    """What a file is found by."""
    return sha256(secret.encode())


def _place(resident_id: ResidentId, link_id: UUID) -> bytes:
    return record_aad(resident_id, link_id, _NO_VERSION)
