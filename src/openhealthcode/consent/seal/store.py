"""Reads and writes seals; the only module that knows their table.

``Connection`` is a transaction opened for the resident, if nothing else is said.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from openhealthcode import audit
from openhealthcode.consent import store as consents
from openhealthcode.consent.model import Provision
from openhealthcode.consent.seal.model import RecordSeal, SealOrder, SealReason
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import KeyClass, ResidentKeys, identity_aad

_QUERIES = load_queries("openhealthcode.consent.seal")


class _Stored(msgspec.Struct):
    """An order as it is kept beside a sealed record."""

    reason: SealReason
    words: str
    placed_by: UUID
    institution_id: UUID
    until: datetime


async def insert(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    placed: RecordSeal,
    provisions: tuple[Provision, ...],
    event_number: int,
) -> None:
    """Store a seal with its denials, and the order that placed it."""
    order = placed.order
    await connection.execute(
        _QUERIES["insert_consent"],
        resident_id,
        placed.consent_id,
        order.placed_by,
        order.institution_id,
        provisions[0].purpose,
        event_number,
        placed.since,
        provisions[0].end_at,
    )
    await consents.insert_provisions(connection, keys, resident_id, provisions)
    stored = _Stored(order.reason, order.words, order.placed_by, order.institution_id, order.until)
    sealed = keys.seal(
        KeyClass.LOG, _place(resident_id, placed.consent_id), msgspec.json.encode(stored)
    )
    await connection.execute(
        _QUERIES["insert_seal"], resident_id, placed.consent_id, order.order_id, sealed
    )


async def consent_of(
    connection: Connection, resident_id: ResidentId, order_id: UUID
) -> ConsentId | None:
    """Under which number an order sealed this record, lifted or not."""
    found = await connection.fetchval(_QUERIES["consent_of"], resident_id, order_id)
    return ConsentId(found) if found else None


async def is_unlifted(
    connection: Connection, resident_id: ResidentId, consent_id: ConsentId
) -> bool:
    """Whether nobody has lifted it yet."""
    return await consents.is_in_force(connection, resident_id, consent_id)


async def is_sealed(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether any seal holds now."""
    return bool(await connection.fetchval(_QUERIES["is_sealed"], resident_id))


async def lift(
    connection: Connection, resident_id: ResidentId, consent_id: ConsentId, logged: audit.Appended
) -> None:
    """End a seal and its denials."""
    parameters = (resident_id, consent_id, logged.at, logged.number)
    await connection.execute(_QUERIES["note_lifting"], *parameters)
    await consents.revoke_provisions(connection, resident_id, [consent_id], logged.at)


async def seals(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[RecordSeal]:
    """Every seal of this record, newest first."""
    rows = await connection.fetch(_QUERIES["seals"], resident_id)
    found = []
    for row in rows:
        place = _place(resident_id, row["consent_id"])
        stored = msgspec.json.decode(keys.open(KeyClass.LOG, place, row["sealed"]), type=_Stored)
        order = SealOrder(
            order_id=row["order_id"],
            reason=stored.reason,
            words=stored.words,
            placed_by=PractitionerId(stored.placed_by),
            institution_id=InstitutionId(stored.institution_id),
            until=stored.until,
        )
        found.append(
            RecordSeal(
                consent_id=ConsentId(row["consent_id"]),
                order=order,
                since=row["granted_at"],
                lifted_at=row["withdrawn_at"],
            )
        )
    return found


async def residents_sealed(connection: Connection, order_id: UUID) -> list[ResidentId]:
    """Whose records an order sealed; the transaction is of the task ``supervision``."""
    rows = await connection.fetch(_QUERIES["residents_sealed"], order_id)
    return [ResidentId(row["resident_id"]) for row in rows]


def _place(resident_id: ResidentId, consent_id: ConsentId) -> bytes:
    return identity_aad(resident_id, f"record-seal|{consent_id}")
