"""How much an institution asks beyond the rules, and being lenient with it for a while."""

from __future__ import annotations

from datetime import datetime

from openhealthcode.collection import store
from openhealthcode.collection.store import ElementReport
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import InstitutionId


async def over_collection(
    pool: Pool, institution_id: InstitutionId, since: datetime
) -> tuple[ElementReport, ...]:
    """What an institution's deliveries held since then, by scene and element.

    Only deliveries that named a scene are counted.
    """
    async with transaction(pool) as connection:
        return await store.over_collection(connection, institution_id, since)


async def be_lenient(pool: Pool, institution_id: InstitutionId, until: datetime) -> None:
    """File an institution's deliveries without what is beyond the rule, instead of refusing them.

    Meant for the weeks in which a system is being corrected; ends by itself.
    """
    async with transaction(pool) as connection:
        await store.set_lenient(connection, institution_id, until)
