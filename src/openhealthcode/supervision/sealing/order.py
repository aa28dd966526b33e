"""Place an order, lift it together, let it end; each in the region's log and in every resident's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from openhealthcode import audit
from openhealthcode.access import sealing
from openhealthcode.access.sealing import PastAccess
from openhealthcode.audit import REGION
from openhealthcode.consent.seal import SealOrder, SealReason, check_order
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import Outbox, StaffSession
from openhealthcode.standards import Certificate, InvalidInput, NotFound
from openhealthcode.supervision.sealing import store
from openhealthcode.supervision.sealing.model import (
    MOST_NAMED,
    NotToLift,
    Order,
    is_over,
)
from openhealthcode.trust import Keys

_LOOKED_BACK: Final = timedelta(days=180)
_PLATFORM: Final = audit.Agent(audit.AgentKind.PLATFORM, UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What an order says."""

    reason: SealReason
    words: str
    days: int


async def place(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    supervisor: StaffSession,
    why: Why,
    certificates: Sequence[Certificate],
) -> UUID:
    """Seal the records of named people now; one supervisor is enough, haste being the point.

    Raises:
        InvalidInput: nobody or too many named, no reason in words, no end within a year.
    """
    if not 0 < len(certificates) <= MOST_NAMED:
        raise InvalidInput("one person to two hundred are named")
    order = await begin(pool, keys, supervisor, why, len(set(certificates)))
    await sealing.seal_named(pool, keys, outbox, as_said(order), certificates)
    return order.order_id


async def place_again(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    order_id: UUID,
    supervisor: StaffSession,
    certificates: Sequence[Certificate],
) -> None:
    """Seal whoever an order in force named and did not reach, by the same numbers again.

    It stands in the logs under the name of whoever does it, not of whoever placed the order.

    Raises:
        NotFound: no such order, or it is over.
        InvalidInput: nobody named, or more than the order did.
    """
    found, at = await order(pool, keys, order_id)
    if is_over(found, at):
        raise NotFound
    again = len(set(certificates))
    if not 0 < again <= found.named:
        raise InvalidInput("as many people at the most as the order named")
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        event = _event(
            audit.Action.SEAL_ORDER, _agent(supervisor), order_id, named=again, step="again"
        )
        await audit.append_own(connection, keys, event)
    await sealing.seal_named(pool, keys, outbox, as_said(found, supervisor), certificates)
    await lift_if_over(pool, keys, outbox, order_id)


async def lift_if_over(pool: Pool, keys: Keys, outbox: Outbox, order_id: UUID) -> None:
    """Open again whom an order sealed while two lifted it, or its time ended."""
    found, at = await order(pool, keys, order_id)
    if is_over(found, at):
        await sealing.unseal(pool, keys, outbox, order_id)


async def begin(
    pool: Pool,
    keys: Keys,
    supervisor: StaffSession,
    why: Why,
    named: int,
    breach_id: UUID | None = None,
) -> Order:
    """Write down an order before it seals anybody: what it then does is never without one."""
    at = datetime.now(UTC)
    order = Order(
        order_id=uuid4(),
        breach_id=breach_id,
        reason=why.reason,
        words=" ".join(why.words.split()),
        placed_by=supervisor.practitioner_id,
        institution_id=supervisor.institution_id,
        placed_at=at,
        until=at + timedelta(days=why.days),
        named=named,
    )
    check_order(as_said(order), at)
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        event = _event(audit.Action.SEAL_ORDER, _agent(supervisor), order.order_id, named=named)
        await audit.append_own(connection, keys, event)
        await store.insert(connection, keys, order)
    return order


async def orders(pool: Pool, keys: Keys) -> list[store.Found]:
    """The latest orders, the newest first, each with the database's time."""
    async with transaction(pool, task="supervision") as connection:
        return await store.orders(connection, keys)


