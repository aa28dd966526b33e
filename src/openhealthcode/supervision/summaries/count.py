"""Follow the log and count: each event once, however often this stops and begins again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from openhealthcode import registry
from openhealthcode.access.overseen import EventCount, counts_since
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.supervision.summaries import rules
from openhealthcode.supervision.summaries.model import Measure, Place

_QUERIES = load_queries("openhealthcode.supervision.summaries")
_TASK: Final = "supervision"
_AT_ONCE: Final = 20_000
"""Leaves of one transaction."""
_NO_INSTITUTION: Final = UUID(int=0)

_Counts = dict[tuple[date, UUID, Measure], int]


async def count_up(pool: Pool) -> int:
    """Count what the log has got since, and publish the weeks it belongs to; how many leaves.

    One process at a time; the place in the log is kept together with the counts.
    """
    followed = 0
    while True:
        async with transaction(pool, task=_TASK) as connection:
            if not await connection.fetchval(_QUERIES["take_turn"]):
                return followed
            first = await connection.fetchval(_QUERIES["next_leaf"]) or 0
            found = await counts_since(connection, first, _AT_ONCE)
            await _keep(connection, _counted(found.counts))
            await connection.execute(_QUERIES["went_on"], found.end_leaf)
            if found.end_leaf - first < _AT_ONCE:
                await _publish(pool, connection)
                return followed + found.end_leaf - first
        followed += found.end_leaf - first


async def counted_up_to(pool: Pool) -> tuple[int, datetime | None]:
    """How many leaves of the log are counted, and when the latest were."""
    async with transaction(pool, task=_TASK) as connection:
        row = await connection.fetchrow(_QUERIES["progress"])
    return (0, None) if row is None else (row["next_leaf"], row["counted_at"])


def _counted(found: Iterable[EventCount]) -> _Counts:
    counts: _Counts = Counter()
    for one in found:
        measure = rules.measure_of(one.action, one.outcome, one.agent_kind)
        if measure is not None:
            counts[one.week, one.institution_id or _NO_INSTITUTION, measure] += one.times
    return counts


async def _keep(connection: Connection, counts: _Counts) -> None:
    if counts:
        weeks, institutions, measures = zip(*counts, strict=True)
        await connection.execute(
            _QUERIES["add"], weeks, institutions, measures, list(counts.values())
        )


async def _publish(pool: Pool, connection: Connection) -> None:
    """Put what may be shown of each week that changed in the place of what was shown of it."""
    rows = await connection.fetch(_QUERIES["changed"])
    divisions = await _divisions(pool, {row["institution_id"] for row in rows})
    portions: dict[tuple[date, str], dict[Place, int]] = {}
    for row in rows:
        place = _place(row["institution_id"], divisions)
        portion = portions.setdefault((row["week"], row["measure"]), {})
        portion[place] = portion.get(place, 0) + row["times"]
    shown = [
        (week, measure, place.division, place.institution_id or _NO_INSTITUTION, times)
        for (week, measure), counts in portions.items()
        for place, times in rules.publishable(counts).items()
    ]
    await connection.execute(_QUERIES["withdraw_changed"])
    if shown:
        await connection.execute(_QUERIES["publish"], *zip(*shown, strict=True))
    await connection.execute(_QUERIES["all_published"])


async def _divisions(pool: Pool, ids: set[UUID]) -> Mapping[UUID, str]:
    known = await registry.institutions(pool, {InstitutionId(one) for one in ids})
    return {one.institution_id: one.division_code for one in known.values()}


def _place(institution_id: UUID, divisions: Mapping[UUID, str]) -> Place:
    if institution_id not in divisions:
        return Place()
    return Place(divisions[institution_id], institution_id)
