"""Two entries of the index and a registrar who decides about them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import visits
from openhealthcode import access, audit, collection
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LogLine
from openhealthcode.database import transaction
from openhealthcode.identity.linking import Merge
from openhealthcode.standards.ids import MergeId, ResidentId

REASON = "证件与本人核对一致"


@dataclass(frozen=True)
class Index:
    """A world with a registrar, in short sentences."""

    world: visits.World

    @property
    def clerk(self) -> audit.Agent:
        return audit.Agent(audit.AgentKind.PRACTITIONER, self.world.wang, self.world.hospital)

    async def merge(self, survivor: ResidentId, other: ResidentId) -> Merge:
        world = self.world
        return await collection.merge(world.pool, world.keys, survivor, other, REASON, self.clerk)

    async def unmerge(self, resident: ResidentId, merge_id: MergeId) -> Merge:
        world = self.world
        return await collection.unmerge(
            world.pool, world.keys, resident, merge_id, REASON, self.clerk
        )

    async def not_same(self, left: ResidentId, right: ResidentId) -> None:
        world = self.world
        await collection.not_same(world.pool, world.keys, left, right, REASON, self.clerk)

    async def own(self, resident: ResidentId) -> set[UUID]:
        """What residents see of their own."""
        record = await access.own_record(self.world.pool, self.world.keys, resident)
        return {entry.entry_id for entry in record.entries}

    async def seen(self, resident: ResidentId, **more: object) -> set[UUID]:
        """What the doctor sees."""
        return {entry.entry_id for entry in (await self.world.look(resident, **more)).entries}

    async def filed(self, resident: ResidentId) -> set[UUID]:
        """What is filed under this one id."""
        async with transaction(self.world.pool, resident=resident) as connection:
            rows = await connection.fetch(
                "SELECT entry_id FROM record.entry WHERE resident_id = $1 AND is_current", resident
            )
        return {row["entry_id"] for row in rows}

    async def log(self, resident: ResidentId) -> list[LogLine]:
        async with transaction(self.world.pool, resident=resident) as connection:
            return await log.lines(connection, self.world.keys, resident, limit=500)


async def index(world: visits.World) -> Index:
    return Index(world)
