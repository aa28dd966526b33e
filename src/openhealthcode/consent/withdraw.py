"""The resident takes a consent back; it no longer counts on the very next request."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.ask import topic_of, topic_of_consent
from openhealthcode.consent.elsewhere import end_elsewhere, kept_under, under_every_id
from openhealthcode.consent.erasure import ask_after_withdrawal
from openhealthcode.consent.errors import NothingToWithdraw
from openhealthcode.consent.model import Consent
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def withdraw(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    *,
    by: audit.Agent | None = None,
) -> None:
    """Withdraw a consent, or end an emergency override.

    Withdrawing and every disclosure change the same row of the resident's chain, so that none
    that is decided under this consent commits after this one has. Whoever was allowed to keep
    copies is asked in the same transaction to erase them.

    Args:
        by: the clerk who does it for the resident at a counter; by default the resident.

    Raises:
        NothingToWithdraw: not this resident's, or withdrawn before.
    """
    own = by or audit.Agent(audit.AgentKind.RESIDENT, resident_id)

    async def once() -> None:
        async with transaction(pool, resident=resident_id) as connection:
            under = await kept_under(connection, keys, resident_id, consent_id)
            await withdraw_within(connection, keys, under, consent_id, own)
            await announce(connection, topic_of(keys, resident_id))

    await audit.until_free(once)


async def withdraw_all(
    connection: Connection, keys: Keys, resident_id: ResidentId, agent: audit.Agent
) -> int:
    """Withdraw whatever is in force, in the caller's transaction; how much that was."""
    _, at = await audit.hold(connection, resident_id)
    given = await store.consents(connection, keys.of(resident_id), resident_id)
    standing = [one for one in given if one.withdrawn_at is None and at < one.end_at]
    with_another = {one.consent_id for one in standing}
    for one in standing:
        if one.added_to not in with_another:
            await withdraw_within(connection, keys, resident_id, one.consent_id, agent)
    return len(standing)


async def withdraw_within(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    agent: audit.Agent,
    **why: object,
) -> None:
    """Withdraw one consent, in the caller's transaction, by the resident or who was allowed.

    Args:
        why: what else the event says of it.

    Raises:
        NothingToWithdraw: not this resident's, or over already.
    """
    event = audit.Event(
        action=audit.Action.CONSENT_WITHDRAW,
        agent=agent,
        detail={"consent": consent_id.bytes, **why},
    )
    logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
    if not await store.withdraw(connection, resident_id, consent_id, logged.at, logged.number):
        raise NothingToWithdraw
    await ask_after_withdrawal(connection, resident_id, logged)
    await end_elsewhere(connection, keys, resident_id, (consent_id,), event)
    await announce(connection, topic_of_consent(keys, consent_id))


async def consents(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[Consent]:
    """Everything this resident ever allowed, and every override, newest first."""
    async with transaction(pool, resident=resident_id) as connection:
        given = await under_every_id(connection, keys, resident_id, store.consents)
    once: dict[ConsentId, Consent] = {}
    for one in given:  # what is kept under several ids is one consent
        once.setdefault(one.consent_id, one)
    return sorted(once.values(), key=lambda one: one.granted_at, reverse=True)
