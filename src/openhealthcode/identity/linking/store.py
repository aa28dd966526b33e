"""Reads and writes merges, decisions against one, and relations; knows their tables.

``Connection`` is a transaction turned to the resident named; what is sealed, is sealed under that
one's key.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from openhealthcode.database import Connection, load_queries
from openhealthcode.identity.linking.model import (
    Decided,
    Merge,
    Related,
    RelationKind,
    Suggestion,
)
from openhealthcode.identity.linking.rules import Person
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId
from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    UnknownKey,
    UnreadableSeal,
    identity_aad,
)

_QUERIES = load_queries("openhealthcode.identity.linking")
_ID_BYTES: Final = 16
_SEAL_BYTES: Final = 32
_MERGED, _UNDONE = "merge", "unmerge"


class _Why(msgspec.Struct, frozen=True):
    """What is sealed of a decision."""

    reason: str
    suggestion: Suggestion | None = None


async def person(connection: Connection, keys: Keys, resident_id: ResidentId) -> Person:
    """All ids of the person, the surviving one first; the transaction is this resident's."""
    members = await connection.fetchval(_QUERIES["members"], resident_id)
    return read_members(keys, resident_id, members)


def read_members(keys: Keys, resident_id: ResidentId, members: bytes | None) -> Person:
    """The ids that a row of the table says are one person with this one.

    A row that this program did not write links nobody: whoever alters the table joins no two
    records by it.
    """
    alone = (resident_id,)
    if members is None:
        return alone
    ids, seal = members[:-_SEAL_BYTES], members[-_SEAL_BYTES:]
    if not compare_digest(seal, _seal(keys, resident_id, ids)):
        return alone
    return tuple(
        ResidentId(UUID(bytes=bytes(ids[start : start + _ID_BYTES])))
        for start in range(0, len(ids), _ID_BYTES)
    )


async def add_link(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    now: Person,
    merge: Merge,
    number: int,
) -> None:
    """Write down whose id this one is from now on, and because of which merge."""
    ids = b"".join(one.bytes for one in now)
    members = ids + _seal(keys, resident_id, ids)
    decided = merge.undone or merge.decided
    await connection.execute(
        _QUERIES["add_link"], resident_id, number, merge.merge_id, decided.at, members
    )


async def add_event(
    connection: Connection, keys: Keys, resident_id: ResidentId, merge: Merge, number: int
) -> None:
    """Write down that a merge was made or, if it is undone, that it was."""
    decided = merge.undone or merge.decided
    await connection.execute(
        _QUERIES["add_event"],
        resident_id,
        merge.merge_id,
        _MERGED if merge.holds else _UNDONE,
        merge.survivor,
        merge.other,
        number,
        decided.at,
        decided.clerk_id,
        decided.institution_id,
        _seal_why(keys, resident_id, merge.merge_id, decided),
    )


async def merges(connection: Connection, keys: Keys, resident_id: ResidentId) -> list[Merge]:
    """Every merge in which this id was named, the oldest first."""
    found: dict[MergeId, Merge] = {}
    for row in await connection.fetch(_QUERIES["events"], resident_id):
        merge_id = MergeId(row["merge_id"])
        decided = _decided(keys, resident_id, row)
        earlier = found.get(merge_id)
        survivor, other = ResidentId(row["survivor_id"]), ResidentId(row["other_id"])
        if earlier is None:
            found[merge_id] = Merge(merge_id, survivor, other, decided)
        else:
            found[merge_id] = Merge(merge_id, survivor, other, earlier.decided, decided)
    return list(found.values())


async def add_not_same(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    other: ResidentId,
    decided: Decided,
    number: int,
    *,
    holds: bool,
) -> None:
    """Write down that two entries are two people, or that this is no longer said."""
    await connection.execute(
        _QUERIES["add_not_same"],
        resident_id,
        other,
        number,
        holds,
        decided.at,
        decided.clerk_id,
        decided.institution_id,
        _seal_why(keys, resident_id, other, decided),
    )


async def not_same(connection: Connection, resident_id: ResidentId) -> frozenset[ResidentId]:
    """Of whom somebody decided that they are not this resident."""
    rows = await connection.fetch(_QUERIES["not_same"], resident_id)
    return frozenset(ResidentId(row["other_id"]) for row in rows)


async def add_relation(
    connection: Connection,
    resident_id: ResidentId,
    related: Related,
    number: int,
    *,
    holds: bool,
) -> None:
    """Write down a relation, or that it no longer holds."""
    await connection.execute(
        _QUERIES["add_relation"],
        resident_id,
        related.other,
        related.kind,
        number,
        holds,
        related.since,
    )


async def relations(connection: Connection, resident_id: ResidentId) -> list[Related]:
    """The relations of this resident that hold, the earliest noted first."""
    return [
        Related(ResidentId(row["other_id"]), RelationKind(row["kind"]), row["noted_at"])
        for row in await connection.fetch(_QUERIES["relations"], resident_id)
    ]


def _seal(keys: Keys, resident_id: ResidentId, ids: bytes) -> bytes:
    return keys.blind_index("person", f"{resident_id}|{ids.hex()}")


def _seal_why(keys: Keys, resident_id: ResidentId, about: UUID, decided: Decided) -> bytes:
    why = msgspec.json.encode(_Why(decided.reason, decided.suggestion))
    return keys.of(resident_id).seal(KeyClass.IDENTITY, _place(resident_id, about), why)


def _decided(keys: Keys, resident_id: ResidentId, row: asyncpg.Record) -> Decided:
    """A decision; once the keys are destroyed, without its reason."""
    try:
        place = _place(resident_id, row["merge_id"])
        sealed = keys.of(resident_id).open(KeyClass.IDENTITY, place, row["sealed"])
        why = msgspec.json.decode(sealed, type=_Why)
    except (DestroyedKey, UnknownKey, UnreadableSeal):
        why = _Why("")
    institution_id = row["institution_id"]
    return Decided(
        clerk_id=PractitionerId(row["clerk_id"]),
        institution_id=InstitutionId(institution_id) if institution_id else None,
        at=row["decided_at"],
        reason=why.reason,
        suggestion=why.suggestion,
    )


def _place(resident_id: ResidentId, about: UUID) -> bytes:
    return identity_aad(resident_id, f"decision|{about}")
