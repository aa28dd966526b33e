"""Somebody acts for a resident: who may, how far, and every act in the log with both persons.

A representative signs in as themselves and turns to the one they act for. What they may do is
decided anew at every act, in the transaction that does it and while it holds the resident's chain,
from the appointment, the birth date, what the resident wished and the database's clock: no act
commits after a revocation, and a birthday needs nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from openhealthcode import audit, identity, representation
from openhealthcode.access import looking
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.audit import Action
from openhealthcode.consent import seal
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.representation import (
    Facts,
    GuardianNeeded,
    Mandate,
    Power,
    RepresentationKind,
    RepresentationOver,
)
from openhealthcode.standards import Certificate, NotFound, PurposeOfUse
from openhealthcode.standards.ids import DeviceReference, RepresentationId, ResidentId
from openhealthcode.trust import Keys, Labels, UnknownKey

_VISITS, _RECORD, _LOG = Power.VISITS, Power.RECORD, Power.LOG
_NEEDED: Final[Mapping[Action, frozenset[Power]]] = {
    Action.REPRESENTATION_ACT: frozenset(Power),
    Action.RECORD_PREVIEW: frozenset({_VISITS}),
    Action.CONSENT_REFUSE: frozenset({_VISITS}),
    Action.CONSENT_GRANT: frozenset({_VISITS, Power.CONSENTS}),
    Action.CONSENT_WITHDRAW: frozenset({_VISITS, Power.CONSENTS}),
    Action.RECORD_OWN_VIEW: frozenset({_RECORD, _VISITS, _LOG, Power.RIGHTS}),
    Action.LOG_OWN_VIEW: frozenset({_LOG, _VISITS}),
    Action.LOOK_REPORT: frozenset({_LOG}),
    Action.NOTICES_CHOOSE: frozenset({_LOG}),
    Action.LOOK_CONTEST: frozenset({_LOG}),
    Action.RECORD_COPY: frozenset({Power.RIGHTS}),
    Action.RIGHTS_EXERCISE: frozenset({Power.RIGHTS}),
    Action.COLLECTION_CHOOSE: frozenset({Power.RIGHTS}),
    Action.CONSENT_RESTRICT: frozenset({Power.RIGHTS}),
    Action.CONSENT_LIFT: frozenset({Power.RIGHTS}),
    Action.EMERGENCY_CHOOSE: frozenset({Power.EMERGENCY}),
    Action.EMERGENCY_CARRY: frozenset({Power.EMERGENCY}),
    Action.CONTACT_NAME: frozenset({Power.EMERGENCY}),
    Action.CONTACT_REMOVE: frozenset({Power.EMERGENCY}),
    Action.ACCOUNT_CLOSE: frozenset({Power.CLOSING}),
}
"""One of these powers is needed; an act that is not here is the resident's alone."""
_IN_THEIR_PLACE: Final = frozenset({RepresentationKind.GUARDIAN, RepresentationKind.ADULT_GUARDIAN})
_DEVICE_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Represented:
    """Somebody for whom one may act, and how far at this moment."""

    resident_id: ResidentId
    representation_id: RepresentationId
    name: str = field(repr=False)
    mandate: Mandate


