"""Notices to telephones that a crash does not lose.

A notice is stored, sealed, in the transaction of what it tells of, handed over once that has
committed, and forgotten when the gateway has taken it. What a process could not hand over, because
it died or the gateway refused, any process hands over later: at least once, for a day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from openhealthcode import audit
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import Message, MessageNotSent, Outbox
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    UnknownKey,
    UnreadableSeal,
    identity_aad,
)

_QUERIES = load_queries("openhealthcode.access", "notices.sql")
_LOG: Final = logging.getLogger("openhealthcode.access")
_LONGEST_WAIT_SECONDS: Final = 2.0
"""For the gateway; what is slower goes on by itself while care goes on."""
_FIRST_TRY: Final = timedelta(seconds=10)
"""As long as whoever stored a notice has to hand it over; longer than a gateway may take."""
_LONGEST_PAUSE: Final = timedelta(hours=1)
_OWED_FOR: Final = timedelta(days=1)
_AT_ONCE: Final = 100
_under_way: set[asyncio.Task[None]] = set()
"""Messages still being handed over; the event loop itself forgets tasks nobody holds."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is owed to somebody's telephone."""

    resident_id: ResidentId
    notice_id: UUID
    message: Message = field(repr=False)


class _Stored(msgspec.Struct):
    """A message as it is sealed."""

    phone: str
    text: str


async def keep(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    logged: audit.Appended,
    messages: Iterable[Message],
) -> list[Notice]:
    """Store what is owed together with what it tells of; the transaction is the resident's."""
    kept = [Notice(resident_id, uuid4(), message) for message in messages]
    for notice in kept:
        stored = _Stored(notice.message.phone.number, notice.message.text)
        sealed = keys.of(resident_id).seal(
            KeyClass.IDENTITY,
            _place(resident_id, notice.notice_id),
            msgspec.json.encode(stored),
        )
        await connection.execute(
            _QUERIES["keep"],
            resident_id,
            notice.notice_id,
            logged.number,
            logged.at,
            logged.at + _FIRST_TRY,
            sealed,
        )
    return kept


async def owe(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    logged: audit.Appended,
    message: Callable[[Phone, str], Message],
) -> list[Notice]:
    """Owe each of the resident's phones a message in their language; as ``keep``."""
    phones = await identity_reading.bound_phones(connection, keys, resident_id)
    who = await identity_reading.demographics(connection, keys, resident_id)
    messages = [message(phone, who.language) for phone in phones]
    return await keep(connection, keys, resident_id, logged, messages)


async def hand_over(pool: Pool, outbox: Outbox, notices: Sequence[Notice]) -> None:
    """Hand all over at once, so that a slow one delays no other; waits two seconds at the most.

    Call it once the transaction that stored them has committed. It never fails: what is not taken
    now is owed still.
    """
    sending = {asyncio.create_task(_send(pool, outbox, notice)) for notice in notices}
    if sending:
        _under_way.update(sending)
        await asyncio.wait(sending, timeout=_LONGEST_WAIT_SECONDS)


async def send_waiting(pool: Pool, keys: Keys, outbox: Outbox) -> int:
    """Hand over what is owed and in nobody's hands; how many notices were tried.

    Run every few seconds by every process: of several that find the same, one takes it.
    """
    async with transaction(pool, task="notices") as connection:
        rows = await connection.fetch(_QUERIES["due"], _AT_ONCE)
    taken = [notice for row in rows if (notice := await _take(pool, keys, row)) is not None]
    await asyncio.gather(*(_send(pool, outbox, notice) for notice in taken))
    return len(taken)


async def _take(pool: Pool, keys: Keys, row: asyncpg.Record) -> Notice | None:
    """Claim one that is due; nothing if another process did, or it is too late to tell."""
    resident_id, notice_id = ResidentId(row["resident_id"]), row["notice_id"]
    message = _opened(keys, resident_id, notice_id, row["sealed"])
    if message is None or row["at"] - row["made_at"] >= _OWED_FOR:
        _LOG.error("a notice is given up", extra={"facts": {"tries": row["tries"]}})
        await _forget(pool, resident_id, notice_id)
        return None
    next_try_at = row["at"] + _pause(row["tries"])
    async with transaction(pool, resident=resident_id) as connection:
        is_ours = await connection.fetchval(
            _QUERIES["take"], resident_id, notice_id, row["tries"], next_try_at
        )
    return Notice(resident_id, notice_id, message) if is_ours else None


def _pause(tries: int) -> timedelta:
    """How long after a further try the next one follows: twice as long each time, up to an hour."""
    return min(_FIRST_TRY * (1 << min(tries, 16)), _LONGEST_PAUSE)


def _opened(keys: Keys, resident_id: ResidentId, notice_id: UUID, sealed: bytes) -> Message | None:
    """What is owed; nothing once the account is closed and with it the keys, or if it was moved."""
    try:
        place = _place(resident_id, notice_id)
        plain = keys.of(resident_id).open(KeyClass.IDENTITY, place, sealed)
    except (DestroyedKey, UnknownKey, UnreadableSeal):
        return None
    stored = msgspec.json.decode(plain, type=_Stored)
    return Message(Phone.parse(stored.phone), stored.text)


async def _send(pool: Pool, outbox: Outbox, notice: Notice) -> None:
    try:
        await outbox.send(notice.message)
    except MessageNotSent:
        _LOG.warning(
            "a notice was not taken; tried again later", extra={"facts": {"by": "message"}}
        )
    else:
        await _forget(pool, notice.resident_id, notice.notice_id)
    finally:
        task = asyncio.current_task()
        if task is not None:
            _under_way.discard(task)


async def _forget(pool: Pool, resident_id: ResidentId, notice_id: UUID) -> None:
    async with transaction(pool, resident=resident_id) as connection:
        await connection.execute(_QUERIES["forget"], resident_id, notice_id)


def _place(resident_id: ResidentId, notice_id: UUID) -> bytes:
    return identity_aad(resident_id, f"notice|{notice_id}")
