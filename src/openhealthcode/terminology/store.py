"""Reads and writes the editions of the map."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.terminology.model import EditionRecord, EditionState, MapReviewer

_QUERIES = load_queries("openhealthcode.terminology")

Database = Pool | Connection
"""There is no row-level security here: a pool serves as well as an open transaction."""


class Approved(NamedTuple):
    """The newest approved edition; ``document`` is None if it is the one known already."""

    number: int
    base: str
    author: MapReviewer
    decider: MapReviewer
    decided_at: datetime
    seal: bytes
    document: str | None


async def newest_approved(database: Database, known: bytes) -> Approved | None:
    """The edition in force, or None while the release's own is."""
    row = await database.fetchrow(_QUERIES["in_force"], known)
    if row is None:
        return None
    return Approved(
        row["number"],
        row["base"],
        MapReviewer(PractitionerId(row["author_id"]), row["author"]),
        MapReviewer(PractitionerId(row["decider_id"]), row["decider"]),
        row["decided_at"],
        row["seal"],
        row["document"],
    )


async def editions(database: Database) -> list[EditionRecord]:
    """All editions, the newest first."""
    return [_record(row) for row in await database.fetch(_QUERIES["editions"])]


async def begin(
    database: Database, base: str, document: str, author: MapReviewer, at: datetime
) -> int | None:
    """The number of the new draft, or None if one is being worked on."""
    number: int | None = await database.fetchval(
        _QUERIES["begin"], base, document, author.practitioner_id, author.name, at
    )
    return number


async def revise(
    database: Database, number: int, author: MapReviewer, document: str, seen: str
) -> bool:
    """Whether the draft was still as seen, and is now this."""
    done = await database.fetchval(
        _QUERIES["revise"], number, author.practitioner_id, document, seen
    )
    return done is not None


async def propose(
    database: Database, number: int, author: MapReviewer, reason: str, at: datetime, seen: str
) -> bool:
    """Whether the draft was still as seen, and is now proposed."""
    done = await database.fetchval(
        _QUERIES["propose"], number, author.practitioner_id, reason, at, seen
    )
    return done is not None


async def give_up(database: Database, number: int, author: MapReviewer) -> bool:
    """Whether it was this author's and undecided."""
    done = await database.fetchval(_QUERIES["give_up"], number, author.practitioner_id)
    return done is not None


async def decide(
    database: Database,
    number: int,
    decider: MapReviewer,
    at: datetime,
    seal: bytes | None,
    seen: str,
) -> bool:
    """Whether somebody else's proposal was still as seen, and is now decided."""
    state = EditionState.REFUSED if seal is None else EditionState.APPROVED
    done = await database.fetchval(
        _QUERIES["decide"], number, decider.practitioner_id, decider.name, at, state, seal, seen
    )
    return done is not None


def _record(row: asyncpg.Record) -> EditionRecord:
    decider = (
        None
        if row["decider_id"] is None
        else MapReviewer(PractitionerId(row["decider_id"]), row["decider"])
    )
    return EditionRecord(
        number=row["number"],
        base=row["base"],
        state=EditionState(row["state"]),
        document=row["document"],
        reason=row["reason"],
        author=MapReviewer(PractitionerId(row["author_id"]), row["author"]),
        begun_at=row["begun_at"],
        proposed_at=row["proposed_at"],
        decider=decider,
        decided_at=row["decided_at"],
    )
