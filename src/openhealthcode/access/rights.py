"""What residents ask for about their record: corrections with a clock, objection to other uses.

A correction goes to the institution that filed the entry. It is answered by a corrected version,
which that institution has filed, or by a reason. An objection to secondary use holds at once.

Source: PIPL art. 44 (objection), 46 (correction), 50 (a reason for every refusal).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import OneEntry
from openhealthcode.database import Connection, Pool, announce, load_queries, transaction
from openhealthcode.record.reading import Entry
from openhealthcode.standards import Conflict, InvalidInput, NotFound, PurposeOfUse
from openhealthcode.standards.ids import (
    EntryId,
    InstitutionId,
    PractitionerId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import KeyClass, Keys, UnreadableId, record_aad

_QUERIES = load_queries("openhealthcode.access", "rights.sql")
ANSWER_WITHIN: Final = timedelta(days=15)
"""Shorter than the 30 days of GB/T 35273-2020, 8.7; the 15 of the app rules are working days."""
LONGEST_WORDS: Final = 1000
_WORDS, _REASON = 0, 1
_MOST_LISTED: Final = 500


class RightsKind(StrEnum):
    """What is asked for."""

    CORRECTION = "correction"
    SECONDARY_USE = "secondary-use"


class RightsAnswer(StrEnum):
    """What became of it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"


class CorrectionMissing(Conflict):
    """A correction is accepted once the corrected entry has been filed."""

    code = "correction-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """One request of a resident, as the resident reads it.

    Args:
        institution_id: who answers a correction.
        words: what is wrong, as the resident said it.
        due_at: until when it is to be answered.
        reason: why it was refused.
    """

    request_id: RequestId
    kind: RightsKind
    institution_id: InstitutionId | None
    entry_id: EntryId | None
    words: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    answer: RightsAnswer | None
    answered_at: datetime | None
    reason: str = field(repr=False)

    def days_left(self, at: datetime) -> int:
        """Whole days until the answer is due, the last one counting as one; negative when late."""
        return days_left(self.due_at, at)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A correction that waits for an institution, before it is opened."""

    public_id: str
    asked_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AskedCorrection:
    """A correction as the clerk of the institution that filed the entry reads it.

    Args:
        entry: as it stands now.
        is_corrected: whether another version has been filed since it was asked for.
    """

    words: str = field(repr=False)
    entry: Entry
    asked_at: datetime
    due_at: datetime
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who answers on behalf of an institution."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId

    @property
    def agent(self) -> audit.Agent:
        """As the log names them."""
        kind = audit.AgentKind.PRACTITIONER
        return audit.Agent(kind, self.practitioner_id, self.institution_id)


