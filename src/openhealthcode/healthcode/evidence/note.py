"""Note an acceptance once, and whether the same code was accepted somewhere before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record

from openhealthcode.database import Connection, Pool, load_queries, look_up, transaction
from openhealthcode.healthcode.evidence.model import Acceptance
from openhealthcode.healthcode.signed.store import handle_key
from openhealthcode.trust import Keys, sha256

_QUERIES = load_queries("openhealthcode.healthcode.evidence")
_KEPT: Final = timedelta(days=90)
_KEY_BYTES: Final = 16


async def note(
    connection: Connection, keys: Keys, handle: bytes, accepted: Acceptance, now: datetime
) -> tuple[bool, bool]:
    """Note an acceptance in the caller's transaction, whose look-up becomes the handle's key.

    Returns:
        Whether it was new, and whether the code had been accepted before. What the same desk hands
        in again is not new.
    """
    by_handle, key = handle_key(keys, handle), _evidence_key(accepted)
    await look_up(connection, [by_handle])
    done = await connection.execute(
        _QUERIES["note_acceptance"],
        by_handle,
        key,
        accepted.institution_id,
        accepted.practitioner_id,
        accepted.accepted_at,
        now,
    )
    if not accepted.is_of_one_use:
        return done == "INSERT 0 1", False
    others = await connection.fetch(_QUERIES["other_acceptances"], by_handle, key)
    for other in others:
        await _note_double_use(connection, other, key, accepted, now)
    return done == "INSERT 0 1", bool(others)


async def purge_acceptances(pool: Pool, now: datetime) -> None:
    """Forget acceptances and double uses after ninety days."""
    async with transaction(pool, task="purging") as connection:
        await connection.execute(_QUERIES["purge_acceptances"], now - _KEPT)
        await connection.execute(_QUERIES["purge_double_uses"], now - _KEPT)


async def _note_double_use(
    connection: Connection, other: Record, key: bytes, accepted: Acceptance, now: datetime
) -> None:
    here = (accepted.accepted_at, key, accepted.institution_id, accepted.practitioner_id)
    there = (
        other["accepted_at"],
        other["evidence_key"],
        other["institution_id"],
        other["practitioner_id"],
    )
    first, second = sorted((here, there))  # whichever was handed in first, a case is one case
    await connection.execute(
        _QUERIES["note_double_use"],
        first[1],
        second[1],
        first[2],
        first[3],
        first[0],
        second[2],
        second[3],
        second[0],
        now,
    )


def _evidence_key(accepted: Acceptance) -> bytes:
    """The same digits at the same desk are one acceptance, however often and how they come in."""
    moment = b"" if accepted.is_of_one_use else accepted.accepted_at.isoformat().encode()
    return sha256(accepted.terminal_id.bytes + accepted.evidence.encode() + moment)[:_KEY_BYTES]
