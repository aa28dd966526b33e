"""What the region sees of the budgets: who has read of many today, and whom reading stopped for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openhealthcode import registry
from openhealthcode.access.budgets.limits import Limits, limits_of
from openhealthcode.access.budgets.model import Reader, ReaderKind
from openhealthcode.database import Pool, load_queries
from openhealthcode.standards import day_of
from openhealthcode.standards.ids import InstitutionId

_QUERIES: Final = load_queries("openhealthcode.access.budgets")
_KEPT: Final = timedelta(days=90)
_NAMED_FOR: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """One reader on one day.

    Args:
        unexplained: residents read of with nothing but a standing consent behind it.
        explained: residents read of with a reason; counted anew by each process.
        refused: how often a further one was refused.
        stopped_at: since when.
    """

    on_day: date
    reader: Reader
    unexplained: int
    explained: int
    refused: int
    stopped_at: datetime | None
    limits: Limits

    @property
    def share(self) -> float:
        """How much of the nearer limit is used."""
        return max(self.unexplained / self.limits.stop_at, self.explained / self.limits.warn_at)


async def readers_near_their_limit(
    pool: Pool, *, days: int = 7, least_share: float = 0.5
) -> list[BudgetStanding]:
    """Who reached half of a limit or more within some days; the latest day first, the most first."""
    rows = await pool.fetch(
        _QUERIES["standing"], day_of(datetime.now(UTC)) - timedelta(days=days - 1)
    )
    known = await registry.practitioners(pool, {row["reader_id"] for row in rows})
    found = []
    for row in rows:
        kind, reader_id = ReaderKind(row["reader_kind"]), row["reader_id"]
        role = known[reader_id].role if reader_id in known else None
        standing = BudgetStanding(
            row["on_day"],
            Reader(kind, reader_id, InstitutionId(row["institution_id"])),
            row["unexplained"],
            row["explained"],
            row["refused"],
            row["stopped_at"],
            limits_of(kind, role),
        )
        if standing.refused or standing.share >= least_share:
            found.append(standing)
    return sorted(found, key=lambda one: (one.on_day, one.refused, one.share), reverse=True)


async def forget_budgets(pool: Pool) -> None:
    """Drop whom the days gone by were about, and after some months how much it was."""
    today = day_of(datetime.now(UTC))
    await pool.execute(_QUERIES["forget_leases"], today - _NAMED_FOR)
    await pool.execute(_QUERIES["forget_budgets"], today - _KEPT)
