"""Whose screen a picture shows, when, and what the log says they were shown then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode import registry
from openhealthcode.access.affected import Affected, Scope, affected
from openhealthcode.database import Pool
from openhealthcode.sign_in import staff
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.tracing.picture import open_grey
from openhealthcode.supervision.tracing.screen import ATTEMPTS, read_screen
from openhealthcode.trust import Keys
from openhealthcode.trust.marks import ScreenCode, Shown

_AROUND: Final = timedelta(minutes=1)
"""What stands on a page was shown at most so long before or after its minute."""


@dataclass(frozen=True, slots=True)
class ScreenOrigin:
    """Whose screen a picture shows.

    Args:
        institution_id: where they work, as the register has it.
        seen: what the log says they were shown at that minute; None where the minute is not known.
    """

    screen: Shown
    institution_id: InstitutionId | None
    seen: Affected | None


async def whose_screen(pool: Pool, keys: Keys, content: bytes) -> ScreenOrigin | None:
    """Whose screen it is and when, or None where that cannot be said."""
    accounts = await staff.accounts(pool)
    screen = await asyncio.to_thread(read_name, keys.screens, content, accounts, datetime.now(UTC))
    if screen is None:
        return None
    known = await registry.practitioners(pool, [PractitionerId(screen.account)])
    works_at = next((one.institution_id for one in known.values()), None)
    if screen.minute is None:
        return ScreenOrigin(screen, works_at, None)
    since, until = screen.minute - _AROUND, screen.minute + 2 * _AROUND
    scope = Scope(agent_id=screen.account, since=since, until=until)
    return ScreenOrigin(screen, works_at, await affected(pool, keys, scope))


def read_name(
    code: ScreenCode, content: bytes, accounts: Sequence[UUID], until: datetime
) -> Shown | None:
    """The name that the likeliest reading of a picture gives which says the minute too, or else any."""
    grey = open_grey(content)
    if grey is None:
        return None
    words, named = code.words(accounts), list[Shown]()
    for cells in read_screen(grey, code.pilot):
        shown = code.name(cells, words, until, attempts=ATTEMPTS)
        if shown is not None:
            named.append(shown)
            if shown.minute is not None:
                break
    return min(named, key=lambda one: (one.minute is None, one.chance), default=None)
