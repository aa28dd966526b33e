"""Suspend an institution, a practitioner or a system: from then on nothing opens for it.

Here at once, in other processes after ``LONGEST_STALENESS_SECONDS``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from openhealthcode.database import Pool
from openhealthcode.registry import store
from openhealthcode.registry.entries import forget_all
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId


async def suspend_institution(pool: Pool, institution_id: InstitutionId) -> None:
    """Suspend an institution, and with it everybody and everything that acts for it.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(pool, "institution", institution_id)


async def suspend_practitioner(pool: Pool, practitioner_id: PractitionerId) -> None:
    """Suspend a practitioner.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(pool, "practitioner", practitioner_id)


async def suspend_system(pool: Pool, system_id: SystemId) -> None:
    """Suspend a system.

    Raises:
        NotFound: there is none with this id.
    """
    await _suspend(pool, "system", system_id)


async def _suspend(pool: Pool, what: str, entry_id: UUID) -> None:
    if not await store.suspend(pool, what, entry_id, datetime.now(UTC)):
        raise NotFound
    forget_all()
