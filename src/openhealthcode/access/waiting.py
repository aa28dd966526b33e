"""Deliveries that wait for their ID number: which, what one says of the person, and how it is answered.

A registrar sees who is named as the sender wrote it and how much came along, nothing of what it says
about health. There is no resident yet whose log could tell of it; the region's own log does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode import audit, collection
from openhealthcode.audit import Agent
from openhealthcode.collection import Resource, Settled, Source, Waiting
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity.review import EVERYBODYS_AFTER
from openhealthcode.standards import NationalId, NotFound
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.trust import Keys

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """One delivery as a registrar reads it.

    Args:
        numbers: the ID numbers in it that cannot be one, as they were sent.
        holds: how many entries of each type came with it.
    """

    waiting: Waiting
    name: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
    holds: Mapping[str, int]


async def waiting_deliveries(pool: Pool, clerk: Agent) -> list[Waiting]:
    """What waits for this registrar: the own institution's, and what others left lying."""
    if clerk.institution_id is None:
        return []
    left_before = datetime.now(UTC) - EVERYBODYS_AFTER
    return await collection.waiting_for(pool, clerk.institution_id, left_before, _MOST)


async def examine_waiting(
    pool: Pool, keys: Keys, waiting_id: UUID, clerk: Agent
) -> WaitingDelivery:
    """Show whom a delivery that waits is about; the region's log says so.

    Raises:
        NotFound: none of this registrar's, or answered.
    """
    async with transaction(pool, resident=waiting_id) as connection:
        waiting, bundle = await _held(connection, keys, waiting_id, clerk)
        await _log(connection, keys, waiting_id, clerk, audit.Action.DELIVERY_EXAMINE)
    return _as_read(waiting, bundle)


async def file_waiting(
    pool: Pool, keys: Keys, waiting_id: UUID, number: NationalId, clerk: Agent
) -> collection.FiledBundle:
    """File a delivery that waited, under the number a registrar read off the card.

    Raises:
        NotFound: none of this registrar's, or answered.
        HealthCodeError: it cannot be filed with this number either; it goes on waiting.
    """
    async with transaction(pool, resident=waiting_id) as connection:
        waiting, bundle = await _held(connection, keys, waiting_id, clerk)
    source = Source(agent=clerk, institution_id=waiting.institution_id, has_seen_document=True)
    filed = await collection.file_patiently(
        pool, keys, collection.put_right(bundle, number), source
    )
    await _settle(pool, keys, waiting_id, Settled.FILED, clerk)
    return filed


async def dismiss_waiting(pool: Pool, keys: Keys, waiting_id: UUID, clerk: Agent) -> None:
    """Let a delivery go that is its sender's to put right; what it said is destroyed.

    Raises:
        NotFound: none of this registrar's, or answered.
    """
    await _settle(pool, keys, waiting_id, Settled.DISMISSED, clerk)


async def _settle(pool: Pool, keys: Keys, waiting_id: UUID, settled: Settled, clerk: Agent) -> None:
    async with transaction(pool, resident=waiting_id) as connection:
        await _held(connection, keys, waiting_id, clerk)
        await _log(
            connection, keys, waiting_id, clerk, audit.Action.DELIVERY_ANSWER, answer=settled.value
        )
        await enter(connection, resident=waiting_id)
        await collection.settle_waiting(
            connection, keys, waiting_id, settled, PractitionerId(clerk.id)
        )


async def _held(
    connection: Connection, keys: Keys, waiting_id: UUID, clerk: Agent
) -> tuple[Waiting, Resource]:
    waiting, bundle = await collection.hold_waiting(connection, keys, waiting_id)
    is_left: timedelta = datetime.now(UTC) - waiting.received_at
    if waiting.institution_id != clerk.institution_id and is_left < EVERYBODYS_AFTER:
        raise NotFound
    return waiting, bundle


async def _log(
    connection: Connection,
    keys: Keys,
    waiting_id: UUID,
    clerk: Agent,
    action: audit.Action,
    **said: str,
) -> None:
    await enter(connection, resident=audit.REGION)
    event = audit.Event(action=action, agent=clerk, detail={"delivery": waiting_id.bytes, **said})
    await audit.append_own(connection, keys, event)


def _as_read(waiting: Waiting, bundle: Resource) -> WaitingDelivery:
    resources = [entry["resource"] for entry in bundle["entry"]]
    patient = next(one for one in resources if one["resourceType"] == "Patient")
    names = patient.get("name", [{}])
    said = [names[0].get("family", ""), *names[0].get("given", ())]
    return WaitingDelivery(
        waiting,
        names[0].get("text") or "".join(said),
        patient.get("birthDate", ""),
        patient.get("gender", "unknown"),
        tuple(one.get("value", "") for one in collection.wrong_numbers(bundle)),
        Counter(one["resourceType"] for one in resources if one is not patient),
    )
