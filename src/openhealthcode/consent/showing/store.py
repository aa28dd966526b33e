"""Reads and writes what residents chose; sealed, so that nobody else's hand makes showing a consent.

``Connection`` is a transaction opened for the resident.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from openhealthcode.consent.model import Notice
from openhealthcode.consent.showing.model import Showing, ShowingChoice
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys, UnreadableSeal, identity_aad

_QUERIES = load_queries("openhealthcode.consent.showing")


class _Stored(msgspec.Struct):
    """A choice as it is sealed."""

    showing: Showing
    is_under_duress: bool
    version: str = ""
    language: str = ""
    sentences: tuple[str, ...] = ()


async def insert_choice(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    choice: ShowingChoice,
    logged: tuple[int, datetime],
) -> None:
    """Store a choice under the number of the event that logs it."""
    number, at = logged
    told = choice.notice or Notice("", "", ())
    stored = _Stored(
        choice.showing, choice.is_under_duress, told.version, told.language, told.sentences
    )
    plain = msgspec.json.encode(stored)
    sealed = keys.seal(KeyClass.RECORD, _place(resident_id, number), plain)
    await connection.execute(_QUERIES["insert_choice"], resident_id, number, at, sealed)


async def choice(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> ShowingChoice:
    """The latest choice. One that was altered or that this release cannot read is none."""
    row = await connection.fetchrow(_QUERIES["choice"], resident_id)
    if row is None:
        return ShowingChoice()
    try:
        place = _place(resident_id, row["event_number"])
        stored = msgspec.json.decode(keys.open(KeyClass.RECORD, place, row["sealed"]), type=_Stored)
    except (UnreadableSeal, msgspec.DecodeError):
        return ShowingChoice()
    told = Notice(stored.version, stored.language, stored.sentences) if stored.version else None
    return ShowingChoice(stored.showing, told, stored.is_under_duress, row["chosen_at"])


def _place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"showing choice {number}")
