"""Reads and writes advance choices and cases; what is sealed opens in its own place only.

``Connection`` is a transaction opened for the resident.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg
import msgspec

from openhealthcode.consent.emergency.model import (
    AdvanceChoice,
    EmergencyScope,
    Judgement,
    OverrideCase,
    Reviewer,
)
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards import SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import KeyClass, Keys, ResidentKeys, UnreadableSeal, identity_aad

_QUERIES = load_queries("openhealthcode.consent.emergency")

_REFUSING = AdvanceChoice(scope=EmergencyScope.NOTHING)


class _Stored(msgspec.Struct):
    """A choice as it is sealed."""

    scope: EmergencyScope
    opened: list[SensitiveCategory]


async def insert_choice(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    choice: AdvanceChoice,
    logged: tuple[int, datetime],
) -> None:
    """Store a choice under the number of the event that logs it."""
    number, at = logged
    plain = msgspec.json.encode(_Stored(choice.scope, sorted(choice.opened)))
    sealed = keys.seal(KeyClass.RECORD, _place(resident_id, number), plain)
    await connection.execute(_QUERIES["insert_choice"], resident_id, number, at, sealed)


async def choice(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> AdvanceChoice:
    """The latest choice. One that was altered or that this release cannot read opens nothing."""
    row = await connection.fetchrow(_QUERIES["choice"], resident_id)
    if row is None:
        return AdvanceChoice()
    try:
        place = _place(resident_id, row["event_number"])
        stored = msgspec.json.decode(keys.open(KeyClass.RECORD, place, row["sealed"]), type=_Stored)
    except (UnreadableSeal, msgspec.DecodeError):
        return _REFUSING
    return AdvanceChoice(
        scope=stored.scope, opened=frozenset(stored.opened), chosen_at=row["chosen_at"]
    )


class Why(msgspec.Struct, frozen=True):
    """What the author wrote when breaking the glass."""

    triage_level: int
    reason: str


def queue_key(keys: Keys, institution_id: InstitutionId) -> bytes:
    """Leads to the cases of one institution."""
    return keys.blind_index("override-queue", str(institution_id))


def author_key(keys: Keys, practitioner_id: PractitionerId) -> bytes:
    """Leads to the overrides of one author."""
    return keys.blind_index("override-author", str(practitioner_id))


async def insert_case(connection: Connection, keys: Keys, case: OverrideCase, why: Why) -> None:
    """Open a case; the transaction is the resident's."""
    sealed = keys.of(case.resident_id).seal(
        KeyClass.LOG, _case_place(case.resident_id, case.consent_id), msgspec.json.encode(why)
    )
    await connection.execute(
        _QUERIES["insert_case"],
        case.resident_id,
        case.consent_id,
        queue_key(keys, case.institution_id),
        author_key(keys, case.practitioner_id),
        case.institution_id,
        case.practitioner_id,
        case.opened_at,
        case.due_at,
        case.reviewers_needed,
        sealed,
    )


async def insert_judgement(
    connection: Connection,
    keys: Keys,
    case: OverrideCase,
    reviewer: Reviewer,
    judgement: Judgement,
    logged: tuple[int, datetime],
) -> None:
    """Add a judgement; the caller holds the resident's chain and has seen that it may."""
    await connection.execute(
        _QUERIES["insert_judgement"],
        case.resident_id,
        case.consent_id,
        reviewer.practitioner_id,
        queue_key(keys, case.institution_id),
        author_key(keys, case.practitioner_id),
        *logged,
        judgement,
    )


async def case_of(
    connection: Connection, keys: Keys, resident_id: ResidentId, consent_id: ConsentId
) -> tuple[OverrideCase, Why, datetime] | None:
    """One case of this resident, what its author wrote, and the database's clock."""
    row = await connection.fetchrow(_QUERIES["case"], resident_id, consent_id)
    if row is None:
        return None
    place = _case_place(resident_id, consent_id)
    opened = keys.of(resident_id).open(KeyClass.LOG, place, row["sealed"])
    return _case(row), msgspec.json.decode(opened, type=Why), row["at"]


async def cases(
    connection: Connection, statement: str, *parameters: bytes
) -> list[tuple[OverrideCase, datetime]]:
    """The cases a statement finds, each with the database's clock; the next due first."""
    rows = await connection.fetch(_QUERIES[statement], *parameters)
    return [(_case(row), row["at"]) for row in rows]


def _case(row: asyncpg.Record) -> OverrideCase:
    return OverrideCase(
        resident_id=ResidentId(row["resident_id"]),
        consent_id=ConsentId(row["consent_id"]),
        institution_id=InstitutionId(row["institution_id"]),
        practitioner_id=PractitionerId(row["practitioner_id"]),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        reviewers_needed=row["reviewers_needed"],
        judgements={
            PractitionerId(reviewer): Judgement(judgement)
            for reviewer, judgement in zip(row["reviewers"], row["judgements"], strict=True)
        },
    )


def _case_place(resident_id: ResidentId, consent_id: ConsentId) -> bytes:
    return identity_aad(resident_id, f"override-case|{consent_id}")


def _place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"advance-choice|{number}")
