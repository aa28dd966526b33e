"""Objection to every use beyond one's own care: it holds at once, and is asked before any count.

Source: PIPL art. 44 (objection).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.access.rights import store
from openhealthcode.access.rights.model import RightsAnswer, RightsKind
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import RequestId, ResidentId
from openhealthcode.trust import Keys


async def object_to_secondary_use(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, objects: bool
) -> None:
    """Object to every use beyond one's own care, or take that back; holds from now on."""
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        if await store.objects(connection, resident_id) == objects:
            return
        if objects:
            request_id = RequestId(uuid4())
            event = store.exercised(resident_id, request_id, RightsKind.SECONDARY_USE)
            logged = await audit.append(connection, keys, resident_id, event)
            kind = RightsKind.SECONDARY_USE
            await store.add(connection, resident_id, request_id, kind, logged)
            return
        for row in await store.rows(connection, resident_id):
            if row["kind"] == RightsKind.SECONDARY_USE and row["answer"] is None:
                event = store.exercised(
                    resident_id, row["request_id"], RightsKind.SECONDARY_USE, lifted=True
                )
                logged = await audit.append(connection, keys, resident_id, event)
                await store.close(
                    connection, resident_id, row["request_id"], RightsAnswer.TAKEN_BACK, logged
                )


async def objects_to_secondary_use(pool: Pool, resident_id: ResidentId) -> bool:
    """Whether a resident's data serve nothing but the resident's own care."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.objects(connection, resident_id)


async def may_be_counted(pool: Pool, resident_ids: Iterable[ResidentId]) -> frozenset[ResidentId]:
    """Of these residents, those whose data may serve statistics or research.

    The one place where an objection meets a count: whatever counts residents counts these.
    """
    asked = frozenset(resident_ids)
    async with transaction(pool, task="statistics") as connection:
        return asked - await store.objectors(connection, asked)
