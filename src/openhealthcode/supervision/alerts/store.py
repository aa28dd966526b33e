"""Reads and writes alerts and what is remembered; what an alert says is sealed under the region's key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from openhealthcode.audit import REGION
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.supervision.alerts.model import AlertRow, AlertState
from openhealthcode.supervision.warning import Alert, Kept
from openhealthcode.trust import KeyClass, Keys, UnreadableSeal, identity_aad

_QUERIES: Final = load_queries("openhealthcode.supervision.alerts")
_LOCK: Final = 0x6F68635F77617263  # "ohc_warc"
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Alert)


async def takes_turn(connection: Connection) -> bool:
    """Whether this transaction is now the only one that follows the log."""
    return bool(await connection.fetchval(_QUERIES["take_turn"], _LOCK))


async def next_leaf(connection: Connection) -> int:
    """Up to which leaf the log was read."""
    return int(await connection.fetchval(_QUERIES["next_leaf"]) or 0)


async def went_on(connection: Connection, leaf: int) -> None:
    """Remember the place; with what came of it in one transaction."""
    await connection.execute(_QUERIES["went_on"], leaf)


async def remembered(connection: Connection) -> list[Kept]:
    """Everything that is remembered."""
    return [Kept(*row) for row in await connection.fetch(_QUERIES["remembered"])]


async def remember(connection: Connection, changes: Sequence[Kept]) -> None:
    """Keep what changed, and forget what is to be forgotten."""
    kept = [(one.kind, one.key, one.content) for one in changes if one.content is not None]
    gone = [(one.kind, one.key) for one in changes if one.content is None]
    if kept:
        await connection.execute(_QUERIES["remember"], *map(list, zip(*kept, strict=True)))
    if gone:
        await connection.execute(_QUERIES["forget"], *map(list, zip(*gone, strict=True)))


async def forget_old(connection: Connection) -> None:
    """Forget who was not seen for long, and alerts that were settled years ago."""
    await connection.execute(_QUERIES["forget_old"])
    await connection.execute(_QUERIES["forget_alerts"])


async def tell(connection: Connection, keys: Keys, alert: Alert) -> None:
    """Keep an alert, or the same with more; open again if it was seen to before that."""
    alert_id = UUID(alert.alert_id)
    sealed = keys.of(REGION, create=True).seal(
        KeyClass.LOG, _place(alert_id), _ENCODER.encode(alert)
    )
    await connection.execute(
        _QUERIES["tell"],
        alert_id,
        alert.opened_at,
        alert.latest_at,
        alert.practitioner,
        alert.institution,
        int(alert.severity),
        alert.score,
        sealed,
    )
    await connection.execute(_QUERIES["open_again"], alert_id)


async def alert(connection: Connection, keys: Keys, alert_id: UUID) -> AlertRow | None:
    """One alert; none also if it is not what was written."""
    row = await connection.fetchrow(_QUERIES["alert"], alert_id)
    return None if row is None else _row(keys, row)


async def open_alerts(
    connection: Connection, keys: Keys, institution_id: InstitutionId | None, most: int
) -> list[AlertRow]:
    """What nobody has seen to yet, the gravest first."""
    rows = await connection.fetch(_QUERIES["open_alerts"], institution_id, most)
    return [found for found in (_row(keys, row) for row in rows) if found is not None]


async def settle(
    connection: Connection,
    alert_id: UUID,
    state: AlertState,
    *,
    case_id: UUID | None,
    at: datetime,
    by: UUID,
) -> bool:
    """Say what became of an open alert; whether it still was open."""
    settled = await connection.fetchval(_QUERIES["settle"], alert_id, state.value, case_id, at, by)
    return bool(settled)


async def figures(connection: Connection, since: datetime) -> Record:
    """How many alerts there were since a moment, and what became of them."""
    (row,) = await connection.fetch(_QUERIES["alert_figures"], since)
    return row


def _row(keys: Keys, row: Record) -> AlertRow | None:
    try:
        plain = keys.of(REGION).open(KeyClass.LOG, _place(row["alert_id"]), row["sealed"])
        said = _DECODER.decode(plain)
    except (UnreadableSeal, msgspec.DecodeError):
        return None
    return AlertRow(
        alert_id=row["alert_id"],
        alert=said,
        told_at=row["told_at"],
        state=AlertState(row["state"]),
        case_id=row["case_id"],
        settled_at=row["settled_at"],
        settled_by=row["settled_by"],
    )


def _place(alert_id: UUID) -> bytes:
    return identity_aad(REGION, f"alert|{alert_id}")
