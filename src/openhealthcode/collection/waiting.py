"""Deliveries that wait because the ID number in their Patient cannot be one: nothing of them is lost.

A number that was mistyped at a window names nobody, or somebody else's record once it is put right by
guessing. So the delivery is kept whole, sealed under the keys of an id of its own, until a registrar
has the card in hand (``access.waiting``). Answered, what was sealed is gone and its keys are
destroyed; the same delivery sent again meanwhile waits once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from openhealthcode.collection.model import Resource, Source
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.record import read_exactly, write_exactly
from openhealthcode.standards import HealthCodeError, NationalId, NotANationalId, NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, KeyClass, Keys, UnknownKey

MOST_WAITING: Final = 1_000
"""Of one institution; what comes beyond is refused, and stays with its sender."""
NATIONAL_ID: Final = "urn:oid:2.16.156.10011.1.3"
_AAD: Final = b"waiting1"
_QUERIES: Final = load_queries("openhealthcode.collection")


class DeliverySetAside(HealthCodeError):
    """An ID number in it cannot be right; the delivery waits for a registrar, whole."""

    code = "delivery-set-aside"


class Settled(StrEnum):
    """What a registrar said."""

    FILED = "filed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits; names nobody."""

    waiting_id: ResidentId
    institution_id: InstitutionId
    received_at: datetime


async def set_aside(pool: Pool, keys: Keys, bundle: Resource, source: Source) -> bool:
    """Keep a delivery until somebody has seen the card; whether there was room for it."""
    body = write_exactly(bundle, is_sorted=True)
    fingerprint = keys.blind_index("waiting-delivery", f"{source.institution_id}|{body.hex()}")
    async with transaction(pool, task="review") as connection:
        if await connection.fetchval(_QUERIES["waits_already"], fingerprint):
            return True
        if (
            await connection.fetchval(_QUERIES["count_waiting"], source.institution_id)
            >= MOST_WAITING
        ):
            return False
    waiting_id = ResidentId(uuid4())
    sealed = keys.of(waiting_id, create=True).seal(KeyClass.RECORD, _AAD + waiting_id.bytes, body)
    async with transaction(pool, resident=waiting_id) as connection:
        await connection.execute(
            _QUERIES["let_wait"],
            waiting_id,
            source.institution_id,
            fingerprint,
            datetime.now(UTC),
            sealed,
        )
    return True


async def waiting_for(
    pool: Pool, institution_id: InstitutionId, left_before: datetime, at_most: int
) -> list[Waiting]:
    """What waits for an institution's registrars, the oldest first; names nobody.

    Args:
        left_before: what waits since then is everybody's.
    """
    async with transaction(pool, task="review") as connection:
        rows = await connection.fetch(_QUERIES["waiting"], institution_id, left_before, at_most)
    return [
        Waiting(
            ResidentId(row["resident_id"]), InstitutionId(row["institution_id"]), row["received_at"]
        )
        for row in rows
    ]


async def hold_waiting(
    connection: Connection, keys: Keys, waiting_id: UUID
) -> tuple[Waiting, Resource]:
    """One that waits, with what it says; for ``access``, which logs who reads it.

    Args:
        connection: a transaction of this id; others wait until it ends.

    Raises:
        NotFound: there is none, or it was answered.
    """
    row = await connection.fetchrow(_QUERIES["hold_waiting"], waiting_id)
    if row is None:
        raise NotFound
    try:
        body = keys.of(waiting_id).open(KeyClass.RECORD, _AAD + waiting_id.bytes, row["sealed"])
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    waiting = Waiting(
        ResidentId(waiting_id), InstitutionId(row["institution_id"]), row["received_at"]
    )
    return waiting, read_exactly(body)


async def settle_waiting(
    connection: Connection, keys: Keys, waiting_id: UUID, settled: Settled, clerk: PractitionerId
) -> None:
    """Write down that a delivery was answered; what it said is gone with it."""
    await connection.execute(
        _QUERIES["answer_waiting"], waiting_id, settled.value, datetime.now(UTC), clerk
    )
    keys.destroy(waiting_id, *KeyClass)


def wrong_numbers(bundle: Resource) -> Sequence[Resource]:
    """The identifiers of its Patient whose ID number cannot be one."""
    return [
        identifier
        for entry in bundle.get("entry", ())
        if entry.get("resource", {}).get("resourceType") == "Patient"
        for identifier in entry["resource"].get("identifier", ())
        if identifier.get("system") == NATIONAL_ID and not _can_be(identifier.get("value", ""))
    ]


def _can_be(number: str) -> bool:
    try:
        NationalId.parse(number)
    except NotANationalId:
        return False
    return True


def put_right(bundle: Resource, number: NationalId) -> Resource:
    """The same delivery with the number that is on the card; ``bundle`` is changed."""
    for identifier in wrong_numbers(bundle):
        identifier["value"] = number.number
    return bundle
