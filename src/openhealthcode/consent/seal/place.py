"""Seal one record by an order, and lift that again; each is an event of its resident."""

from __future__ import annotations

from uuid import UUID, uuid4

from openhealthcode import audit
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.elsewhere import under_every_id
from openhealthcode.consent.restrict import end_visits
from openhealthcode.consent.seal import rules, store
from openhealthcode.consent.seal.model import RecordSeal, SealOrder
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def seal(
    connection: Connection, keys: Keys, resident_id: ResidentId, order: SealOrder
) -> audit.Appended | None:
    """Close one record as the order says; ``None`` where it is so sealed already.

    The event changes the row that every look changes: a look that was decided before and has not
    committed is decided again. What was allowed stands, and counts again once it is lifted.

    Args:
        connection: the resident's transaction.

    Raises:
        UnknownChain: there is no such resident, or the account is closed.
        InvalidInput: no reason in words, or not until a day within a year.
    """
    _, at = await audit.hold(connection, resident_id)
    if await store.consent_of(connection, resident_id, order.order_id) is not None:
        return None
    rules.check_order(order, at)
    consent_id = ConsentId(uuid4())
    event = audit.Event(
        action=audit.Action.RECORD_SEAL,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, order.placed_by, order.institution_id),
        detail={
            "seal": consent_id.bytes,
            "order": order.order_id.bytes,
            "why": order.reason.value,
            "reason": order.words,
            "until": order.until.isoformat(),
        },
    )
    logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
    placed = RecordSeal(consent_id=consent_id, order=order, since=logged.at)
    provisions = rules.provisions_of_a_seal(order, consent_id=consent_id, at=logged.at)
    resident_keys = keys.of(resident_id)
    await store.insert(connection, resident_keys, resident_id, placed, provisions, logged.number)
    await announce(connection, topic_of(keys, resident_id))
    return logged


async def unseal(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    order_id: UUID,
    lifted_by: audit.Agent,
    asked_by: audit.Agent | None = None,
) -> audit.Appended | None:
    """Lift what an order sealed; ``None`` where nothing of it stands.

    What was allowed at visits ends with it: a preview showed nothing, and more would be shown now.

    Args:
        connection: the resident's transaction.
        lifted_by: who confirmed it, or the platform, when its time is over.
        asked_by: who asked for it before.

    Raises:
        UnknownChain: the account is closed.
    """
    await audit.hold(connection, resident_id)
    consent_id = await store.consent_of(connection, resident_id, order_id)
    if consent_id is None or not await store.is_unlifted(connection, resident_id, consent_id):
        return None
    event = audit.Event(
        action=audit.Action.RECORD_UNSEAL,
        agent=lifted_by,
        detail={
            "seal": consent_id.bytes,
            "order": order_id.bytes,
            "asked_by": asked_by.id.bytes if asked_by else None,
        },
    )
    logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
    await store.lift(connection, resident_id, consent_id, logged)
    await end_visits(connection, keys, resident_id, logged)
    await announce(connection, topic_of(keys, resident_id))
    return logged


async def is_sealed(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether the record is sealed now, in the resident's transaction."""
    return await store.is_sealed(connection, resident_id)


async def seals(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[RecordSeal]:
    """Every order that seals or sealed this person's record, newest first; of one order, one."""
    async with transaction(pool, resident=resident_id) as connection:
        found = await under_every_id(connection, keys, resident_id, store.seals)
    once: dict[UUID, RecordSeal] = {}
    for one in found:
        once.setdefault(one.order.order_id, one)
    return sorted(once.values(), key=lambda one: one.since, reverse=True)
