"""Find the registered entry a sender means by the key its source gave it."""

from __future__ import annotations

from openhealthcode.registry.store import Database, institution_of_key, practitioner_of_key
from openhealthcode.standards.ids import InstitutionId, PractitionerId


async def institution_by_key(database: Database, key: str) -> InstitutionId | None:
    """The institution registered under ``system|value``, or None."""
    return await institution_of_key(database, key)


async def practitioner_by_key(database: Database, key: str) -> PractitionerId | None:
    """The practitioner registered under ``system|value``, or None."""
    return await practitioner_of_key(database, key)
