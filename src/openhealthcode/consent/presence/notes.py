"""The sealed line each answer of this kind leaves, and who may open it.

One line for every answer, of one length, written by one statement: what is told to the region alone
shows neither in the table nor in the time of an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
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
_ALARM_STANDS: Final = timedelta(days=3)
"""How long an answer under duress that nobody looked into stands on every page of the region."""
_TAKEN_UP_FOR: Final = timedelta(seconds=30)
"""What a process took up and did not settle, because it died or a gateway refused, is due again."""
_WATCHED_AT_ONCE: Final = 200


class _Line(msgspec.Struct, frozen=True):
    """What is sealed under the region's key, padded to one length."""

    means: Means
    institution_id: InstitutionId | None
    practitioner_id: PractitionerId | None
    helper_id: PractitionerId | None
    is_under_duress: bool


async def note(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    presence: Presence,
    asked_by: tuple[InstitutionId | None, PractitionerId | None],
    at: datetime,
) -> None:
    """Leave the line of an answer, in the transaction of what was answered or set."""
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


async def to_look_into(pool: Pool, keys: Keys) -> list[Noted]:
    """For the region: those of the latest days nobody has looked into yet, newest first."""
    async with transaction(pool, task="supervision") as connection:
        rows = await connection.fetch(_QUERIES["to_look_into"], _ALARM_STANDS)
    return [_noted(keys, row) for row in rows]


@dataclass(frozen=True, slots=True)
class Watched:
    """A line the region's watch has not been through, and when it was last taken up."""

    noted: Noted
    watch_at: datetime


async def unwatched(pool: Pool, keys: Keys) -> list[Watched]:
    """The lines the watch is to go through now, the oldest first."""
    async with transaction(pool, task="supervision") as connection:
        rows = await connection.fetch(_QUERIES["unwatched"], _WATCHED_AT_ONCE)
    return [Watched(_noted(keys, row), row["watch_at"]) for row in rows]


async def take_up(pool: Pool, found: Watched) -> bool:
    """Take a line up before anything is done about it; of several processes, one."""
    noted = found.noted
    async with transaction(pool, resident=noted.resident_id) as connection:
        is_ours = await connection.fetchval(
            _QUERIES["take_up"],
            noted.resident_id,
            noted.consent_id,
            found.watch_at,
            _TAKEN_UP_FOR,
        )
    return is_ours is not None


async def settle(pool: Pool, noted: Noted) -> None:
    """The watch has been through this line."""
    async with transaction(pool, resident=noted.resident_id) as connection:
        await connection.execute(_QUERIES["settle"], noted.resident_id, noted.consent_id)


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
