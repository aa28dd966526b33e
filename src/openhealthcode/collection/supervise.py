"""How much an institution asks beyond the rules, and being lenient with it for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from openhealthcode.collection import store
from openhealthcode.collection.rules import CollectionScene
from openhealthcode.collection.store import Asked, Leniency
from openhealthcode.collection.tally import ElementReport
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import InstitutionId

_COUNTED_AT_ONCE = 500


async def over_collection(
    pool: Pool, institution_id: InstitutionId, since: date
) -> tuple[ElementReport, ...]:
    """What an institution's deliveries held from the month of that day on, by scene and element.

    Only deliveries that named a scene are counted.
    """
    async with transaction(pool) as connection:
        return await store.over_collection(connection, institution_id, since)


async def over_collections(
    pool: Pool, since: date
) -> Mapping[InstitutionId, tuple[ElementReport, ...]]:
    """The same of every institution that delivered anything."""
    async with transaction(pool) as connection:
        return {
            institution_id: await store.over_collection(connection, institution_id, since)
            for institution_id in await store.reporting(connection, since)
        }


async def asked_by(
    pool: Pool, scene: CollectionScene, element: str, since: date
) -> tuple[Asked, ...]:
    """Who asked for an element in a scene; the deliveries of the last minutes are not in it yet."""
    async with transaction(pool) as connection:
        return await store.asked_by(connection, scene, element, since)


async def refusals(pool: Pool, scene: CollectionScene, element: str) -> int:
    """How many residents refuse an element in a scene; a count, and nobody's name."""
    async with transaction(pool, task="supervision") as connection:
        return await store.refusals(connection, scene, element)


async def be_lenient(
    pool: Pool, institution_id: InstitutionId, until: datetime, *, allowed_by: UUID | None = None
) -> None:
    """File an institution's deliveries without what is beyond the rule, instead of refusing them.

    Meant for the weeks in which a system is being corrected; ends by itself, and everybody can read
    with whom the platform is lenient.

    Args:
        allowed_by: the supervisor; nobody's name when the operator's command did it.
    """
    async with transaction(pool) as connection:
        await store.set_lenient(connection, institution_id, until, allowed_by)


async def lenient_senders(pool: Pool) -> tuple[Leniency, ...]:
    """With whom the platform is lenient now."""
    async with transaction(pool) as connection:
        return await store.lenient_senders(connection)


async def count_up(pool: Pool) -> int:
    """Count what was delivered in the last minutes by month, and keep no delivery by itself."""
    counted = 0
    while True:
        async with transaction(pool) as connection:
            found = await store.count_up(connection, _COUNTED_AT_ONCE)
        counted += found
        if found < _COUNTED_AT_ONCE:
            return counted
