"""Everything a resident asked for, with its clock or its answer."""

from __future__ import annotations

from openhealthcode.access.rights import store
from openhealthcode.access.rights.model import RightsRequest
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def rights_requests(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[RightsRequest]:
    """Everything a resident asked for, newest first, with its clock or its answer."""
    async with transaction(pool, resident=resident_id) as connection:
        rows = await store.rows(connection, resident_id)
    return [store.opened(keys, resident_id, row) for row in rows]
