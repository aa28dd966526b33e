"""The sealed line each answer of this kind leaves, and who may open it.

One line for every answer, of one length, written by one statement: what is told to the region alone
shows neither in the table nor in the time of an answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg
import msgspec

from openhealthcode import audit
from openhealthcode.consent.presence.model import Means, Noted, Presence
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.consent.presence")
_BYTES: Final = 512
_SHOWN_FOR: Final = timedelta(days=30)


class _Line(msgspec.Struct, frozen=True):
    """What is sealed under the region's key, padded to one length."""

    means: Means
    institution_id: InstitutionId
    practitioner_id: PractitionerId | None
    helper_id: PractitionerId | None
    is_under_duress: bool


async def note(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    presence: Presence,
    asked_by: tuple[InstitutionId, PractitionerId | None],
    at: datetime,
) -> None:
    """Leave the line of an answer, in the transaction that makes the consent."""
    helper_id = presence.helper.practitioner_id if presence.helper else None
    line = _Line(presence.means, *asked_by, helper_id, presence.is_under_duress)
    text = msgspec.json.encode(line).decode().ljust(_BYTES)
    sealed = keys.seal_session(_place(resident_id, consent_id), text)
    await connection.execute(_QUERIES["note"], resident_id, consent_id, at, sealed)


async def recent(pool: Pool, keys: Keys) -> list[Noted]:
    """For the region: the latest answers of this kind, newest first."""
    async with transaction(pool, task="supervision") as connection:
        rows = await connection.fetch(_QUERIES["recent"], _SHOWN_FOR)
    return [_noted(keys, row) for row in rows]


async def case(
    connection: Connection, keys: Keys, resident_id: ResidentId, consent_id: ConsentId
) -> Noted | None:
    """One answer; the transaction is the resident's."""
    row = await connection.fetchrow(_QUERIES["case"], resident_id, consent_id)
    return None if row is None else _noted(keys, row)


async def note_examined(
    connection: Connection,
    resident_id: ResidentId,
    consent_id: ConsentId,
    examiner: PractitionerId,
    logged: audit.Appended,
) -> None:
    """Remember that the region looked into it, and under which event."""
    await connection.execute(
        _QUERIES["note_examined"], resident_id, consent_id, examiner, logged.number, logged.at
    )


def _noted(keys: Keys, row: asyncpg.Record) -> Noted:
    resident_id, consent_id = ResidentId(row["resident_id"]), ConsentId(row["consent_id"])
    text = keys.open_session(_place(resident_id, consent_id), row["sealed"])
    line = msgspec.json.decode(text, type=_Line)
    return Noted(
        resident_id=resident_id,
        consent_id=consent_id,
        answered_at=row["answered_at"],
        institution_id=line.institution_id,
        practitioner_id=line.practitioner_id,
        means=line.means,
        helper_id=line.helper_id,
        is_under_duress=line.is_under_duress,
        examined_at=row["examined_at"],
    )


def _place(resident_id: ResidentId, consent_id: ConsentId) -> str:
    # Session tokens are 43 random characters: this text is none.
    return f"presence of {resident_id} in {consent_id}"
