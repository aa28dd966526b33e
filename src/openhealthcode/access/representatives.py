"""Who may act for a resident: appointed and revoked by the resident's phone or at a counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import uuid4

from openhealthcode import audit, consent, healthcode, identity, representation
from openhealthcode.access.acting import device_of, facts_of, representative_key
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.representation import (
    ADULT_AT,
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    RepresentationUnsuitable,
    Wishes,
)
from openhealthcode.sign_in import limits
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    Forbidden,
    NationalId,
    NotFound,
    PurposeOfUse,
    TooManyAttempts,
    day_of,
)
from openhealthcode.standards.ids import PractitionerId, RepresentationId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody by what stands on their card."""

    certificate: Certificate
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What is to be appointed.

    Args:
        powers: of a helper; guardians and relatives have what the rules give them.
        days: how long, today not counted; those of children's guardians end by birthday.
    """

    kind: RepresentationKind
    representative: Named
    powers: frozenset[Power] = frozenset()
    proof: Proof
    days: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """An appointment and what it gives at this moment; nothing any more: ``mandate`` is ``None``."""

    representation: Representation
    mandate: Mandate | None
    public_id: str


@dataclass(frozen=True, slots=True)
class OwnRepresentatives:
    """What the resident's page shows."""

    standing: tuple[Standing, ...]
    wishes: Wishes
    age: int | None


@dataclass(frozen=True, slots=True)
class AtCounter:
    """Who stands at the counter, masked, and who acts for them."""

    masked_name: str = field(repr=False)
    standing: tuple[Standing, ...]


async def appoint_helper(
    pool: Pool, keys: Keys, resident_id: ResidentId, wanted: Appointment
) -> RepresentationId:
    """Appoint a helper from the resident's own phone; whoever calls has just verified who it is.

    Says the same whether the helper is registered here or not.

    Raises:
        RepresentationUnsuitable: no such helper can be.
    """
    if wanted.kind is not RepresentationKind.HELPER or wanted.proof is not Proof.OWN_PHONE:
        raise RepresentationUnsuitable
    own = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    return await _appoint(pool, keys, resident_id, wanted, own)


async def appoint_at_counter(
    pool: Pool, keys: Keys, clerk: audit.Agent, represented: Named, wanted: Appointment
) -> RepresentationId:
    """Appoint a guardian, helper or relative, on the proof a clerk has seen.

    Raises:
        NotFound: nobody is registered with this card and name.
        RepresentationUnsuitable: no such representative can be.
    """
    if wanted.proof is Proof.OWN_PHONE:
        raise RepresentationUnsuitable
    resident_id = await find_at_counter(pool, keys, clerk, represented)
    return await _appoint(pool, keys, resident_id, wanted, clerk)


async def _appoint(
    pool: Pool, keys: Keys, resident_id: ResidentId, wanted: Appointment, agent: audit.Agent
) -> RepresentationId:
    representation_id = RepresentationId(uuid4())
    certificate, name = wanted.representative.certificate, wanted.representative.name
    if not 0 < len(name) <= _LONGEST_NAME:
        raise RepresentationUnsuitable("no such name")
    async with transaction(pool, resident=resident_id) as connection:
        who = await identity_reading.demographics(connection, keys, resident_id)
        if certificate.normalised in {one.normalised for one in who.certificates}:
            raise RepresentationUnsuitable("nobody represents themselves")
        _, at = await audit.hold(connection, resident_id)
        _check_adult(certificate, day_of(at))
        facts = await facts_of(connection, keys, resident_id)
        representation.check(
            wanted.kind, facts, proof=wanted.proof, powers=wanted.powers, days=wanted.days, at=at
        )
        logged = await audit.append(
            connection, keys, resident_id, _appointed(agent, representation_id, wanted)
        )
        is_clerk = agent.kind is audit.AgentKind.PRACTITIONER
        appointed = Representation(
            representation_id=representation_id,
            kind=wanted.kind,
            name=name,
            masked_certificate=certificate.masked,
            powers=wanted.powers,
            proof=wanted.proof,
            appointed_by=PractitionerId(agent.id) if is_clerk else None,
            appointed_at=logged.at,
            end_at=representation.end_of(wanted.kind, logged.at, wanted.days),
        )
        key = representative_key(keys, certificate, name)
        await representation.add(
            connection, keys.of(resident_id), resident_id, key, appointed, logged
        )
        await announce(connection, consent.topic_of(keys, resident_id))
    return representation_id


