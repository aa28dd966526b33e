"""Who took which steps in the region's own log, and when: what else says so has to agree with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openhealthcode.audit import REGION, Action
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, transaction
from openhealthcode.trust import Keys


class RegionStep(NamedTuple):
    """One step: what is kept of it elsewhere bears the same name and moment."""

    agent_id: UUID
    at: datetime


async def region_steps(pool: Pool, keys: Keys, actions: Iterable[Action]) -> frozenset[RegionStep]:
    """Every step of some kinds that stands in the region's own log."""
    async with transaction(pool, resident=REGION) as connection:
        lines = await log.of_actions(connection, keys, REGION, [one.value for one in actions])
    return frozenset(RegionStep(line.agent_id, line.at) for line in lines)
