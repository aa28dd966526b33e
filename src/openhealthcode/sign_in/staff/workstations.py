"""Where a browser stands is told by who signs in at it: no address, nobody enters it, it moves with it."""

from __future__ import annotations

from collections.abc import Collection

from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.staff import store
from openhealthcode.sign_in.staff.rules import home_of
from openhealthcode.standards.ids import InstitutionId


async def homes(pool: Pool, workstations: Collection[bytes]) -> dict[bytes, InstitutionId]:
    """At which institution each of these browsers stands; those of which it is clear.

    Args:
        workstations: numbers as the log has them (``audit.workstation_of``).
    """
    if not workstations:
        return {}
    async with transaction(pool, task="supervision") as connection:
        found = await store.sign_ins_at(connection, workstations)
    clear = {number: home_of(counts) for number, counts in found.items()}
    return {number: home for number, home in clear.items() if home is not None}