async def revoke(
    pool: Pool, keys: Keys, resident_id: ResidentId, representation_id: RepresentationId
) -> None:
    """End an appointment from the resident's own phone; holds on the representative's next step.

    Raises:
        NotFound: no such appointment, or ended before.
        Forbidden: a court made this one; it is ended at a counter, on the court's paper.
    """
    async with transaction(pool, resident=resident_id) as connection:
        found = await representation.representation(
            connection, keys.of(resident_id), resident_id, representation_id
        )
    if found is not None and found.kind is RepresentationKind.ADULT_GUARDIAN:
        raise Forbidden("a court's guardian is ended at a counter")
    own = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    await _revoke(pool, keys, resident_id, representation_id, own)


async def revoke_at_counter(pool: Pool, keys: Keys, clerk: audit.Agent, public_id: str) -> None:
    """End an appointment at a counter, by the name ``representatives_at_counter`` gave it.

    Raises:
        NotFound: no such appointment, or ended before.
    """
    try:
        resident_id, representation_id = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    await _revoke(pool, keys, resident_id, RepresentationId(representation_id), clerk)


async def _revoke(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    representation_id: RepresentationId,
    agent: audit.Agent,
) -> None:
    event = audit.Event(
        action=audit.Action.REPRESENTATION_REVOKE,
        agent=agent,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"representation": representation_id.bytes},
    )
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(connection, keys, resident_id, event)
        if not await representation.revoke(connection, resident_id, representation_id, logged):
            raise NotFound
        await announce(connection, consent.topic_of(keys, resident_id))
        await healthcode.retire_devices(connection, [device_of(keys, representation_id)])


async def own_representatives(
    pool: Pool, keys: Keys, resident_id: ResidentId
) -> OwnRepresentatives:
    """Who acts or acted for this resident and what is kept from them, for the resident's own page."""
    async with transaction(pool, resident=resident_id) as connection:
        facts = await facts_of(connection, keys, resident_id)
        _, at = await audit.chain(connection, resident_id)
        standing = await _standing(connection, keys, resident_id)
    born = facts.birth_date
    age = None if born is None else representation.age_on(born, day_of(at))
    return OwnRepresentatives(standing, facts.wishes, age)


async def representatives_at_counter(
    pool: Pool, keys: Keys, clerk: audit.Agent, represented: Named
) -> AtCounter:
    """Who acts for the person whose card the clerk holds; logged.

    Raises:
        NotFound: nobody is registered with this card and name.
    """
    resident_id = await find_at_counter(pool, keys, clerk, represented)
    event = audit.Event(action=audit.Action.REPRESENTATION_READ, agent=clerk)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)
        who = await identity_reading.demographics(connection, keys, resident_id)
        standing = await _standing(connection, keys, resident_id)
    in_force = tuple(one for one in standing if one.mandate is not None)
    return AtCounter(who.masked_name, in_force)


async def wish(pool: Pool, keys: Keys, resident_id: ResidentId, wanted: Wishes) -> None:
    """Say what guardians do not see from 14 on, and whether relatives may turn to the record."""
    event = audit.Event(
        action=audit.Action.REPRESENTATION_WISH,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(connection, keys, resident_id, event)
        await representation.add_wishes(
            connection, keys.of(resident_id), resident_id, wanted, logged
        )


async def _standing(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[Standing, ...]:
    _, at = await audit.chain(connection, resident_id)
    facts = await facts_of(connection, keys, resident_id)
    found: Sequence[Representation] = await representation.representations(
        connection, keys.of(resident_id), resident_id
    )
    return tuple(
        Standing(
            one,
            representation.mandate(one, facts, at),
            keys.seal_id(resident_id, one.representation_id),
        )
        for one in found
    )


async def find_at_counter(pool: Pool, keys: Keys, clerk: audit.Agent, named: Named) -> ResidentId:
    """The resident whose card a clerk holds.

    Raises:
        NotFound: nobody is registered with this card and name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
    """
    counted = keys.blind_index("cards per clerk", str(clerk.id))
    if not await limits.take(pool, counted, limits.NUMBERS_PER_CLERK, datetime.now(UTC)):
        raise TooManyAttempts
    found = await identity.find_named(pool, keys, named.certificate, named.name)
    if found is None:
        raise NotFound
    return found


def _check_adult(certificate: Certificate, today: date) -> None:
    """Where the card says a birth date, it is an adult's."""
    if certificate.kind is CertificateKind.NATIONAL_ID:
        born = NationalId.parse(certificate.number).birth_date
        if representation.age_on(born, today) < ADULT_AT:
            raise RepresentationUnsuitable("a minor represents nobody")


def _appointed(
    agent: audit.Agent, representation_id: RepresentationId, wanted: Appointment
) -> audit.Event:
    return audit.Event(
        action=audit.Action.REPRESENTATION_APPOINT,
        agent=agent,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "representation": representation_id.bytes,
            "kind_of": wanted.kind.value,
            "powers": sorted(wanted.powers),
            "proof": wanted.proof.value,
            "days": wanted.days,
            "name": wanted.representative.name,
        },
    )
