"""Reads and writes the registry's three tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import orjson

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.registry.model import (
    Institution,
    InstitutionEntry,
    InstitutionKind,
    Practitioner,
    PractitionerEntry,
    PractitionerRole,
    System,
    SystemEntry,
)
from openhealthcode.standards import CreditCode
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId

_QUERIES = load_queries("openhealthcode.registry")

Database = Pool | Connection
"""The registry has no row-level security: a pool serves as well as an open transaction."""


async def add_institution(
    database: Database, entry: InstitutionEntry, at: datetime
) -> InstitutionId:
    """The id under which this entry's key is registered, from now on or already."""
    credit_code = entry.credit_code.text if entry.credit_code else None
    found: InstitutionId | None = await database.fetchval(
        _QUERIES["register_institution"],
        uuid4(),
        entry.key,
        entry.kind,
        entry.name,
        entry.name_en,
        entry.division_code,
        credit_code,
        at,
    )
    if found is None:  # nothing had to change
        found = InstitutionId(await database.fetchval(_QUERIES["institution_of_key"], entry.key))
    return found


async def add_practitioner(
    database: Database, entry: PractitionerEntry, at: datetime
) -> PractitionerId:
    """The id under which this entry's key is registered, from now on or already."""
    found: PractitionerId | None = await database.fetchval(
        _QUERIES["register_practitioner"],
        uuid4(),
        entry.key,
        entry.institution_id,
        entry.name,
        entry.name_en,
        entry.staff_number,
        entry.role,
        entry.department,
        entry.title,
        at,
    )
    if found is None:
        found = PractitionerId(await database.fetchval(_QUERIES["practitioner_of_key"], entry.key))
    return found


async def add_system(database: Database, entry: SystemEntry, at: datetime) -> SystemId:
    """The id under which this entry's key is registered, from now on or already."""
    found: SystemId = await database.fetchval(
        _QUERIES["register_system"],
        uuid4(),
        entry.key,
        entry.institution_id,
        entry.name,
        orjson.dumps(dict(entry.jwks)),
        list(entry.scopes),
        at,
    )
    return found


async def institutions(database: Database, ids: Iterable[UUID]) -> list[Institution]:
    """The institutions among these ids."""
    return [_institution(row) for row in await database.fetch(_QUERIES["institutions"], list(ids))]


async def practitioners(database: Database, ids: Iterable[UUID]) -> list[Practitioner]:
    """The practitioners among these ids."""
    rows = await database.fetch(_QUERIES["practitioners"], list(ids))
    return [_practitioner(row) for row in rows]


async def institutions_named(database: Database, text: str, most: int) -> list[Institution]:
    """Institutions a resident can choose, by a part of their name."""
    rows = await database.fetch(_QUERIES["institutions_named"], text, most)
    return [_institution(row) for row in rows]


async def staff(database: Database, institution_id: InstitutionId) -> list[Practitioner]:
    """Who works at an institution, by department and name."""
    rows = await database.fetch(_QUERIES["staff"], institution_id)
    return [_practitioner(row) for row in rows]


async def systems_of(database: Database, institution_id: InstitutionId) -> list[System]:
    """The systems of an institution, by name."""
    rows = await database.fetch(_QUERIES["systems_of"], institution_id)
    return [_system(row) for row in rows]


async def systems(database: Database, ids: Iterable[UUID]) -> list[System]:
    """The systems among these ids."""
    return [_system(row) for row in await database.fetch(_QUERIES["systems"], list(ids))]


async def suspend(database: Database, what: str, entry_id: UUID, at: datetime) -> bool:
    """Suspend an ``institution``, ``practitioner`` or ``system``; false when there is none."""
    return await database.fetchval(_QUERIES[f"suspend_{what}"], entry_id, at) is not None


async def suspended_since(
    database: Database, practitioner_ids: Iterable[PractitionerId]
) -> dict[PractitionerId, datetime]:
    """Which of these are suspended, they or their institution, and since when."""
    rows = await database.fetch(_QUERIES["suspended_since"], list(practitioner_ids))
    return {PractitionerId(row["practitioner_id"]): row["suspended_at"] for row in rows}


async def restore_practitioner(
    database: Database, practitioner_id: PractitionerId, made_at: Sequence[datetime]
) -> None:
    """Let somebody work again whose suspension was made at one of these moments."""
    await database.execute(_QUERIES["restore_practitioner"], practitioner_id, list(made_at))


def _institution(row: asyncpg.Record) -> Institution:
    return Institution(
        institution_id=row["institution_id"],
        kind=InstitutionKind(row["kind"]),
        name=row["name"],
        name_en=row["name_en"],
        division_code=row["division_code"],
        credit_code=CreditCode(row["credit_code"]) if row["credit_code"] else None,
        is_active=row["suspended_at"] is None,
    )


def _practitioner(row: asyncpg.Record) -> Practitioner:
    return Practitioner(
        practitioner_id=row["practitioner_id"],
        institution_id=row["institution_id"],
        name=row["name"],
        name_en=row["name_en"],
        staff_number=row["staff_number"],
        role=PractitionerRole(row["role"]),
        department=row["department"],
        title=row["title"],
        is_active=row["suspended_at"] is None,
    )


def _system(row: asyncpg.Record) -> System:
    return System(
        system_id=row["system_id"],
        institution_id=row["institution_id"],
        name=row["name"],
        jwks=orjson.loads(row["jwks"]),
        scopes=tuple(row["scopes"]),
        is_active=row["suspended_at"] is None,
    )


async def institution_of_key(database: Database, key: str) -> InstitutionId | None:
    """The institution registered under a key."""
    found = await database.fetchval(_QUERIES["institution_of_key"], key)
    return None if found is None else InstitutionId(found)


async def practitioner_of_key(database: Database, key: str) -> PractitionerId | None:
    """The practitioner registered under a key."""
    found = await database.fetchval(_QUERIES["practitioner_of_key"], key)
    return None if found is None else PractitionerId(found)


async def systems_by_institution(database: Database) -> dict[UUID, list[str]]:
    """The names of all systems in use, by whose they are."""
    rows = await database.fetch(_QUERIES["systems_by_institution"])
    return {row["institution_id"]: list(row["names"]) for row in rows}
