"""What waits for somebody of the region: counts, each with the page where it is dealt with."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openhealthcode import collection
from openhealthcode.access import budgets, lookups
from openhealthcode.consent import erasure
from openhealthcode.database import Pool
from openhealthcode.portal.supervisor.views import WaitingView
from openhealthcode.supervision import agreements, alerts
from openhealthcode.supervision.alerts import AlertFigures
from openhealthcode.trust import Keys

_BUDGET_DAYS: Final = 7
_COLLECTED_DAYS: Final = 90


async def waiting(pool: Pool, keys: Keys) -> tuple[tuple[WaitingView, ...], AlertFigures]:
    """Everything that waits, what stands at nothing too; and how the early warning stands."""
    today = datetime.now(UTC).date()
    warned, near, parties, unseen, beyond, erasures = await asyncio.gather(
        alerts.figures(pool, keys),
        budgets.readers_near_their_limit(pool, days=_BUDGET_DAYS),
        agreements.transfers(pool),
        lookups.unseen_alarms(pool),
        _beyond_their_rules(pool, today),
        erasure.overdue_everywhere(pool),
    )
    not_agreed = sum(one.lacks_agreement(today) for one in parties)
    counts = (
        ("alerts", "/alerts", warned.open_now),
        ("cases", "/conduct", warned.cases),
        ("budgets", "/budgets", sum(one.stopped_at is not None for one in near)),
        ("lookups", "/lookups", unseen),
        ("collected", "/collected", beyond),
        ("transfers", "/transfers", not_agreed),
        ("erasures", "/erasures", len(erasures)),
    )
    return tuple(WaitingView(*one) for one in counts), warned


async def _beyond_their_rules(pool: Pool, today: date) -> int:
    """How many institutions delivered what the rule, or the resident, does not allow."""
    found = await collection.over_collections(pool, today - timedelta(days=_COLLECTED_DAYS))
    return sum(
        any(one.refused_by_rule + one.set_aside + one.refused_by_residents for one in lines)
        for lines in found.values()
    )
