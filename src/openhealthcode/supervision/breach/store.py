"""Reads and writes leaks and steps; words are sealed under the key of the region's own log.

``Connection`` is a transaction of the task ``supervision``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from openhealthcode.audit import REGION
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.breach.model import Breach, BreachStep, StepKind, Suspect, What
from openhealthcode.trust import KeyClass, Keys, identity_aad

_QUERIES: Final = load_queries("openhealthcode.supervision.breach")
_MOST_LISTED: Final = 200

Found = tuple[Breach, tuple[BreachStep, ...], datetime]
"""A case, what was done about it, and the database's time."""


async def insert(connection: Connection, keys: Keys, breach: Breach) -> None:
    """Keep a case."""
    what = breach.what
    await connection.execute(
        _QUERIES["insert_breach"],
        breach.breach_id,
        what.suspect,
        what.agent_id,
        what.since,
        what.until,
        what.known_at,
        breach.opened_by,
        breach.institution_id,
        breach.opened_at,
        _seal(keys, breach.breach_id, "what", msgspec.json.encode(list(what.words))),
    )


async def add_step(connection: Connection, keys: Keys, breach_id: UUID, step: BreachStep) -> None:
    """Keep what was done."""
    await connection.execute(
        _QUERIES["add_step"],
        breach_id,
        step.number,
        step.kind,
        step.by,
        step.at,
        step.done,
        step.of,
        step.order_id,
        _seal(keys, breach_id, f"step|{step.number}", step.words.encode()),
    )


async def breaches(connection: Connection, keys: Keys) -> list[Found]:
    """The latest cases, the newest first."""
    rows = await connection.fetch(_QUERIES["breaches"], _MOST_LISTED)
    return [(_breach(keys, row), await _steps(connection, keys, row), row["at"]) for row in rows]


async def breach(connection: Connection, keys: Keys, breach_id: UUID) -> Found | None:
    """One case."""
    row = await connection.fetchrow(_QUERIES["breach"], breach_id)
    if row is None:
        return None
    return _breach(keys, row), await _steps(connection, keys, row), row["at"]


async def _steps(connection: Connection, keys: Keys, of: Record) -> tuple[BreachStep, ...]:
    breach_id = of["breach_id"]
    rows = await connection.fetch(_QUERIES["steps"], breach_id)
    return tuple(
        BreachStep(
            number=row["number"],
            kind=StepKind(row["kind"]),
            by=row["taken_by"],
            at=row["taken_at"],
            done=row["done"],
            of=row["of_all"],
            words=_open(keys, breach_id, f"step|{row['number']}", row["sealed"]).decode(),
            order_id=row["order_id"],
        )
        for row in rows
    )


def _breach(keys: Keys, row: Record) -> Breach:
    breach_id = row["breach_id"]
    words = msgspec.json.decode(_open(keys, breach_id, "what", row["sealed"]), type=list[str])
    kinds, cause, harm, measures, advice, contact = words
    return Breach(
        breach_id=breach_id,
        what=What(
            suspect=Suspect(row["suspect"]),
            agent_id=row["agent_id"],
            since=row["since"],
            until=row["until"],
            known_at=row["known_at"],
            kinds=kinds,
            cause=cause,
            harm=harm,
            measures=measures,
            advice=advice,
            contact=contact,
        ),
        opened_by=PractitionerId(row["opened_by"]),
        institution_id=InstitutionId(row["institution_id"]),
        opened_at=row["opened_at"],
    )


def _seal(keys: Keys, breach_id: UUID, place: str, plain: bytes) -> bytes:
    return keys.of(REGION, create=True).seal(KeyClass.LOG, _aad(breach_id, place), plain)


def _open(keys: Keys, breach_id: UUID, place: str, sealed: bytes) -> bytes:
    return keys.of(REGION).open(KeyClass.LOG, _aad(breach_id, place), sealed)


def _aad(breach_id: UUID, place: str) -> bytes:
    return identity_aad(REGION, f"breach|{breach_id}|{place}")
