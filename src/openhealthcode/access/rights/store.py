"""Reads and writes requests; what is said in them is sealed under the resident's record key."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode import audit
from openhealthcode.access.rights.model import (
    ANSWER_WITHIN,
    RightsAnswer,
    RightsKind,
    RightsRequest,
)
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import EntryId, InstitutionId, RequestId, ResidentId
from openhealthcode.trust import KeyClass, Keys, record_aad

_QUERIES = load_queries("openhealthcode.access", "rights.sql")
_MOST_LISTED: Final = 500


class Words(IntEnum):
    """Which words of a request; each is sealed for its own place."""

    SAID = 0
    REASON = 1


async def add(
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    kind: RightsKind,
    logged: audit.Appended,
    *entry: object,
) -> None:
    """Keep a request; of a correction also institution, entry, version and sealed words."""
    named = entry or (None,) * 4
    due_at = logged.at + ANSWER_WITHIN
    parameters = (*named, logged.number, logged.at, due_at)
    await connection.execute(_QUERIES["add_request"], resident_id, request_id, kind, *parameters)


async def close(
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    answer: RightsAnswer,
    logged: audit.Appended,
    reason: bytes | None = None,
) -> None:
    """Keep the answer; of several the first."""
    parameters = (answer, logged.at, logged.number, reason)
    await connection.execute(_QUERIES["answer_request"], resident_id, request_id, *parameters)


async def take_back_all(
    connection: Connection, resident_id: ResidentId, logged: audit.Appended
) -> None:
    """No correction is waited for any more, in the transaction that closes an account.

    An objection stays: what was counted before is not counted on because somebody left.
    """
    await connection.execute(_QUERIES["take_back"], resident_id, logged.at, logged.number)


async def rows(connection: Connection, resident_id: ResidentId) -> list[asyncpg.Record]:
    """Everything a resident asked for, newest first, sealed."""
    return await connection.fetch(_QUERIES["requests"], resident_id)


async def row(
    connection: Connection, resident_id: ResidentId, request_id: RequestId
) -> asyncpg.Record | None:
    """One request, sealed."""
    return await connection.fetchrow(_QUERIES["request"], resident_id, request_id)


async def waiting_for(
    connection: Connection, institution_id: InstitutionId
) -> list[asyncpg.Record]:
    """Whose corrections wait for an institution, the most urgent first."""
    return await connection.fetch(_QUERIES["open_requests"], institution_id, _MOST_LISTED)


async def current_entry(
    connection: Connection, resident_id: ResidentId, entry_id: EntryId
) -> asyncpg.Record | None:
    """Version, institution and digest of an entry as it stands; nothing of its content."""
    return await connection.fetchrow(_QUERIES["current_entry"], resident_id, entry_id)


async def objects(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether an objection of this resident stands."""
    found: bool = await connection.fetchval(_QUERIES["objects_to_secondary_use"], resident_id)
    return found


async def objectors(
    connection: Connection, resident_ids: Iterable[ResidentId]
) -> frozenset[ResidentId]:
    """Those of these residents whose objection stands; a transaction of ``statistics``."""
    found = await connection.fetch(_QUERIES["objectors"], list(resident_ids))
    return frozenset(ResidentId(each["resident_id"]) for each in found)


def exercised(
    resident_id: ResidentId, request_id: RequestId, kind: RightsKind, **detail: object
) -> audit.Event:
    """The event that a resident made use of a right."""
    return audit.Event(
        action=audit.Action.RIGHTS_EXERCISE,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"request": request_id.bytes, "kind": kind.value, **detail},
    )


def opened(keys: Keys, resident_id: ResidentId, row: asyncpg.Record) -> RightsRequest:
    """A request as its resident reads it."""
    request_id = RequestId(row["request_id"])
    return RightsRequest(
        request_id=request_id,
        kind=RightsKind(row["kind"]),
        institution_id=row["institution_id"],
        entry_id=row["entry_id"],
        words=unsealed(keys, resident_id, request_id, Words.SAID, row["words"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        answer=RightsAnswer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        reason=unsealed(keys, resident_id, request_id, Words.REASON, row["reason"]),
    )


def sealed(keys: Keys, resident_id: ResidentId, request_id: UUID, place: Words, text: str) -> bytes:
    """Words of a request, for their place alone."""
    aad = record_aad(resident_id, request_id, place)
    return keys.of(resident_id).seal(KeyClass.RECORD, aad, text.encode())


def unsealed(
    keys: Keys, resident_id: ResidentId, request_id: UUID, place: Words, sealed: bytes | None
) -> str:
    """What ``sealed`` sealed; empty where nothing was said."""
    if sealed is None:
        return ""
    aad = record_aad(resident_id, request_id, place)
    return keys.of(resident_id).open(KeyClass.RECORD, aad, sealed).decode()
