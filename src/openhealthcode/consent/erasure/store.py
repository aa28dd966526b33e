"""Reads and writes requests to erase; the only module that knows their table."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from openhealthcode.consent.erasure import rules
from openhealthcode.consent.erasure.model import ErasureAnswer, ErasureRequest
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId
from openhealthcode.trust import KeyClass, Keys, identity_aad

_QUERIES = load_queries("openhealthcode.consent.erasure")


async def ask(
    connection: Connection, statement: str, resident_id: ResidentId, number: int, at: datetime
) -> None:
    """Ask whomever the statement finds; the event ``number`` says why."""
    due_at = at + rules.ATTEST_WITHIN
    await connection.execute(_QUERIES[statement], resident_id, number, at, due_at)


async def requests_of(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> list[ErasureRequest]:
    """All of one resident's, newest first, with the reasons given; the transaction is theirs."""
    rows = await connection.fetch(_QUERIES["requests_of"], resident_id)
    return [_request(row, _reason(keys, resident_id, row)) for row in rows]


async def listed(
    connection: Connection, statement: str, *parameters: object
) -> list[ErasureRequest]:
    """What a statement across residents finds, without reasons."""
    return [_request(row) for row in await connection.fetch(_QUERIES[statement], *parameters)]


async def note_answer(
    connection: Connection,
    keys: Keys,
    request: ErasureRequest,
    answer: ErasureAnswer,
    reason: str,
    logged: tuple[int, datetime],
) -> None:
    """Store what was attested under the number of the event that logs it."""
    number, at = logged
    sealed = None
    if reason:
        place = _place(request.resident_id, request.consent_id, number)
        sealed = keys.of(request.resident_id).seal(KeyClass.LOG, place, reason.encode())
    await connection.execute(
        _QUERIES["note_answer"], request.resident_id, request.consent_id, answer, at, number, sealed
    )


def _request(row: asyncpg.Record, reason: str = "") -> ErasureRequest:
    return ErasureRequest(
        resident_id=ResidentId(row["resident_id"]),
        consent_id=ConsentId(row["consent_id"]),
        institution_id=InstitutionId(row["institution_id"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        at=row["at"],
        answer=ErasureAnswer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        reason=reason,
    )


def _reason(keys: Keys, resident_id: ResidentId, row: asyncpg.Record) -> str:
    if row["reason"] is None:
        return ""
    place = _place(resident_id, row["consent_id"], row["answered_number"])
    return keys.of(resident_id).open(KeyClass.LOG, place, row["reason"]).decode()


def _place(resident_id: ResidentId, consent_id: ConsentId, number: int) -> bytes:
    return identity_aad(resident_id, f"erasure|{consent_id}|{number}")
