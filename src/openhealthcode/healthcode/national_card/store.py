"""Reads and writes linked cards and codes made here; sees keyed hashes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from openhealthcode.database import Connection, Pool, load_queries, look_up, transaction
from openhealthcode.healthcode.national_card.model import CardForm, NationalCard
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.healthcode.national_card")
_KEPT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A dynamic or temporary code that was made here."""

    resident_id: ResidentId
    until: datetime
    redeemed_at: datetime | None


def card_key(keys: Keys, card_id: bytes) -> bytes:
    """What a card is found by; name it as ``lookup`` of the transaction."""
    return keys.blind_index("national card", card_id.hex())


def code_key(keys: Keys, card: NationalCard) -> bytes:
    """What a code is found by: the card's id and the time together, so that neither fits another."""
    whole = f"{card.form}|{card.card_id.hex()}|{card.validity.hex()}"
    return keys.blind_index("code of national card", whole)


def time_key(keys: Keys, validity: bytes) -> bytes:
    """What a time is found by; name it as ``lookup`` of the transaction."""
    return keys.blind_index("time of national card", validity.hex())


async def take_time(connection: Connection, key: bytes, until: datetime) -> bool:
    """Take a second for one card alone; false if another has it."""
    await look_up(connection, [key])
    done = await connection.execute(_QUERIES["take_time"], key, until)
    return done == "INSERT 0 1"


async def add_card(
    connection: Connection, key: bytes, resident_id: ResidentId, now: datetime
) -> None:
    """Link a card; a link of the same card before, to this resident or another, stays."""
    await look_up(connection, [key])
    await connection.execute(_QUERIES["add_card"], key, resident_id, now)


async def holder_of_card(connection: Connection, key: bytes) -> ResidentId | None:
    """Whose card it is; the transaction names the key."""
    resident_id = await connection.fetchval(_QUERIES["holder_of_card"], key)
    return None if resident_id is None else ResidentId(resident_id)


async def has_card(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether a card of this resident is linked."""
    return bool(await connection.fetchval(_QUERIES["has_card"], resident_id))


async def remove_cards(connection: Connection, resident_id: ResidentId) -> None:
    """Forget a resident's cards and codes."""
    await connection.execute(_QUERIES["remove_cards"], resident_id)
    await connection.execute(_QUERIES["remove_codes"], resident_id)


async def add_code(
    connection: Connection, key: bytes, resident_id: ResidentId, form: CardForm, until: datetime
) -> None:
    """Note a code before it is shown; a temporary one takes the place of that before it."""
    if form is CardForm.TEMPORARY:
        await connection.execute(_QUERIES["remove_temporary_codes"], resident_id)
    await look_up(connection, [key])
    await connection.execute(_QUERIES["add_code"], key, resident_id, form, until)


async def stored_code(connection: Connection, key: bytes) -> StoredCode | None:
    """A code that was made here; the transaction names the key."""
    row = await connection.fetchrow(_QUERIES["stored_code"], key)
    if row is None:
        return None
    return StoredCode(ResidentId(row["resident_id"]), row["until"], row["redeemed_at"])


async def spend_code(connection: Connection, key: bytes, now: datetime) -> bool:
    """Note a dynamic code as used; false if it was before."""
    done = await connection.execute(_QUERIES["spend_code"], key, now)
    return done.endswith(" 1")


async def purge_card_codes(pool: Pool, now: datetime) -> int:
    """Forget codes an hour after their end; answers how many."""
    async with transaction(pool, task="purging") as connection:
        await connection.execute(_QUERIES["purge_times"], now - _KEPT)
        done = await connection.execute(_QUERIES["purge_codes"], now - _KEPT)
    return int(done.removeprefix("DELETE "))