@dataclass(frozen=True, slots=True)
class ActingFor:
    """A representative during one request; see ``audit.acting_as``."""

    keys: Keys = field(repr=False)
    resident_id: ResidentId
    representation_id: RepresentationId
    representative_id: ResidentId

    async def mandate(self, connection: Connection, at: datetime) -> Mandate:
        """What may be done now.

        Raises:
            RepresentationOver: nothing any more.
        """
        found = await _mandate(connection, self.keys, self.resident_id, self.representation_id, at)
        if found is None:
            raise RepresentationOver
        return found

    async def sign(self, connection: Connection, event: audit.Event, at: datetime) -> audit.Event:
        """The event with both persons; what the mandate does not cover is not done.

        Raises:
            RepresentationOver: it does not cover this.
        """
        mandate = await self.mandate(connection, at)
        if not mandate.powers & _NEEDED.get(event.action, frozenset()):
            raise RepresentationOver
        if event.action is Action.CONSENT_GRANT and not _may_grant(mandate, event.detail):
            raise RepresentationOver
        is_own = event.purpose is PurposeOfUse.RESIDENT_REQUEST
        return replace(
            event,
            agent=audit.Agent(audit.AgentKind.REPRESENTATIVE, self.representation_id),
            purpose=PurposeOfUse.FAMILY_REQUEST if is_own else event.purpose,
            detail={
                **event.detail,
                "representative": self.representative_id.bytes,
                "acting_as": mandate.kind.value,
            },
        )

    @property
    def is_oneself(self) -> bool:
        """Somebody else."""
        return False

    @property
    def device_reference(self) -> DeviceReference:
        """Names the representative's phone inside the codes it shows for this resident."""
        return device_of(self.keys, self.representation_id)


@dataclass(frozen=True, slots=True)
class Oneself:
    """A resident on their own pages: a child under 14 who has a guardian consents to nothing."""

    keys: Keys = field(repr=False)
    resident_id: ResidentId

    @property
    def is_oneself(self) -> bool:
        """The resident."""
        return True

    async def sign(self, connection: Connection, event: audit.Event, at: datetime) -> audit.Event:
        """The event as it is.

        Raises:
            GuardianNeeded: it is for the guardian to do.
        """
        if event.action is Action.CONSENT_GRANT:
            facts = await facts_of(connection, self.keys, self.resident_id)
            appointed = await representation.representations(
                connection, self.keys.of(self.resident_id), self.resident_id
            )
            if representation.needs_guardian(facts, appointed, at):
                raise GuardianNeeded
        return event


def acting_now(resident_id: ResidentId) -> ActingFor | None:
    """Who acts for this resident in this request; ``None``: the resident."""
    acting = audit.acting_for(resident_id)
    return acting if isinstance(acting, ActingFor) else None


def device_of(keys: Keys, representation_id: RepresentationId) -> DeviceReference:
    """As ``ActingFor.device_reference``; ending the appointment retires it."""
    key = keys.blind_index("device of representation", str(representation_id))
    return DeviceReference(key[:_DEVICE_BYTES])


def representative_key(keys: Keys, certificate: Certificate, name: str) -> bytes:
    """The 32 bytes under which the appointments of a person are found, registered or not."""
    named = identity.normalise_name(name)
    return keys.blind_index("representative", f"{certificate.normalised}|{named}")


async def facts_of(connection: Connection, keys: Keys, resident_id: ResidentId) -> Facts:
    """What a mandate depends on; the transaction is the resident's."""
    who = await identity_reading.demographics(connection, keys, resident_id)
    resident_keys = keys.of(resident_id)
    died_on = await representation.died(connection, resident_keys, resident_id)
    wishes = await representation.wishes(connection, resident_keys, resident_id)
    return Facts(who.birth_date, died_on is not None, wishes)


