"""Reads and writes the counts of what was doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import uuid4

from asyncpg import Record

from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId

_QUERIES = load_queries("openhealthcode.identity.quality")

RECEIVED = "received"
"""Counted beside the rules: every registration, whatever was found."""


class Counted(NamedTuple):
    """What a count is of."""

    institution_id: InstitutionId
    month: date
    """Its first day."""
    rule: str


async def note(
    connection: Connection, institution_id: InstitutionId, rules: Collection[str], at: datetime
) -> None:
    """Queue what was found in one registration to be counted."""
    await connection.execute(_QUERIES["note"], institution_id, uuid4(), at, list(rules))


async def count_up(connection: Connection, most: int) -> int:
    """Count waiting notes into the tally; how many there were."""
    rows = await connection.fetch(_QUERIES["take_notes"], most)
    await count(connection, _count_of(rows))
    return len(rows)


async def count(connection: Connection, counted: Mapping[Counted, int]) -> None:
    """Add to the tally."""
    rows = sorted(counted.items(), key=lambda row: (row[0].institution_id.bytes, *row[0][1:]))
    if rows:
        columns = zip(*(of for of, _ in rows), strict=True)
        await connection.execute(
            _QUERIES["count"], *map(list, columns), [times for _, times in rows]
        )


async def tally(
    connection: Connection, since: date, institution_id: InstitutionId | None
) -> dict[InstitutionId, Counter[str]]:
    """How often each rule found something, by institution, what is not counted yet included."""
    found: dict[InstitutionId, Counter[str]] = {}
    for row in await connection.fetch(_QUERIES["tally"], since, institution_id):
        of = found.setdefault(InstitutionId(row["institution_id"]), Counter())
        of[row["rule"]] += row["count"]
    waiting = await connection.fetch(_QUERIES["waiting_notes"], since, institution_id)
    for counted, times in _count_of(waiting).items():
        found.setdefault(counted.institution_id, Counter())[counted.rule] += times
    return found


def _count_of(rows: Iterable[Record]) -> Counter[Counted]:
    counted: Counter[Counted] = Counter()
    for row in rows:
        month = row["noted_at"].astimezone(UTC).date().replace(day=1)
        for rule in (RECEIVED, *row["rules"]):
            counted[Counted(InstitutionId(row["institution_id"]), month, rule)] += 1
    return counted
