"""Without a phone: known by a card, answering by PIN at the clinic's device or through a helper.

The same consent and the same log as with a phone. Which PIN was entered decides what the consent
covers and is told to the region alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode import audit, consent, healthcode, identity, representation
from openhealthcode.access import notices
from openhealthcode.access.acting import Oneself, facts_of
from openhealthcode.access.lookups.guard import watch
from openhealthcode.access.model import Visit
from openhealthcode.access.preview import preview_in_person
from openhealthcode.access.watch import forget_alarms
from openhealthcode.consent import Notice
from openhealthcode.consent.presence import Helper, Means, Noted, Presence, note_examined, recent
from openhealthcode.consent.presence import case as presence_case
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import Outbox, StaffSession, assisted_notice, limits, pin
from openhealthcode.standards import (
    Certificate,
    Forbidden,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    Scene,
    TooManyAttempts,
)
from openhealthcode.standards.ids import ConsentId, RequestId, ResidentId
from openhealthcode.trust import Keys

_SAMPLED_OF: Final = 20
"""One in so many ordinary answers is looked into as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a resident answered at the clinic's device.

    Args:
        categories: what was left switched on.
        lifetime_seconds: for how long.
        with_what_is_added: also what is filed while it lasts.
        notice: what was told beside it.
    """

    categories: frozenset[RecordCategory]
    lifetime_seconds: int
    with_what_is_added: bool
    notice: Notice


@dataclass(frozen=True, slots=True)
class ExaminedPresence:
    """An answer given in person, with as little of the resident as finding them needs.

    Masked, but under duress: then somebody has to be found, and soon.
    """

    noted: Noted
    name: str = field(repr=False)
    certificates: tuple[str, ...] = field(repr=False)
    address: str = field(default="", repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)


async def identify_by_card(
    pool: Pool,
    keys: Keys,
    certificate: Certificate,
    name: str,
    staff: StaffSession,
    scene: Scene,
) -> Visit:
    """Say who somebody is whose card was compared with the person; opens nothing.

    A wrong name and an unknown number cannot be told apart.

    Raises:
        NotFound: nobody is registered under this number with this name.
        TooManyAttempts: more cards than one desk receives.
    """
    resident_id = await holder_of(pool, keys, certificate, name, staff)
    async with transaction(pool, resident=resident_id) as connection:
        presented = await healthcode.arrive_with_card(
            connection,
            resident_id,
            practitioner_id=staff.practitioner_id,
            institution_id=staff.institution_id,
            terminal_id=staff.terminal_id,
            scene=scene,
            now=datetime.now(UTC),
        )
        who = await identity_reading.demographics(connection, keys, resident_id)
        approval = await representation.approval_for(
            connection,
            who.birth_date,
            presented.presented_at,
            staff.institution_id,
            staff.practitioner_id,
        )
        await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.RESIDENT_IDENTIFY,
                agent=_agent(staff),
                purpose=PurposeOfUse.TREATMENT,
                scene=scene,
                detail={
                    "presentation": presented.presentation_id.bytes,
                    "counter": True,
                    **({"approval": approval.bytes} if approval else {}),
                },
            ),
        )
    return Visit(resident_id, presented.presentation_id, who)


async def answer_with_pin(
    pool: Pool,
    keys: Keys,
    presented: healthcode.Presentation,
    request_id: RequestId,
    *,
    typed: str,
    spoken: Spoken,
) -> ConsentId:
    """Allow at the clinic's device what the resident left switched on, proved by the PIN.

    Raises:
        WrongPin, PinLocked, PinOver, NoPin: as ``pin.check`` says.
        TooManyAttempts: more entries at this device than people come to it.
        Forbidden: the resident was not there to answer.
        GuardianNeeded: a child under 14 whose guardian is known.
        RequestExpired: answered before, or too late.
        InvalidInput: nothing was left switched on.
    """
    _check_in_person(presented)
    await _count_entry(pool, keys, presented)
    kind = audit.AgentKind.PRACTITIONER
    desk = audit.Agent(kind, presented.practitioner_id, presented.institution_id)
    match = await pin.check(pool, keys, presented.resident_id, typed, desk)
    presence = Presence(
        means=Means.PIN,
        terminal_id=presented.terminal_id,
        is_under_duress=match is pin.PinMatch.UNDER_DURESS,
    )
    return await _allow(pool, keys, presented.resident_id, request_id, spoken, presence)


async def answer_assisted(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    presented: healthcode.Presentation,
    request_id: RequestId,
    *,
    helper: Helper,
    spoken: Spoken,
) -> ConsentId:
    """Allow what the resident said aloud to a helper, who has proved who they are.

    The resident's phones are told, so that somebody who was not there hears of it.

    Raises:
        Forbidden: the helper is who asks, or of elsewhere; or the resident was not there.
        GuardianNeeded: a child under 14 whose guardian is known.
        RequestExpired: answered before, or too late.
        InvalidInput: nothing was left switched on.
    """
    _check_in_person(presented)
    is_of_the_house = helper.institution_id == presented.institution_id
    if helper.practitioner_id == presented.practitioner_id or not is_of_the_house:
        raise Forbidden("a helper is somebody else of the same institution")
    await _check_guardian(pool, keys, presented.resident_id)
    presence = Presence(means=Means.ASSISTED, terminal_id=presented.terminal_id, helper=helper)
    resident_id = presented.resident_id
    owed: list[notices.Notice] = []

    async def tell(connection: Connection, logged: audit.Appended) -> None:
        owed.extend(await notices.owe(connection, keys, resident_id, logged, assisted_notice))

    given = await _allow(pool, keys, resident_id, request_id, spoken, presence, tell)
    await notices.hand_over(pool, outbox, owed)
    return given


async def refuse_in_person(
    pool: Pool, keys: Keys, presented: healthcode.Presentation, request_id: RequestId
) -> None:
    """Refuse at the clinic's device; needs no proof, costs nothing.

    Raises:
        RequestExpired: answered before, or too late.
    """
    presence = Presence(means=Means.TAP, terminal_id=presented.terminal_id)
    await consent.refuse(pool, keys, presented.resident_id, request_id, presence)


async def presences(pool: Pool, keys: Keys, supervisor: StaffSession) -> list[Noted]:
    """For the region: the answers of the last thirty days that need somebody's eyes, newest first.

    Those given under duress, those that rest on a helper's word, and a sample of all others: else
    a log that says an answer was looked into would say that it was one of the former.
    """
    return [one for one in await recent(pool, keys) if _is_to_examine(one, supervisor)]


async def examine_presence(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    supervisor: StaffSession,
) -> ExaminedPresence:
    """Whom an answer is about; logged in the same words whatever kind of answer it was.

    Raises:
        NotFound: no such answer, or not among those to examine.
    """
    async with transaction(pool, resident=resident_id) as connection:
        found = await presence_case(connection, keys, resident_id, consent_id)
        if found is None or not _is_to_examine(found, supervisor):
            raise NotFound
        who = await identity_reading.demographics(connection, keys, resident_id)
        phones = await identity_reading.bound_phones(connection, keys, resident_id)
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(action=audit.Action.PRESENCE_EXAMINE, agent=_agent(supervisor)),
        )
        await note_examined(connection, resident_id, consent_id, supervisor.practitioner_id, logged)
    forget_alarms(pool)
    if found.is_under_duress:
        return ExaminedPresence(
            found,
            who.name,
            tuple(one.number for one in who.certificates),
            who.address,
            tuple(phone.number for phone in phones),
        )
    return ExaminedPresence(found, who.masked_name, tuple(one.masked for one in who.certificates))


def _is_to_examine(noted: Noted, supervisor: StaffSession) -> bool:
    """Never by the institution it is about."""
    if noted.institution_id == supervisor.institution_id:
        return False
    is_sampled = noted.consent_id.int % _SAMPLED_OF == 0
    return noted.is_under_duress or noted.means is Means.ASSISTED or is_sampled


async def _allow(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    request_id: RequestId,
    spoken: Spoken,
    presence: Presence,
    within: consent.Within | None = None,
) -> ConsentId:
    with audit.acting_as(Oneself(keys, resident_id)):
        number = await preview_in_person(pool, keys, resident_id, request_id, presence)
        return await consent.allow(
            pool,
            keys,
            resident_id,
            request_id,
            categories=spoken.categories,
            previewed_number=number,
            notice=spoken.notice,
            with_what_is_added=spoken.with_what_is_added,
            lifetime_seconds=spoken.lifetime_seconds,
            presence=presence,
            within=within,
        )


async def holder_of(
    pool: Pool, keys: Keys, certificate: Certificate, name: str, staff: StaffSession
) -> ResidentId:
    """Whose card it is; a desk that types numbers is stopped."""
    counted = keys.blind_index("cards per practitioner", str(staff.practitioner_id))
    if not await limits.take(pool, counted, limits.CARDS_PER_PRACTITIONER, datetime.now(UTC)):
        raise TooManyAttempts
    await watch(pool, keys, staff, [certificate])
    resident_id = await identity.find_named(pool, keys, certificate, name)
    if resident_id is None:
        raise NotFound
    return resident_id


async def _count_entry(pool: Pool, keys: Keys, presented: healthcode.Presentation) -> None:
    counted = keys.blind_index("pins per terminal", str(presented.terminal_id))
    if not await limits.take(pool, counted, limits.PINS_PER_TERMINAL, datetime.now(UTC)):
        raise TooManyAttempts


def _check_in_person(presented: healthcode.Presentation) -> None:
    if presented.by is healthcode.PresentedBy.DOCUMENT:
        raise Forbidden("whoever cannot answer does not allow anything")
    if presented.by is healthcode.PresentedBy.SHORT:
        raise Forbidden("whoever read a code out may be elsewhere: the phone answers")


async def _check_guardian(pool: Pool, keys: Keys, resident_id: ResidentId) -> None:
    """Nobody's word stands for a child's whose guardian is known."""
    async with transaction(pool, resident=resident_id) as connection:
        _, at = await audit.hold(connection, resident_id)
        facts = await facts_of(connection, keys, resident_id)
        appointed = await representation.representations(
            connection, keys.of(resident_id), resident_id
        )
    if representation.needs_guardian(facts, appointed, at):
        raise representation.GuardianNeeded


def _agent(staff: StaffSession) -> audit.Agent:
    kind = audit.AgentKind.PRACTITIONER
    return audit.Agent(kind, staff.practitioner_id, staff.institution_id)