async def represented_by(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[Represented]:
    """Everybody for whom this resident may act at this moment, the latest appointment first."""
    async with transaction(pool, resident=resident_id) as connection:
        who = await identity_reading.demographics(connection, keys, resident_id)
    held = [representative_key(keys, each, who.name) for each in who.certificates]
    if not held:
        return []
    async with transaction(pool, lookup=held) as connection:
        pairs = await representation.held_by(connection, held)
    found = [
        await resume(pool, keys, represented_id, representation_id)
        for represented_id, representation_id in pairs
        if represented_id != resident_id
    ]
    return [one for one in found if one is not None]


async def resume(
    pool: Pool, keys: Keys, resident_id: ResidentId, representation_id: RepresentationId
) -> Represented | None:
    """The represented and the mandate as they are now; ``None`` once it is over."""
    try:
        async with transaction(pool, resident=resident_id) as connection:
            _, at = await audit.chain(connection, resident_id)
            mandate = await _mandate(connection, keys, resident_id, representation_id, at)
            if mandate is None:
                return None
            who = await identity_reading.demographics(connection, keys, resident_id)
    except (NotFound, UnknownKey):  # the account was closed
        return None
    return Represented(resident_id, representation_id, who.name, mandate)


async def act_for(
    pool: Pool, keys: Keys, representative_id: ResidentId, representation_id: RepresentationId
) -> Represented:
    """Turn to somebody one may act for; stands in both logs.

    Raises:
        NotFound: nobody appointed this resident under that name, or it is over.
    """
    known = await represented_by(pool, keys, representative_id)
    found = next((one for one in known if one.representation_id == representation_id), None)
    if found is None:
        raise NotFound
    acting = ActingFor(keys, found.resident_id, representation_id, representative_id)
    with audit.acting_as(acting):
        async with transaction(pool, resident=found.resident_id) as connection:
            await audit.append(connection, keys, found.resident_id, _turned(found.resident_id))
    async with transaction(pool, resident=representative_id) as connection:
        event = _turned(representative_id, represented=found.resident_id.bytes)
        await audit.append(connection, keys, representative_id, event)
    return found


def visible(rows: Iterable[looking.Row], mandate: Mandate, labels: Labels) -> list[looking.Row]:
    """The entries that are there for a representative, in their order."""
    return [
        row
        for row in rows
        if mandate.shows(
            labels.category(row["category_token"]), labels.sensitivity(row["sensitivity_token"])
        )
    ]


async def seen_through(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> Callable[[Iterable[looking.Row]], list[looking.Row]]:
    """What of any rows is there for whoever acts in this request: for the resident, all.

    The transaction is the resident's; for a representative it holds the chain from here on, so that
    what was decided still holds when it is logged.

    Raises:
        RepresentationOver: somebody acts who may not any more.
    """
    acting = acting_now(resident_id)
    if acting is None:
        return list
    _, at = await audit.hold(connection, resident_id)
    mandate = await acting.mandate(connection, at)
    if mandate.kind not in _IN_THEIR_PLACE and await seal.is_sealed(connection, resident_id):
        return lambda _: []  # a guardian is who a child is to the platform; others wait
    labels = keys.of(resident_id).labels
    return lambda rows: visible(rows, mandate, labels)


async def visible_entries(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> frozenset[bytes] | None:
    """The ids of all entries that are there for whoever acts; ``None``: the resident, no limit."""
    if acting_now(resident_id) is None:
        return None
    through = await seen_through(connection, keys, resident_id)
    seen = await looking.look_within(connection, keys, resident_id, EVERYTHING)
    return frozenset(row["entry_id"].bytes for row in through(seen.rows))


async def still_acts(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    representation_id: RepresentationId,
    at: datetime,
) -> Mandate | None:
    """What a representative may do at a moment; nothing once it is over."""
    return await _mandate(connection, keys, resident_id, representation_id, at)


async def _mandate(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    representation_id: RepresentationId,
    at: datetime,
) -> Mandate | None:
    appointed = await representation.representation(
        connection, keys.of(resident_id), resident_id, representation_id
    )
    if appointed is None:
        return None
    return representation.mandate(appointed, await facts_of(connection, keys, resident_id), at)


def _may_grant(mandate: Mandate, detail: Mapping[str, object]) -> bool:
    """Whether a consent opens to others nothing the representative does not see either."""
    allowed, kinds = detail.get("allowed", ()), detail.get("sensitive", ())
    if not isinstance(allowed, list | tuple) or not isinstance(kinds, list | tuple):
        return False
    return set(allowed) <= mandate.categories and not set(kinds) & mandate.hidden


def _turned(resident_id: ResidentId, **detail: object) -> audit.Event:
    return audit.Event(
        action=Action.REPRESENTATION_ACT,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail=detail,
    )
