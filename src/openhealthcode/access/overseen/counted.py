"""How often what happened, told to whoever supervises the region: counts, and nobody's log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from openhealthcode.audit import reading as log
from openhealthcode.database import Connection


@dataclass(frozen=True, slots=True)
class EventCount:
    """How often something happened in a week.

    Args:
        week: its Monday, in China.
        institution_id: whose; None for what residents and the platform did.
    """

    week: date
    action: str
    outcome: str
    agent_kind: str
    institution_id: UUID | None
    times: int


@dataclass(frozen=True, slots=True)
class CountedLeaves:
    """What a stretch of the public log stands for; ``end_leaf`` is the first leaf after it."""

    counts: tuple[EventCount, ...]
    end_leaf: int


async def counts_since(connection: Connection, first_leaf: int, limit: int) -> CountedLeaves:
    """Count the events of a stretch of the log, in the caller's transaction.

    Args:
        connection: a transaction of the task ``supervision``.
        first_leaf: where the stretch begins.
        limit: leaves at the most.
    """
    rows, end_leaf = await log.counts(connection, first_leaf, limit)
    return CountedLeaves(tuple(EventCount(**row) for row in rows), end_leaf)
