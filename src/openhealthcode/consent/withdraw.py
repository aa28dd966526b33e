"""The resident takes a consent back; it no longer counts on the very next request."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.ask import topic_of, topic_of_consent
from openhealthcode.consent.errors import NothingToWithdraw
from openhealthcode.consent.model import Consent
from openhealthcode.database import Pool, announce, transaction
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def withdraw(pool: Pool, keys: Keys, resident_id: ResidentId, consent_id: ConsentId) -> None:
    """Withdraw a consent, or end an emergency override.

    Withdrawing and every disclosure change the same row of the resident's chain, so that none
    that is decided under this consent commits after this one has.

    Raises:
        NothingToWithdraw: not this resident's, or withdrawn before.
    """
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.CONSENT_WITHDRAW,
                agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
                detail={"consent": consent_id.bytes},
            ),
            changes_consent=True,
        )
        if not await store.withdraw(connection, resident_id, consent_id, logged.at, logged.number):
            raise NothingToWithdraw
        await announce(connection, topic_of_consent(keys, consent_id))
        await announce(connection, topic_of(keys, resident_id))


async def consents(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[Consent]:
    """Everything this resident ever allowed, and every override, newest first."""
    resident_keys = keys.of(resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        return await store.consents(connection, resident_keys, resident_id)
