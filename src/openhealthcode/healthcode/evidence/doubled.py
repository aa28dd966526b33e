"""Codes that were accepted at two places: the region's list, which names no resident."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record

from openhealthcode.database import Pool, load_queries
from openhealthcode.healthcode.evidence.model import DoubleUse, Place
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_QUERIES = load_queries("openhealthcode.healthcode.evidence")
_LISTED: Final = timedelta(days=90)


async def double_uses(pool: Pool, now: datetime) -> list[DoubleUse]:
    """The cases of the last three months, those nobody has looked into first."""
    rows = await pool.fetch(_QUERIES["double_uses"], now - _LISTED)
    return [_double_use(row) for row in rows]


async def see_double_use(
    pool: Pool, first_key: bytes, second_key: bytes, seen_by: PractitionerId, now: datetime
) -> None:
    """Note that somebody of the region looks into a case; the first to do so stays on record."""
    await pool.execute(_QUERIES["see_double_use"], first_key, second_key, now, seen_by)


def _double_use(row: Record) -> DoubleUse:
    return DoubleUse(
        row["first_key"],
        row["second_key"],
        _place(row, "first"),
        _place(row, "second"),
        row["found_at"],
        row["seen_at"],
        None if row["seen_by"] is None else PractitionerId(row["seen_by"]),
    )


def _place(row: Record, which: str) -> Place:
    return Place(
        InstitutionId(row[f"{which}_institution_id"]),
        PractitionerId(row[f"{which}_practitioner_id"]),
        row[f"{which}_accepted_at"],
    )
