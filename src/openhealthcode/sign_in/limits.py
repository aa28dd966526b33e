"""Count attempts and refuse those beyond a limit, exactly, however many come at once.

Each subject (a phone, a clerk) is one row that holds the moments of its latest attempts; one
statement counts and adds. Subjects are keyed hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from openhealthcode.database import Connection, Pool, load_queries

_QUERIES = load_queries("openhealthcode.sign_in")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within any period of this length."""

    most: int
    period: timedelta


CODES_PER_PHONE: Final = (
    Limit(1, timedelta(minutes=1)),
    Limit(5, timedelta(hours=1)),
    Limit(10, timedelta(days=1)),
)
NUMBERS_PER_CLERK: Final = (Limit(40, timedelta(minutes=10)), Limit(200, timedelta(hours=1)))
"""A clerk types each person's number and completes it; more is somebody trying numbers."""
CARDS_PER_PRACTITIONER: Final = (Limit(40, timedelta(minutes=10)), Limit(200, timedelta(hours=1)))
"""People with a card in hand whom one desk can receive; more is somebody typing numbers."""
CARD_CODES_PER_RESIDENT: Final = (Limit(60, timedelta(minutes=10)), Limit(400, timedelta(days=1)))
"""Codes of a national card on show: one in fifty seconds for each open page."""
OPENINGS_PER_LINK: Final = (Limit(60, timedelta(minutes=10)), Limit(300, timedelta(days=1)))
"""Openings of a link a resident shared, wrong passcodes included: each is a line of their log."""
PINS_PER_TERMINAL: Final = (Limit(40, timedelta(minutes=10)), Limit(200, timedelta(hours=1)))
"""Entries at one device, right or wrong: a device that tries PINs is stopped for everybody's."""


async def take(
    connection: Connection | Pool, subject: bytes, limits: Sequence[Limit], at: datetime
) -> bool:
    """Count one attempt; false, and nothing counted, when it would exceed any of the limits."""
    taken = await connection.fetchval(
        _QUERIES["take"],
        subject,
        at,
        [limit.period for limit in limits],
        [limit.most for limit in limits],
        max(limit.period for limit in limits),
    )
    return taken is not None


async def take_of_hour(connection: Connection, purpose: str, ceiling: int, at: datetime) -> bool:
    """Count one use of something the whole installation may do so often per hour of the clock."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    taken = await connection.fetchval(_QUERIES["take_of_hour"], purpose, hour, ceiling)
    return taken is not None
