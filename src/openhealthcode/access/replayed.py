"""A code that was used already is shown once more: refused, and its resident reads of it.

A scanner that reads twice is no such thing: whoever was shown a code of this resident minutes ago
may scan it again, is refused as before, and nothing is said of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode import audit, healthcode
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import Scan
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_OWN: Final = timedelta(minutes=15)
"""Longer than any code of one use lives."""


async def tell_of_replay(
    pool: Pool, keys: Keys, resident_id: ResidentId | None, scan: Scan
) -> None:
    """Log for its resident that a spent code was shown to somebody who had not been shown it.

    Args:
        resident_id: whose code; nobody's where that is not known.
    """
    if resident_id is None:
        return
    event = audit.Event(
        action=audit.Action.RESIDENT_IDENTIFY,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, scan.practitioner_id, scan.institution_id),
        outcome=audit.Outcome.REFUSED,
        purpose=scan.purpose,
        scene=scan.scene,
        detail={"spent": True},
    )
    since = datetime.now(UTC) - _OWN
    async with transaction(pool, resident=resident_id) as connection:
        if not await healthcode.was_presented_to(
            connection, resident_id, scan.practitioner_id, since
        ):
            await audit.append(connection, keys, resident_id, event)
