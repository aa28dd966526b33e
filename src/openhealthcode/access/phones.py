"""At a counter, card in hand: which phones are bound, unbinding one, another, every code anew.

What a clerk may do here rests on a card compared with the person; the resident's log says when that
was and by whom, and without such a line of the last half hour nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode import audit, healthcode
from openhealthcode.access import notices
from openhealthcode.access.acting import facts_of
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import CodeType, signed
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import Attempt, Outbox, phone_notice, residents
from openhealthcode.sign_in.residents import PhoneChange, UnbindReason
from openhealthcode.standards import Conflict, Forbidden, NotFound, Phone, PurposeOfUse
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_CARD_COUNTS_FOR: Final = timedelta(minutes=30)
_LINES: Final = 200
"""How far back the card is looked for; a resident's half hour at a counter has fewer events."""


@dataclass(frozen=True, slots=True)
class PhoneAtCounter:
    """A phone that is bound, and the name by which this clerk can unbind it."""

    public_id: str
    masked: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PhonesAtCounter:
    """What is shown of the phones of the person at the counter.

    Args:
        public_id: the name by which this clerk can change them.
        sessions: on how many devices they are signed in.
    """

    public_id: str
    masked_name: str = field(repr=False)
    phones: tuple[PhoneAtCounter, ...]
    sessions: int


async def phones_at_counter(
    pool: Pool, keys: Keys, clerk: audit.Agent, named: Named
) -> PhonesAtCounter:
    """Which phones are bound to somebody whose card the clerk holds; logged.

    Raises:
        NotFound: nobody is registered with this card and name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
    """
    resident_id = await find_at_counter(pool, keys, clerk, named)
    event = audit.Event(
        action=audit.Action.RESIDENT_IDENTIFY,
        agent=clerk,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"counter": True},
    )
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)
        who = await identity_reading.demographics(connection, keys, resident_id)
        bound = await identity_reading.bound_phones(connection, keys, resident_id)
    signed_in = await residents.sessions_of(pool, resident_id)
    return PhonesAtCounter(
        keys.seal_id(resident_id, clerk.id),
        who.masked_name,
        tuple(
            PhoneAtCounter(
                keys.seal_id(resident_id, _reference(keys, resident_id, phone)), phone.masked
            )
            for phone in bound
        ),
        len(signed_in),
    )


async def unbind_at_counter(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    clerk: audit.Agent,
    public_id: str,
    why: UnbindReason,
) -> None:
    """Unbind a phone that ``phones_at_counter`` named; it is signed out and shows no code any more.

    Every phone is told, the unbound one too.

    Raises:
        NotFound: no such phone is bound.
        Forbidden: this clerk has seen no card of theirs in the last half hour.
    """
    resident_id, reference = _opened(keys, public_id)
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        bound = await identity_reading.bound_phones(connection, keys, resident_id)
        phone = next((p for p in bound if _reference(keys, resident_id, p) == reference), None)
        if phone is None:
            raise NotFound
        ended = await residents.unbind_in(connection, keys, resident_id, phone, clerk, why)
        owed = await _owed(connection, keys, resident_id, bound)
        await healthcode.retire_devices(connection, ended)
    await notices.hand_over(pool, outbox, owed)


async def start_phone_change(
    pool: Pool, keys: Keys, outbox: Outbox, clerk: audit.Agent, public_id: str, phone: Phone
) -> Attempt:
    """Send a code to the phone that the person at the counter has now.

    Raises:
        NotFound: the name is none that ``phones_at_counter`` gave this clerk.
        Forbidden: this clerk has seen no card of theirs in the last half hour.
        InvalidInput: a number that stands for none.
        TooManyCodes, MessageNotSent: as for signing in.
    """
    resident_id = opened_for(keys, public_id, clerk)
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        who = await identity_reading.demographics(connection, keys, resident_id)
    wanted = PhoneChange(resident_id, PractitionerId(clerk.id), phone)
    return await residents.start_phone_change(pool, keys, outbox, wanted, who.language)


