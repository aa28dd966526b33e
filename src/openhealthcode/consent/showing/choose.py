"""The resident chooses what showing the code means."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent.model import Notice
from openhealthcode.consent.presence import Presence, note
from openhealthcode.consent.showing import store
from openhealthcode.consent.showing.model import Showing, ShowingChoice
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def choose_showing(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    showing: Showing,
    *,
    notice: Notice | None = None,
    presence: Presence | None = None,
) -> None:
    """Remember what showing the code means from the next scan on.

    Consents that showing it made before stand until they end or are taken back.

    Args:
        notice: what the resident was told; without one, showing is no consent.
        presence: which proof it took, if it took one.

    Raises:
        InvalidInput: showing is to be a consent, and nobody was told of what.
    """
    if showing is Showing.CONSENT and notice is None:
        raise InvalidInput("whoever consents is told to what")
    is_under_duress = presence is not None and presence.is_under_duress
    choice = ShowingChoice(showing, notice, is_under_duress)
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.SHOWING_CHOOSE,
                agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
                detail={
                    "showing": showing.value,
                    **({"notice": notice.version} if notice else {}),
                },
            ),
        )
        await store.insert_choice(
            connection, keys.of(resident_id), resident_id, choice, (logged.number, logged.at)
        )
        if presence is not None:
            own_number, nobody = ConsentId(uuid4()), (None, None)
            await note(connection, keys, resident_id, own_number, presence, nobody, logged.at)


async def showing_choice(pool: Pool, keys: Keys, resident_id: ResidentId) -> ShowingChoice:
    """What this resident chose, or what holds for everybody."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.choice(connection, keys.of(resident_id), resident_id)
