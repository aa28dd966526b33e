"""A past day again: its accesses from the log, judged by the edition of the rules that held then.

What the warning had learnt by then is learnt anew from the days before, so that nothing but the log
is believed. Nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openhealthcode.access import overseen
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import OFFICIAL_TIME
from openhealthcode.supervision.alerts.editions import in_force_at
from openhealthcode.supervision.alerts.gather import gather
from openhealthcode.supervision.warning import Access, Edition, Finding, Watch
from openhealthcode.trust import Keys

LEARNT_DAYS: Final = 14
_AT_ONCE: Final = 500
_TASK: Final = "supervision"
_LATER_AT_MOST: Final = timedelta(hours=1)
"""How long after its moment an event may get its leaf; a day's search begins and ends that much off."""


@dataclass(frozen=True, slots=True)
class PastDay:
    """What the rules of that day say of it.

    Args:
        accesses: how many were judged.
        findings: of that day alone, in the order of the log.
        alerts: how many alerts they would have made an officer look at.
    """

    day: date
    edition: Edition
    accesses: int
    findings: tuple[Finding, ...]
    alerts: int


async def judge_again(pool: Pool, keys: Keys, day: date) -> PastDay:
    """Judge a day of the log again; takes about a millisecond an access, those of two weeks before too."""
    begins = datetime(day.year, day.month, day.day, tzinfo=OFFICIAL_TIME).astimezone(UTC)
    ends = begins + timedelta(days=1)
    async with transaction(pool, task=_TASK) as connection:
        edition = await in_force_at(connection, keys, ends)
    watch = Watch(edition)
    findings: list[Finding] = []
    alerts: set[str] = set()
    judged = 0
    async for access in _accesses(pool, keys, begins - timedelta(days=LEARNT_DAYS), ends):
        judgement = watch.judge(access)
        if begins <= access.at < ends:
            judged += 1
            findings += judgement.findings
            alerts |= {one.alert_id for one in judgement.alerts}
    return PastDay(day, edition, judged, tuple(findings), len(alerts))


async def _accesses(
    pool: Pool, keys: Keys, begins: datetime, ends: datetime
) -> AsyncIterator[Access]:
    """The accesses of a span, in the order of their leaves."""
    async with transaction(pool, task=_TASK) as connection:
        leaf = await overseen.first_leaf_at(connection, begins)
        end = await overseen.first_leaf_at(connection, ends + _LATER_AT_MOST)
    while leaf < end:
        async with transaction(pool, task=_TASK) as connection:
            most = min(_AT_ONCE, end - leaf)
            found = await overseen.accesses_since(pool, keys, connection, leaf, most)
        for access in await gather(pool, found.accesses):
            if begins <= access.at < ends:
                yield access
        leaf = found.end_leaf
