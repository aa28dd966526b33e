"""What the pages show: sums of published numbers, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.supervision.summaries.model import Figures, Measure, Place, Scope

_QUERIES = load_queries("openhealthcode.supervision.summaries")
_TASK: Final = "supervision"
_NO_INSTITUTION: Final = UUID(int=0)


async def figures(pool: Pool, scope: Scope) -> Figures:
    """The published numbers of some weeks and some part of the region."""
    parameters = (scope.first_week, scope.end_week, scope.division, scope.institution_id)
    async with transaction(pool, task=_TASK) as connection:
        weeks = await connection.fetch(_QUERIES["by_week"], *parameters)
        places_of = await connection.fetch(_QUERIES["by_place"], *parameters)
    by_week: dict[Measure, dict[date, int]] = {}
    for row in weeks:
        by_week.setdefault(Measure(row["measure"]), {})[row["week"]] = row["times"]
    by_place: dict[Measure, dict[Place, int]] = {}
    for row in places_of:
        place = Place(row["division"], _named(row["institution_id"]))
        by_place.setdefault(Measure(row["measure"]), {})[place] = row["times"]
    return Figures(tuple(_weeks(scope)), by_week, by_place)


async def active_institutions(pool: Pool, scope: Scope) -> frozenset[UUID]:
    """Which institutions took part at all in these weeks, however little; no numbers."""
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(_QUERIES["active"], scope.first_week, scope.end_week)
    return frozenset(row["institution_id"] for row in rows)


def _weeks(scope: Scope) -> Iterator[date]:
    week = scope.first_week
    while week < scope.end_week:
        yield week
        week += timedelta(days=7)


def _named(institution_id: UUID) -> UUID | None:
    return None if institution_id == _NO_INSTITUTION else institution_id
