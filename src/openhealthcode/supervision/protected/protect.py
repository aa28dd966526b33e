"""Ask for somebody's special protection, confirm it; both in the region's own log.

What is answered is the same whether or not the number is anybody's here: protecting is no way of
finding out who is registered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode import audit
from openhealthcode.access import overseen
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import Certificate, InvalidInput
from openhealthcode.supervision.protected import store
from openhealthcode.supervision.protected.model import DAYS, Protection, Standing
from openhealthcode.trust import Keys

_TASK: Final = "supervision"
_WAITS: Final = timedelta(days=7)
"""How long a second person has."""


async def ask(
    pool: Pool, keys: Keys, supervisor: StaffSession, certificate: Certificate, days: int
) -> None:
    """Ask that looks at somebody be watched closely for some days; it holds once another confirms.

    Raises:
        InvalidInput: another length than offered.
    """
    if days not in DAYS:
        raise InvalidInput("for thirty days to a year")
    marks = await overseen.marks_of(pool, keys, certificate)
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        at = await _log(connection, keys, supervisor, marks, "asked", days)
        until = at + timedelta(days=days)
        await store.ask(connection, marks, at, supervisor.practitioner_id, until)


async def confirm(
    pool: Pool, keys: Keys, supervisor: StaffSession, certificate: Certificate
) -> bool:
    """Let hold what another supervisor asked within a week; whether there was anything to confirm."""
    marks = await overseen.marks_of(pool, keys, certificate)
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        at = await _log(connection, keys, supervisor, marks, "confirmed", 0)
        by, since = supervisor.practitioner_id, at - _WAITS
        return await store.confirm(connection, marks, at, by, since)


async def protections(pool: Pool, marks: Collection[bytes]) -> Mapping[bytes, list[Protection]]:
    """When which of these residents were under special protection."""
    if not marks:
        return {}
    async with transaction(pool, task=_TASK) as connection:
        return await store.protections(connection, marks)


async def standing(pool: Pool) -> Standing:
    """How many protections hold now, and how many wait for a second person."""
    at = datetime.now(UTC)
    async with transaction(pool, task=_TASK) as connection:
        return await store.standing(connection, at, at - _WAITS)


async def _log(
    connection: Connection,
    keys: Keys,
    supervisor: StaffSession,
    marks: Sequence[bytes],
    step: str,
    days: int,
) -> datetime:
    agent = audit.Agent(
        audit.AgentKind.PRACTITIONER, supervisor.practitioner_id, supervisor.institution_id
    )
    detail = {"marks": list(marks), "step": step, **({"days": days} if days else {})}
    event = audit.Event(action=Action.RESIDENT_PROTECT, agent=agent, detail=detail)
    return (await audit.append_own(connection, keys, event)).at