async def complete_phone_change(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    clerk: audit.Agent,
    token: str,
    code: str,
    *,
    replaces: bool,
) -> None:
    """Bind the phone whose code the person read out, and unbind the others if it replaces them.

    Every phone is told, the unbound ones too.

    Raises:
        WrongCode: the try is counted.
        CodeOver: used, expired, tried too often, or another clerk's.
        Forbidden: this clerk has seen no card of theirs in the last half hour.
        Conflict: a death is registered.
    """
    wanted = await residents.accept_phone_change(pool, keys, token, code, PractitionerId(clerk.id))
    resident_id = wanted.resident_id
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        if (await facts_of(connection, keys, resident_id)).has_died:
            raise Conflict
        before = await identity_reading.bound_phones(connection, keys, resident_id)
        await residents.bind_changed(connection, keys, wanted, clerk)
        others = [phone for phone in before if phone != wanted.phone]
        ended = [
            device
            for phone in (others if replaces else ())
            for device in await residents.unbind_in(
                connection, keys, resident_id, phone, clerk, UnbindReason.CHANGED
            )
        ]
        owed = await _owed(connection, keys, resident_id, {wanted.phone, *before})
        await healthcode.retire_devices(connection, ended)
    await notices.hand_over(pool, outbox, owed)


async def reissue_codes(
    pool: Pool, keys: Keys, outbox: Outbox, clerk: audit.Agent, public_id: str
) -> None:
    """Make every code of a resident worthless and sign every phone out; the phones stay bound.

    For a phone that was stolen but whose number was moved to another: signing in with a fresh code
    gives a new health code. Every phone is told.

    Raises:
        NotFound: the name is none that ``phones_at_counter`` gave this clerk.
        Forbidden: this clerk has seen no card of theirs in the last half hour.
    """
    resident_id = opened_for(keys, public_id, clerk)
    event = audit.Event(
        action=audit.Action.CODE_REISSUE,
        agent=clerk,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        await audit.append(connection, keys, resident_id, event)
        now = datetime.now(UTC)
        ended = await residents.end_sessions(connection, resident_id, now)
        bound = await identity_reading.bound_phones(connection, keys, resident_id)
        owed = await _owed(connection, keys, resident_id, bound)
        await healthcode.retire_devices(connection, ended)
        await signed.revoke_codes(connection, resident_id, {CodeType.OFFLINE}, now)
    await notices.hand_over(pool, outbox, owed)


async def check_card_seen(
    connection: Connection, keys: Keys, resident_id: ResidentId, clerk: audit.Agent
) -> None:
    """Hold the resident's chain; this clerk has compared their card within the last half hour."""
    _, at = await audit.hold(connection, resident_id)
    for line in await log.lines(connection, keys, resident_id, limit=_LINES):
        is_card = line.action == audit.Action.RESIDENT_IDENTIFY and line.detail.get("counter")
        if is_card and line.agent_id == clerk.id and at - line.at <= _CARD_COUNTS_FOR:
            return
    raise Forbidden


async def _owed(
    connection: Connection, keys: Keys, resident_id: ResidentId, phones: Iterable[Phone]
) -> list[notices.Notice]:
    """Tell these phones of what has just been logged."""
    state, at = await audit.hold(connection, resident_id)
    who = await identity_reading.demographics(connection, keys, resident_id)
    logged = audit.Appended(state.next_number - 1, at)
    messages = [phone_notice(phone, who.language) for phone in phones]
    return await notices.keep(connection, keys, resident_id, logged, messages)


def _reference(keys: Keys, resident_id: ResidentId, phone: Phone) -> UUID:
    """What names a phone at a counter; it tells nothing of the number."""
    return UUID(bytes=keys.blind_index("phone at counter", f"{resident_id}|{phone.number}")[:16])


def _opened(keys: Keys, public_id: str) -> tuple[ResidentId, UUID]:
    try:
        resident_id, named = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    return ResidentId(resident_id), named


def opened_for(keys: Keys, public_id: str, clerk: audit.Agent) -> ResidentId:
    """Whom a name means that was given to this clerk, and to no other."""
    resident_id, given_to = _opened(keys, public_id)
    if given_to != clerk.id:
        raise NotFound
    return resident_id