async def order(pool: Pool, keys: Keys, order_id: UUID) -> store.Found:
    """One order, and the database's time.

    Raises:
        NotFound: there is none.
    """
    async with transaction(pool, task="supervision") as connection:
        found = await store.order(connection, keys, order_id)
    if found is None:
        raise NotFound
    return found


async def examine(
    pool: Pool, keys: Keys, order_id: UUID, supervisor: StaffSession
) -> list[PastAccess]:
    """Who was shown the sealed records in the half year before; each resident's log says so.

    Raises:
        NotFound: there is no such order.
    """
    found, _ = await order(pool, keys, order_id)
    since = found.placed_at - _LOOKED_BACK
    return await sealing.past_accesses(pool, keys, order_id, _agent(supervisor), since)


async def ask_to_lift(
    pool: Pool, keys: Keys, order_id: UUID, supervisor: StaffSession, words: str
) -> None:
    """The first of two says that the records are to be opened again, and why.

    Raises:
        InvalidInput: no reason in words.
        NotToLift: somebody asked before, or the order is over.
    """
    words = " ".join(words.split())
    if not 4 <= len(words) <= 500:
        raise InvalidInput("a reason, in a sentence or two")
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        event = _event(audit.Action.SEAL_LIFT, _agent(supervisor), order_id, step="asked")
        logged = await audit.append_own(connection, keys, event)
        by = supervisor.practitioner_id
        if not await store.ask_to_lift(connection, keys, order_id, by, logged.at, words):
            raise NotToLift


async def lift(
    pool: Pool, keys: Keys, outbox: Outbox, order_id: UUID, supervisor: StaffSession
) -> int:
    """The second of two confirms it: every record is as open as it was; how many that were.

    What could not be lifted because the program stopped is lifted by the next turn of ``end_due``.

    Raises:
        NotToLift: nobody else has asked for it, or the order is over.
    """
    found, _ = await order(pool, keys, order_id)
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        event = _event(audit.Action.SEAL_LIFT, _agent(supervisor), order_id, step="lifted")
        logged = await audit.append_own(connection, keys, event)
        by = supervisor.practitioner_id
        asked = await store.lift(connection, order_id, by, logged.at)
        if asked is None:
            raise NotToLift
    asker = audit.Agent(audit.AgentKind.PRACTITIONER, asked, found.institution_id)
    lifted = await sealing.unseal(
        pool, keys, outbox, order_id, lifted_by=_agent(supervisor), asked_by=asker
    )
    async with transaction(pool, task="supervision") as connection:
        await store.end(connection, order_id, logged.at)
    return lifted


async def end_due(pool: Pool, keys: Keys, outbox: Outbox) -> int:
    """Lift whatever is sealed by orders that are over; how many orders ended."""
    async with transaction(pool, task="supervision") as connection:
        ended = await store.due(connection)
    for order_id in ended:
        await sealing.unseal(pool, keys, outbox, order_id)
        async with transaction(pool, resident=REGION, task="supervision") as connection:
            event = _event(audit.Action.SEAL_LIFT, _PLATFORM, order_id, step="over")
            logged = await audit.append_own(connection, keys, event)
            await store.end(connection, order_id, logged.at)
    return len(ended)


def as_said(order: Order, by: StaffSession | None = None) -> SealOrder:
    """The order as each resident reads it; under the name of whoever goes on with another's."""
    return SealOrder(
        order_id=order.order_id,
        reason=order.reason,
        words=order.words,
        placed_by=by.practitioner_id if by else order.placed_by,
        institution_id=by.institution_id if by else order.institution_id,
        until=order.until,
    )


def _agent(supervisor: StaffSession) -> audit.Agent:
    return audit.Agent(
        audit.AgentKind.PRACTITIONER, supervisor.practitioner_id, supervisor.institution_id
    )


def _event(
    action: audit.Action, agent: audit.Agent, order_id: UUID, **detail: object
) -> audit.Event:
    return audit.Event(action=action, agent=agent, detail={"order": order_id.bytes, **detail})
