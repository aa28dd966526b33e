"""Reads and writes orders; what is said in them is sealed under the key of the region's own log."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from openhealthcode.audit import REGION
from openhealthcode.consent.seal import SealReason
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.sealing.model import Order
from openhealthcode.trust import KeyClass, Keys, identity_aad

_QUERIES: Final = load_queries("openhealthcode.supervision.sealing")
_MOST_LISTED: Final = 200

Found = tuple[Order, datetime]
"""An order, and the database's time."""


async def insert(connection: Connection, keys: Keys, order: Order) -> None:
    """Keep an order; the transaction is of ``supervision``, as everywhere here."""
    await connection.execute(
        _QUERIES["insert_order"],
        order.order_id,
        order.breach_id,
        order.reason,
        order.placed_by,
        order.institution_id,
        order.placed_at,
        order.until,
        order.named,
        _seal(keys, order.order_id, "words", order.words),
    )


async def orders(connection: Connection, keys: Keys) -> list[Found]:
    """The latest orders, the newest first."""
    return [_order(keys, row) for row in await connection.fetch(_QUERIES["orders"], _MOST_LISTED)]


async def order(connection: Connection, keys: Keys, order_id: UUID) -> Found | None:
    """One order."""
    row = await connection.fetchrow(_QUERIES["order"], order_id)
    return _order(keys, row) if row else None


async def ask_to_lift(
    connection: Connection, keys: Keys, order_id: UUID, by: UUID, at: datetime, words: str
) -> bool:
    """Whether this was the first who asked, of an order in force."""
    sealed = _seal(keys, order_id, "lift", words)
    found = await connection.fetchval(_QUERIES["ask_to_lift"], order_id, by, at, sealed)
    return found is not None


async def lift(
    connection: Connection, order_id: UUID, by: UUID, at: datetime
) -> PractitionerId | None:
    """Who had asked for it; ``None`` where nobody else has, or it is over."""
    found = await connection.fetchval(_QUERIES["lift"], order_id, by, at)
    return PractitionerId(found) if found else None


async def due(connection: Connection) -> list[UUID]:
    """The orders that are over, or were lifted, and may still seal somebody."""
    return [row["order_id"] for row in await connection.fetch(_QUERIES["due"])]


async def end(connection: Connection, order_id: UUID, at: datetime) -> None:
    """Note that nothing is sealed by it any more."""
    await connection.execute(_QUERIES["end_order"], order_id, at)


def _order(keys: Keys, row: Record) -> Found:
    order_id = row["order_id"]
    asked, lifted = row["lift_asked_by"], row["lifted_by"]
    order = Order(
        order_id=order_id,
        breach_id=row["breach_id"],
        reason=SealReason(row["reason"]),
        words=_open(keys, order_id, "words", row["sealed"]),
        placed_by=PractitionerId(row["placed_by"]),
        institution_id=InstitutionId(row["institution_id"]),
        placed_at=row["placed_at"],
        until=row["until"],
        named=row["named"],
        lift_asked_by=PractitionerId(asked) if asked else None,
        lift_asked_at=row["lift_asked_at"],
        lift_words=_open(keys, order_id, "lift", row["lift_words"]) if asked else "",
        lifted_by=PractitionerId(lifted) if lifted else None,
        lifted_at=row["lifted_at"],
        ended_at=row["ended_at"],
    )
    return order, row["at"]


def _seal(keys: Keys, order_id: UUID, place: str, text: str) -> bytes:
    return keys.of(REGION, create=True).seal(KeyClass.LOG, _aad(order_id, place), text.encode())


def _open(keys: Keys, order_id: UUID, place: str, sealed: bytes) -> str:
    return keys.of(REGION).open(KeyClass.LOG, _aad(order_id, place), sealed).decode()


def _aad(order_id: UUID, place: str) -> bytes:
    return identity_aad(REGION, f"seal-order|{order_id}|{place}")
