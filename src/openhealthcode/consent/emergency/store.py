"""Reads and writes advance choices, each sealed under the resident's key and its own number.

``Connection`` is a transaction opened for the resident.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from openhealthcode.consent.emergency.model import AdvanceChoice, EmergencyScope
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards import SensitiveCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys, UnreadableSeal, identity_aad

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


def _place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"advance-choice|{number}")
