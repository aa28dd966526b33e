"""Suspend an institution, a practitioner or a system: from then on nothing opens for it.

Here at once, in other processes after ``LONGEST_STALENESS_SECONDS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from openhealthcode.database import Pool
from openhealthcode.registry import store
from openhealthcode.registry.entries import forget_all
from openhealthcode.registry.store import Database
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId


async def suspend_institution(pool: Pool, institution_id: InstitutionId) -> None:
    """Suspend an institution, and with it everybody and everything that acts for it.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(pool, "institution", institution_id)


async def suspend_practitioner(
    database: Database, practitioner_id: PractitionerId, *, at: datetime | None = None
) -> None:
    """Suspend a practitioner; the first suspension's moment stays.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(database, "practitioner", practitioner_id, at)


async def suspended_since(
    database: Database, practitioner_ids: Iterable[PractitionerId]
) -> dict[PractitionerId, datetime]:
    """Which of these are suspended at this moment, they or their institution, and since when."""
    return await store.suspended_since(database, practitioner_ids)


async def restore_practitioner(
    database: Database, practitioner_id: PractitionerId, made_at: Sequence[datetime]
) -> None:
    """Take back a suspension that was made at one of these moments; one by anybody else stays."""
    await store.restore_practitioner(database, practitioner_id, made_at)
    forget_all()


async def suspend_system(pool: Pool, system_id: SystemId) -> None:
    """Suspend a system.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(pool, "system", system_id)


async def _suspend(
    database: Database, what: str, entry_id: UUID, at: datetime | None = None
) -> None:
    if not await store.suspend(database, what, entry_id, at or datetime.now(UTC)):
        raise NotFound
    forget_all()
