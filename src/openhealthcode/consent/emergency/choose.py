"""The resident chooses in advance what an emergency may open."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.consent.emergency import store
from openhealthcode.consent.emergency.model import AdvanceChoice
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def choose_for_emergencies(
    pool: Pool, keys: Keys, resident_id: ResidentId, choice: AdvanceChoice
) -> None:
    """Remember what overrides from now on may open; logged with the choice itself.

    An override that stands already shows what it opened until it ends or is taken back.
    """
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.EMERGENCY_CHOOSE,
                agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
                detail={"scope": choice.scope, "opened": sorted(choice.opened)},
            ),
            changes_consent=True,
        )
        await store.insert_choice(
            connection, keys.of(resident_id), resident_id, choice, (logged.number, logged.at)
        )


async def choice_for_emergencies(pool: Pool, keys: Keys, resident_id: ResidentId) -> AdvanceChoice:
    """What this resident chose, or what holds for everybody."""
    async with transaction(pool, resident=resident_id) as connection:
        return await choice_of(connection, keys, resident_id)


async def choice_of(connection: Connection, keys: Keys, resident_id: ResidentId) -> AdvanceChoice:
    """As ``choice_for_emergencies``, in the caller's transaction, which is the resident's."""
    return await store.choice(connection, keys.of(resident_id), resident_id)
