"""The resident chooses in advance what an emergency may open."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent.emergency import store
from openhealthcode.consent.emergency.model import AdvanceChoice
from openhealthcode.consent.presence import Presence, note
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def choose_for_emergencies(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    choice: AdvanceChoice,
    presence: Presence | None = None,
) -> None:
    """Remember what overrides from now on may open; logged with the choice itself.

    An override that stands already shows what it opened until it ends or is taken back.

    Args:
        presence: which proof it took, if it took one; the region reads it as of an answer.
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
        if presence is not None:
            own_number, nobody = ConsentId(uuid4()), (None, None)
            await note(connection, keys, resident_id, own_number, presence, nobody, logged.at)


async def choice_for_emergencies(pool: Pool, keys: Keys, resident_id: ResidentId) -> AdvanceChoice:
    """What this resident chose, or what holds for everybody."""
    async with transaction(pool, resident=resident_id) as connection:
        return await choice_of(connection, keys, resident_id)


async def choice_of(connection: Connection, keys: Keys, resident_id: ResidentId) -> AdvanceChoice:
    """As ``choice_for_emergencies``, in the caller's transaction, which is the resident's."""
    return await store.choice(connection, keys.of(resident_id), resident_id)
