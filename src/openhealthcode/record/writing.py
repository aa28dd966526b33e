"""File entries. Guarded: only ``collection`` imports this module.

Here, and nowhere else, new content is compared with what was filed before; no content leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import groupby
from operator import itemgetter

from asyncpg import Record

from openhealthcode.audit import Writing
from openhealthcode.database import Connection, load_queries, repeated
from openhealthcode.record.model import Description
from openhealthcode.record.origin import Manner, Origin, origin_aad
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys, record_aad

_QUERIES = load_queries("openhealthcode.record")


@dataclass(frozen=True, slots=True)
class FiledBefore:
    """What is known of an entry that the same sender filed earlier."""

    entry_id: EntryId
    version: int
    content_token: bytes
    sensitive: frozenset[SensitiveCategory]


@dataclass(frozen=True, slots=True)
class LinkedBefore:
    """An entry filed earlier that goes by, or refers to, a name that was asked for."""

    entry_id: EntryId
    tokens: frozenset[bytes]
    """Its names and references among its search keys."""
    sensitive: frozenset[SensitiveCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """One version about to be filed.

    Args:
        source_token: token of the sender's own identifier of the entry.
        content_token: token of the content as sent, to recognise it when it is sent again.
        links: tokens of its names and references.
        institution_id: whose entry it is.
        body: the final FHIR R4 JSON, with id, version and time of filing.
        is_deletion: the entry is gone with it; what was filed before stays as it was.
    """

    entry_id: EntryId
    version: int
    description: Description
    institution_id: InstitutionId
    source_token: bytes
    content_token: bytes
    links: frozenset[bytes] = frozenset()
    body: bytes = field(repr=False)
    is_deletion: bool = False


async def filed_before(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    source_tokens: Collection[bytes],
) -> dict[bytes, FiledBefore]:
    """Entries of this resident already filed under these senders' identifiers, by token."""
    rows = await connection.fetch(_QUERIES["filed_before"], resident_id, list(source_tokens))
    return {
        row["source_token"]: FiledBefore(
            EntryId(row["entry_id"]),
            row["version"],
            row["content_token"],
            keys.labels.sensitivity(row["sensitivity_token"]),
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Past:
    """What an entry said before, in tokens, and how its newest version came in."""

    contents: frozenset[bytes]
    """Of the versions before the newest."""
    manner: Manner
    filed_at: datetime


async def past(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    entry_ids: Sequence[EntryId],
) -> dict[EntryId, Past]:
    """The past of each of these entries of this resident."""
    rows = await connection.fetch(_QUERIES["earlier"], resident_id, list(entry_ids))
    found: dict[EntryId, Past] = {}
    for _, versions in groupby(rows, key=itemgetter("entry_id")):
        *earlier, newest = versions
        place = origin_aad(resident_id, newest["filed_number"])
        origin = Origin.unpacked(keys.open(KeyClass.RECORD, place, newest["origin"]))
        contents = frozenset(row["content_token"] for row in earlier)
        found[EntryId(newest["entry_id"])] = Past(contents, origin.manner, newest["filed_at"])
    return found


@dataclass(frozen=True, slots=True)
class Newest:
    """What is known of the newest version of an entry, be it there or deleted."""

    entry_id: EntryId
    version: int
    is_current: bool
    type: str
    day: date | None
    category: RecordCategory | None
    sensitive: frozenset[SensitiveCategory]
    institution_id: InstitutionId
    source_token: bytes
    content_token: bytes

    @property
    def as_before(self) -> FiledBefore:
        """The same, as for what a sender sends again."""
        return FiledBefore(self.entry_id, self.version, self.content_token, self.sensitive)


async def newest(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    entry_ids: Sequence[EntryId],
) -> dict[EntryId, Newest]:
    """The newest version of each of these entries of this resident; of what is not there, none."""
    rows = await connection.fetch(_QUERIES["newest"], resident_id, list(entry_ids))
    return {
        EntryId(row["entry_id"]): Newest(
            EntryId(row["entry_id"]),
            row["version"],
            row["is_current"],
            row["type"],
            None if row["day"] == date.min else row["day"],
            keys.labels.category(row["category_token"]),
            keys.labels.sensitivity(row["sensitivity_token"]),
            InstitutionId(row["institution_id"]),
            row["source_token"],
            row["content_token"],
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of the sender's own, opened to be held against a condition; it goes nowhere."""

    entry_id: EntryId
    version: int
    body: bytes = field(repr=False)


async def of_institution(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    institution_id: InstitutionId,
    type_: str,
) -> list[OwnEntry]:
    """What an institution filed itself of one type and is there now."""
    rows = await connection.fetch(_QUERIES["of_institution"], resident_id, institution_id, type_)
    open_body = keys.record_opener()
    return [
        OwnEntry(
            EntryId(row["entry_id"]),
            row["version"],
            open_body(row["entry_id"], row["version"], row["body"]),
        )
        for row in rows
    ]


async def filed_since(
    connection: Connection,
    resident_id: ResidentId,
    institution_id: InstitutionId,
    types: Collection[str],
    number: int,
) -> bool:
    """Whether an institution filed or deleted anything of these types from this event on."""
    found: bool = await connection.fetchval(
        _QUERIES["filed_since"], resident_id, institution_id, list(types), number
    )
    return found


async def types_of(
    connection: Connection, resident_id: ResidentId, entry_ids: Collection[EntryId]
) -> dict[EntryId, str]:
    """The types of these entries of this resident, whatever became of them since."""
    rows = await connection.fetch(_QUERIES["types"], resident_id, list(entry_ids))
    return {EntryId(row["entry_id"]): row["type"] for row in rows}


async def linked_before(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, links: Collection[bytes]
) -> list[LinkedBefore]:
    """Current entries of this resident with any of these names or references."""
    rows = await connection.fetch(_QUERIES["linked"], resident_id, list(links))
    return [
        LinkedBefore(
            EntryId(row["entry_id"]),
            frozenset(row["tokens"]),
            keys.labels.sensitivity(row["sensitivity_token"]),
        )
        for row in rows
    ]


async def close(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    closed: Mapping[EntryId, frozenset[SensitiveCategory]],
) -> None:
    """Let every version of these entries carry these closed kinds."""
    labels = [keys.labels.sensitivity_token(kinds) for kinds in closed.values()]
    await connection.execute(_QUERIES["close"], resident_id, list(closed), labels)


@dataclass(frozen=True, slots=True)
class Version:
    """A version filed before, opened to be labelled anew; it goes nowhere."""

    entry_id: EntryId
    number: int
    institution_id: InstitutionId
    sensitive: frozenset[SensitiveCategory]
    tokens: frozenset[bytes]
    """Its names and references, among its search keys."""
    digest: bytes
    body: bytes = field(repr=False)


async def versions(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Version]:
    """Every version of every entry of this resident, the newest of each last."""
    open_body = keys.record_opener()
    return [
        Version(
            EntryId(row["entry_id"]),
            row["version"],
            InstitutionId(row["institution_id"]),
            keys.labels.sensitivity(row["sensitivity_token"]),
            frozenset(row["tokens"]),
            row["digest"],
            open_body(row["entry_id"], row["version"], row["body"]),
        )
        for row in await connection.fetch(_QUERIES["versions"], resident_id)
    ]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A version sealed for filing, and the digest by which log and receipts name its content."""

    version: NewVersion
    digest: bytes
    body: bytes = field(repr=False)


def seal(keys: ResidentKeys, resident_id: ResidentId, version: NewVersion) -> Sealed:
    """Encrypt a version for its place in this resident's record."""
    place = record_aad(resident_id, version.entry_id, version.version)
    return Sealed(
        version,
        keys.digest(place, version.body),
        keys.seal(KeyClass.RECORD, place, version.body),
    )


async def file(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    sealed: Sequence[Sealed],
    *,
    filed_number: int,
    filed_at: datetime,
    origin: Origin,
) -> None:
    """Write new versions, and mark those they replace as no longer current.

    Args:
        filed_number: the event of the resident's chain that says these were filed.
        filed_at: the time of that event.
        origin: where all of them come from.
    """
    place = origin_aad(resident_id, filed_number)
    sealed_origin = keys.seal(KeyClass.RECORD, place, origin.packed())
    replaced = [s.version.entry_id for s in sealed if s.version.version > 1]
    if replaced:
        await connection.execute(_QUERIES["supersede"], resident_id, replaced)
    columns = zip(*(_columns(keys, one) for one in sealed), strict=True)
    await connection.execute(
        _QUERIES["insert"],
        resident_id,
        filed_number,
        filed_at,
        sealed_origin,
        *map(list, columns),
    )


def _columns(keys: ResidentKeys, sealed: Sealed) -> tuple[object, ...]:
    version, description = sealed.version, sealed.version.description
    return (
        version.entry_id,
        version.version,
        description.type,
        description.day or date.min,  # stored as -infinity
        keys.labels.token_of(description.category),
        keys.labels.sensitivity_token(description.sensitive),
        version.institution_id,
        version.source_token,
        version.content_token,
        b"".join((*map(keys.token, description.tokens), *version.links)),
        sealed.digest,
        sealed.body,
        version.is_deletion,
    )


def addition(
    keys: ResidentKeys,
    writing: Writing,
    map_seal: bytes,
    sealed: Sealed,
    origin: Origin,
) -> Sequence[object]:
    """One new entry and the event that says so, ready for ``add``.

    Args:
        writing: the event, and how the chain stood when it was read.
        map_seal: of the sensitive map by which the entry was labelled.
        sealed: the entry's first version.
        origin: where it comes from.
    """
    event, version, description = writing.sealed, sealed.version, sealed.version.description
    place = origin_aad(ResidentId(event.resident_id), event.number)
    return (
        *event,
        writing.consent_version,
        writing.consent_version,
        map_seal,
        version.entry_id,
        description.type,
        description.day or date.min,
        keys.labels.token_of(description.category),
        keys.labels.sensitivity_token(description.sensitive),
        version.institution_id,
        version.source_token,
        version.content_token,
        [*map(keys.token, description.tokens), *version.links],
        sealed.digest,
        sealed.body,
        keys.seal(KeyClass.RECORD, place, origin.packed()),
    )


async def add(connection: Connection, additions: Sequence[Sequence[object]]) -> list[bool]:
    """File each of these new entries whose chain is still as it was read; outside a transaction.

    Raises:
        asyncpg.SerializationError: a map of sensitive kinds is in force that one was not read by.
    """
    (row,) = await connection.fetch(
        _add(len(additions)), *(value for one in additions for value in one)
    )
    return list(row)


@cache
def _add(count: int) -> str:
    return repeated(_QUERIES["add"], count)


@dataclass(frozen=True, slots=True)
class Reopened:
    """The newest version of an entry, to file it anew without a part whose time is over."""

    version: int
    institution_id: InstitutionId
    source_token: bytes
    sensitive: frozenset[SensitiveCategory]
    tokens: frozenset[bytes]
    """Its search keys, and its names and references."""
    body: bytes = field(repr=False)


async def reopen(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, entry_id: EntryId
) -> Reopened | None:
    """Open an entry to take something out of it; what is opened goes nowhere but back."""
    row = await connection.fetchrow(_QUERIES["reopen"], resident_id, entry_id)
    if row is None:
        return None
    place = record_aad(resident_id, entry_id, row["version"])
    return Reopened(
        row["version"],
        InstitutionId(row["institution_id"]),
        row["source_token"],
        keys.labels.sensitivity(row["sensitivity_token"]),
        frozenset(row["tokens"]),
        keys.open(KeyClass.RECORD, place, row["body"]),
    )


@dataclass(frozen=True, slots=True)
class Gone:
    """A version that was destroyed, and how the log names it: its filing, its digest."""

    entry_id: EntryId
    version: int
    filed_number: int
    digest: bytes


async def destroy(
    connection: Connection, resident_id: ResidentId, entry_ids: Sequence[EntryId]
) -> list[Gone]:
    """Delete every version of these entries; ``connection`` is of the task ``retention``."""
    return _gone(await connection.fetch(_QUERIES["destroy"], resident_id, list(entry_ids)))


async def destroy_earlier(
    connection: Connection, resident_id: ResidentId, entry_ids: Sequence[EntryId]
) -> list[Gone]:
    """Delete what these entries said before their newest version; as ``destroy``."""
    return _gone(await connection.fetch(_QUERIES["destroy_earlier"], resident_id, list(entry_ids)))


def _gone(rows: Sequence[Record]) -> list[Gone]:
    return [
        Gone(EntryId(row["entry_id"]), row["version"], row["filed_number"], row["digest"])
        for row in rows
    ]
