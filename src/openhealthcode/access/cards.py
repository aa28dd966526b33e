"""Cards and temporary codes: given out at a counter or from one's own phone, replaced, taken back.

What a clerk does here rests on a document compared with the person, as with phones. The digits go
to whoever prints them and are not kept; each card, and each taking back, stands in the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from openhealthcode import audit, healthcode
from openhealthcode.access import notices
from openhealthcode.access.acting import facts_of
from openhealthcode.access.carried import CarriedSummary, carry_emergency_summary
from openhealthcode.access.phones import check_card_seen, opened_for
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.consent.presence import Means, Presence, note
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import CodeType, GivenCode
from openhealthcode.identity import reading as identity_reading
from openhealthcode.record.plain import Language
from openhealthcode.sign_in import Outbox, card_notice, pin
from openhealthcode.standards import Conflict, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, PractitionerId, ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class CardStanding:
    """The card of a resident that is worth something: its number and its last day."""

    version: int
    last_day: date


@dataclass(frozen=True, slots=True)
class CardAtCounter:
    """What a clerk sees before giving out a card.

    Args:
        public_id: the name by which this clerk can do so.
        card: what there is now.
        temporary: the temporary code there is now.
        has_pin: whether the resident can allow anything with the card.
    """

    public_id: str
    masked_name: str = field(repr=False)
    card: CardStanding | None
    temporary: CardStanding | None
    has_pin: bool


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A code to print, and whose name goes beside it."""

    given: GivenCode
    name: str = field(repr=False)
    number: int
    """The event of the resident's log that says so."""


async def card_at_counter(
    pool: Pool, keys: Keys, clerk: audit.Agent, named: Named
) -> CardAtCounter:
    """Which card somebody has whose document the clerk holds; logged.

    Raises:
        NotFound: nobody is registered with this document and name.
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
        logged = await audit.append(connection, keys, resident_id, event)
        who = await identity_reading.demographics(connection, keys, resident_id)
        card = await _standing(connection, resident_id, logged, CodeType.PRINTED)
        temporary = await _standing(connection, resident_id, logged, CodeType.TEMPORARY)
    has_pin = await pin.standing(pool, resident_id) is not None
    public_id = keys.seal_id(resident_id, clerk.id)
    return CardAtCounter(public_id, who.masked_name, card, temporary, has_pin)


async def give_card(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    clerk: audit.Agent,
    public_id: str,
    kind: CodeType = CodeType.PRINTED,
) -> PrintedCard:
    """Give a card, or a temporary code, to whom ``card_at_counter`` named; the one before is over.

    Every phone of theirs is told.

    Raises:
        NotFound: the name is none that ``card_at_counter`` gave this clerk.
        Forbidden: this clerk has seen no document of theirs in the last half hour.
        Conflict: a death is registered.
        NoCodeIssuer: this region has no key on the trust list.
    """
    resident_id = opened_for(keys, public_id, clerk)
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        made, logged = await give_within(connection, keys, resident_id, clerk, kind)
        owed = await notices.owe(connection, keys, resident_id, logged, card_notice)
    await notices.hand_over(pool, outbox, owed)
    return made


async def summary_at_counter(
    pool: Pool,
    keys: Keys,
    clerk: audit.Agent,
    public_id: str,
    *,
    typed: str,
    log: str,
    language: Language,
) -> CarriedSummary:
    """The emergency summary for the back of a card, for who stands there and enters their PIN.

    Under duress it says who they are and nothing that is recorded; the region hears of it, as of
    every PIN entered so.

    Raises:
        NotFound, Forbidden: as ``give_card`` says.
        WrongPin, PinLocked, PinOver, NoPin: as ``pin.check`` says.
    """
    resident_id = opened_for(keys, public_id, clerk)
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
    match = await pin.check(pool, keys, resident_id, typed, clerk)
    is_pressed = match is pin.PinMatch.UNDER_DURESS

    async def leave(connection: Connection, at: datetime) -> None:
        presence = Presence(means=Means.PIN_AT_COUNTER, is_under_duress=is_pressed)
        asked_by = (clerk.institution_id, PractitionerId(clerk.id))
        await note(connection, keys, resident_id, ConsentId(uuid4()), presence, asked_by, at)

    return await carry_emergency_summary(
        pool, keys, resident_id, log=log, language=language, is_bare=is_pressed, within=leave
    )


async def give_within(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    agent: audit.Agent,
    kind: CodeType,
) -> tuple[PrintedCard, audit.Appended]:
    """As ``give_card``, in the resident's transaction; who may is the caller's to know."""
    _, now = await audit.hold(connection, resident_id)
    if (await facts_of(connection, keys, resident_id)).has_died:
        raise Conflict
    issue = healthcode.issue_card if kind is CodeType.PRINTED else healthcode.issue_temporary
    given = await issue(connection, keys, resident_id, now)
    event = audit.Event(
        action=audit.Action.CARD_ISSUE,
        agent=agent,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "kind": "printed" if kind is CodeType.PRINTED else "temporary",
            "version": given.version,
            "until": given.last_day.isoformat(),
        },
    )
    logged = await audit.append(connection, keys, resident_id, event)
    who = await identity_reading.demographics(connection, keys, resident_id)
    return PrintedCard(given, who.name, logged.number), logged


async def take_cards_back(
    pool: Pool, keys: Keys, outbox: Outbox, clerk: audit.Agent, public_id: str
) -> int:
    """Make worthless what somebody carries on paper; answers how many. Every phone is told.

    Raises:
        NotFound, Forbidden: as ``give_card`` says.
    """
    resident_id = opened_for(keys, public_id, clerk)
    async with transaction(pool, resident=resident_id) as connection:
        await check_card_seen(connection, keys, resident_id, clerk)
        count, logged = await _take_back(connection, keys, resident_id, clerk)
        owed = await notices.owe(connection, keys, resident_id, logged, card_notice)
    await notices.hand_over(pool, outbox, owed)
    return count


async def own_card(pool: Pool, resident_id: ResidentId) -> CardStanding | None:
    """The card a resident has, for their own page."""
    async with transaction(pool, resident=resident_id) as connection:
        _, now = await audit.hold(connection, resident_id)
        return await _standing(connection, resident_id, audit.Appended(0, now), CodeType.PRINTED)


async def give_own_card(pool: Pool, keys: Keys, resident_id: ResidentId) -> PrintedCard:
    """Give residents a card to print themselves; whoever calls has just verified who it is.

    Raises:
        Conflict: a death is registered.
        NoCodeIssuer: this region has no key on the trust list.
    """
    own = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        made, _ = await give_within(connection, keys, resident_id, own, CodeType.PRINTED)
    return made


async def take_own_cards_back(pool: Pool, keys: Keys, resident_id: ResidentId) -> int:
    """Make worthless what the resident carries on paper: a lost card, from the phone."""
    own = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        count, _ = await _take_back(connection, keys, resident_id, own)
    return count


async def _take_back(
    connection: Connection, keys: Keys, resident_id: ResidentId, agent: audit.Agent
) -> tuple[int, audit.Appended]:
    event = audit.Event(
        action=audit.Action.CARD_TAKE_BACK,
        agent=agent,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
    logged = await audit.append(connection, keys, resident_id, event)
    return await healthcode.revoke_cards(connection, resident_id, logged.at), logged


async def _standing(
    connection: Connection, resident_id: ResidentId, logged: audit.Appended, kind: CodeType
) -> CardStanding | None:
    found = await healthcode.card_of(connection, resident_id, logged.at, kind)
    if found is None:
        return None
    return CardStanding(found.card_version or 1, healthcode.last_day_before(found.until))
