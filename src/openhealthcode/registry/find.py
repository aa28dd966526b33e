"""Find registered entries: by the key a source gave them, by name, by institution."""

from __future__ import annotations

from uuid import UUID

from openhealthcode.registry import store
from openhealthcode.registry.model import Institution, Practitioner, System
from openhealthcode.registry.store import Database, institution_of_key, practitioner_of_key
from openhealthcode.standards.ids import InstitutionId, PractitionerId


async def institution_by_key(database: Database, key: str) -> InstitutionId | None:
    """The institution registered under ``system|value``, or None."""
    return await institution_of_key(database, key)


async def practitioner_by_key(database: Database, key: str) -> PractitionerId | None:
    """The practitioner registered under ``system|value``, or None."""
    return await practitioner_of_key(database, key)


async def institutions_named(database: Database, text: str, *, most: int = 20) -> list[Institution]:
    """Institutions in practice whose name holds this text, shortest name first."""
    return await store.institutions_named(database, text, most)


async def staff(database: Database, institution_id: InstitutionId) -> list[Practitioner]:
    """Who works at an institution, by department and name."""
    return await store.staff(database, institution_id)


async def systems_of(database: Database, institution_id: InstitutionId) -> list[System]:
    """The systems of an institution that are in use, by name."""
    return [one for one in await store.systems_of(database, institution_id) if one.is_active]


async def systems_by_institution(database: Database) -> dict[UUID, list[str]]:
    """The names of all systems in use, by whose they are."""
    return await store.systems_by_institution(database)
