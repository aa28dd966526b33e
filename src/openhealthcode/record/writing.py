"""File entries. Guarded: only ``collection`` imports this module.

Here, and nowhere else, new content is compared with what was filed before; no content leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from asyncpg import Record

from openhealthcode.database import Connection, load_queries
from openhealthcode.record.model import Description
from openhealthcode.standards import SensitiveCategory
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
    """

    entry_id: EntryId
    version: int
    description: Description
    institution_id: InstitutionId
    source_token: bytes
    content_token: bytes
    links: frozenset[bytes] = frozenset()
    body: bytes = field(repr=False)


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
) -> None:
    """Write new versions, and mark those they replace as no longer current.

    Args:
        filed_number: the event of the resident's chain that says these were filed.
        filed_at: the time of that event.
    """
    replaced = [s.version.entry_id for s in sealed if s.version.version > 1]
    if replaced:
        await connection.execute(_QUERIES["supersede"], resident_id, replaced)
    columns = zip(*(_columns(keys, one) for one in sealed), strict=True)
    await connection.execute(
        _QUERIES["insert"], resident_id, filed_number, filed_at, *map(list, columns)
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
    )


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