def days_left(due_at: datetime, at: datetime) -> int:
    """Whole days until a moment, a day begun counting as one; negative once it has passed."""
    return -((at - due_at) // timedelta(days=1))


async def ask_correction(
    pool: Pool, keys: Keys, resident_id: ResidentId, entry_id: EntryId, words: str
) -> RequestId:
    """Ask the institution that filed an entry to correct it.

    Raises:
        NotFound: no such entry of this resident.
        InvalidInput: nothing said, or more than a page.
    """
    if not 0 < len(words) <= LONGEST_WORDS:
        raise InvalidInput("say in a few sentences what is wrong")
    request_id = RequestId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        row = await connection.fetchrow(_QUERIES["current_entry"], resident_id, entry_id)
        if row is None:
            raise NotFound
        items = [(entry_id.bytes, row["version"], row["digest"])]
        event = _own(
            resident_id, request_id, RightsKind.CORRECTION,
            items=items, institution=row["institution_id"].bytes,
        )  # fmt: skip
        logged = await audit.append(connection, keys, resident_id, event)
        await _add(
            connection, resident_id, request_id, RightsKind.CORRECTION, logged,
            row["institution_id"], entry_id, row["version"],
            _seal(keys, resident_id, request_id, _WORDS, words),
        )  # fmt: skip
    return request_id


async def object_to_secondary_use(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, objects: bool
) -> None:
    """Object to every use beyond one's own care, or take that back; holds from now on."""
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        if await objects_to_secondary_use(connection, resident_id) == objects:
            return
        if objects:
            request_id = RequestId(uuid4())
            event = _own(resident_id, request_id, RightsKind.SECONDARY_USE)
            logged = await audit.append(connection, keys, resident_id, event)
            kind = RightsKind.SECONDARY_USE
            await _add(connection, resident_id, request_id, kind, logged)
            return
        for row in await connection.fetch(_QUERIES["requests"], resident_id):
            if row["kind"] == RightsKind.SECONDARY_USE and row["answer"] is None:
                event = _own(resident_id, row["request_id"], RightsKind.SECONDARY_USE, lifted=True)
                logged = await audit.append(connection, keys, resident_id, event)
                await _close(
                    connection, resident_id, row["request_id"], RightsAnswer.TAKEN_BACK, logged
                )


async def objects_to_secondary_use(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether a resident's data serve nothing but the resident's own care; ask before any count."""
    found: bool = await connection.fetchval(_QUERIES["objects_to_secondary_use"], resident_id)
    return found


async def rights_requests(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[RightsRequest]:
    """Everything a resident asked for, newest first, with its clock or its answer."""
    async with transaction(pool, resident=resident_id) as connection:
        rows = await connection.fetch(_QUERIES["requests"], resident_id)
    return [_request(keys, resident_id, row) for row in rows]


async def open_requests(pool: Pool, keys: Keys, institution_id: InstitutionId) -> list[OpenRequest]:
    """What waits for an institution's answer, the most urgent first; neither who nor what."""
    async with transaction(pool, lookup=(institution_id.bytes,)) as connection:
        rows = await connection.fetch(_QUERIES["open_requests"], institution_id, _MOST_LISTED)
    return [
        OpenRequest(
            keys.seal_id(row["resident_id"], row["request_id"]), row["asked_at"], row["due_at"]
        )
        for row in rows
    ]


async def correction_asked(pool: Pool, keys: Keys, public_id: str, clerk: Clerk) -> AskedCorrection:
    """Show a clerk what their institution filed and what is said to be wrong with it; logged.

    Raises:
        NotFound: no such request, answered, or another institution's.
    """
    resident_id, request_id = _named(keys, public_id)
    async with transaction(pool, resident=resident_id) as connection:
        row = await _waiting(connection, resident_id, request_id, clerk)

        def choose(seen: Look) -> Choice:
            rows = [one for one in seen.rows if one["institution_id"] == clerk.institution_id]
            event = audit.Event(
                action=audit.Action.RIGHTS_READ,
                agent=clerk.agent,
                purpose=PurposeOfUse.RESIDENT_REQUEST,
                detail={"request": request_id.bytes, "items": looking.items(rows)},
            )
            return Choice(rows, event)

        _, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, OneEntry(EntryId(row["entry_id"]), None), choose
        )
    if not choice.rows:
        raise NotFound
    (entry,) = looking.open_rows(keys.of(resident_id), choice.rows)
    words = _open(keys, resident_id, request_id, _WORDS, row["words"])
    is_corrected = entry.version > row["entry_version"]
    return AskedCorrection(words, entry, row["asked_at"], row["due_at"], is_corrected)


async def answer_correction(
    pool: Pool, keys: Keys, public_id: str, clerk: Clerk, *, refused_because: str = ""
) -> None:
    """Answer: corrected, or, with a reason, refused.

    Raises:
        NotFound: no such request, answered before, or another institution's.
        CorrectionMissing: said to be corrected while the entry still is what it was.
        InvalidInput: a reason of more than a page.
    """
    if len(refused_because) > LONGEST_WORDS:
        raise InvalidInput("a reason of a few sentences")
    resident_id, request_id = _named(keys, public_id)
    answer = RightsAnswer.REFUSED if refused_because else RightsAnswer.ACCEPTED
    async with transaction(pool, resident=resident_id) as connection:
        row = await _waiting(connection, resident_id, request_id, clerk)
        now = await connection.fetchrow(_QUERIES["current_entry"], resident_id, row["entry_id"])
        if not refused_because and (now is None or now["version"] <= row["entry_version"]):
            raise CorrectionMissing
        event = audit.Event(
            action=audit.Action.RIGHTS_ANSWER,
            agent=clerk.agent,
            outcome=audit.Outcome.REFUSED if refused_because else audit.Outcome.DONE,
            purpose=PurposeOfUse.RESIDENT_REQUEST,
            detail={"request": request_id.bytes},
        )
        logged = await audit.append(connection, keys, resident_id, event)
        reason = None
        if refused_because:
            reason = _seal(keys, resident_id, request_id, _REASON, refused_because)
        await _close(connection, resident_id, request_id, answer, logged, reason)
        await announce(connection, consent.topic_of(keys, resident_id))


async def take_back_all(
    connection: Connection, resident_id: ResidentId, logged: audit.Appended
) -> None:
    """Nothing is waited for any more, in the transaction that closes an account."""
    await connection.execute(_QUERIES["take_back"], resident_id, logged.at, logged.number)


async def _waiting(
    connection: Connection, resident_id: ResidentId, request_id: RequestId, clerk: Clerk
) -> asyncpg.Record:
    """A correction that this clerk's institution has to answer; its chain is held."""
    await audit.hold(connection, resident_id)
    row = await connection.fetchrow(_QUERIES["request"], resident_id, request_id)
    if row is None or row["answer"] or row["institution_id"] != clerk.institution_id:
        raise NotFound
    return row


async def _add(
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    kind: RightsKind,
    logged: audit.Appended,
    *entry: object,
) -> None:
    named = entry or (None,) * 4
    due_at = logged.at + ANSWER_WITHIN
    parameters = (*named, logged.number, logged.at, due_at)
    await connection.execute(_QUERIES["add_request"], resident_id, request_id, kind, *parameters)


async def _close(
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    answer: RightsAnswer,
    logged: audit.Appended,
    reason: bytes | None = None,
) -> None:
    parameters = (answer, logged.at, logged.number, reason)
    await connection.execute(_QUERIES["answer_request"], resident_id, request_id, *parameters)


def _own(
    resident_id: ResidentId, request_id: RequestId, kind: RightsKind, **detail: object
) -> audit.Event:
    return audit.Event(
        action=audit.Action.RIGHTS_EXERCISE,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"request": request_id.bytes, "kind": kind.value, **detail},
    )


def _named(keys: Keys, public_id: str) -> tuple[ResidentId, RequestId]:
    try:
        resident_id, request_id = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    return resident_id, RequestId(request_id)


def _request(keys: Keys, resident_id: ResidentId, row: asyncpg.Record) -> RightsRequest:
    request_id = RequestId(row["request_id"])
    return RightsRequest(
        request_id=request_id,
        kind=RightsKind(row["kind"]),
        institution_id=row["institution_id"],
        entry_id=row["entry_id"],
        words=_open(keys, resident_id, request_id, _WORDS, row["words"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        answer=RightsAnswer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        reason=_open(keys, resident_id, request_id, _REASON, row["reason"]),
    )


def _seal(keys: Keys, resident_id: ResidentId, request_id: UUID, place: int, text: str) -> bytes:
    aad = record_aad(resident_id, request_id, place)
    return keys.of(resident_id).seal(KeyClass.RECORD, aad, text.encode())


def _open(
    keys: Keys, resident_id: ResidentId, request_id: UUID, place: int, sealed: bytes | None
) -> str:
    if sealed is None:
        return ""
    aad = record_aad(resident_id, request_id, place)
    return keys.of(resident_id).open(KeyClass.RECORD, aad, sealed).decode()
