"""Residents name, see and remove whom to tell in an emergency; whoever broke the glass may call them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from openhealthcode import audit, consent, identity
from openhealthcode.access import looking
from openhealthcode.access.asking import asking
from openhealthcode.access.model import InCategories
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import EmergencyContact, Relation
from openhealthcode.identity import reading as identity_reading
from openhealthcode.standards import NotFound, Phone, PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

_NOBODYS: Final = InCategories(frozenset[RecordCategory]())
"""No entry at all: the look is for what the resident has said."""


async def own_contacts(
    pool: Pool, keys: Keys, resident_id: ResidentId
) -> tuple[EmergencyContact, ...]:
    """Whom this resident named, for their own page."""
    async with transaction(pool, resident=resident_id) as connection:
        return await identity_reading.emergency_contacts(connection, keys, resident_id)


async def name_contact(
    pool: Pool, keys: Keys, resident_id: ResidentId, phone: Phone, relation: Relation
) -> None:
    """Name somebody to be told from now on; logged with the relation, without the number.

    Raises:
        PlaceholderPhone: the number is one that is typed for "none".
        TooManyContacts: three are named already, or this one is.
    """
    async with transaction(pool, resident=resident_id) as connection:
        await _log(connection, keys, resident_id, audit.Action.CONTACT_NAME, relation)
        await identity.name_contact(connection, keys, resident_id, phone, relation)


async def remove_contact(pool: Pool, keys: Keys, resident_id: ResidentId, contact_id: UUID) -> None:
    """Forget somebody and their number; they are told nothing any more.

    Raises:
        NotFound: no such contact of this resident.
    """
    async with transaction(pool, resident=resident_id) as connection:
        known = await identity_reading.emergency_contacts(connection, keys, resident_id)
        relation = next((one.relation for one in known if one.contact_id == contact_id), None)
        if relation is None:
            raise NotFound
        await _log(connection, keys, resident_id, audit.Action.CONTACT_REMOVE, relation)
        await identity.remove_contact(connection, resident_id, contact_id)


async def contacts_to_call(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
) -> tuple[EmergencyContact, ...]:
    """Whom to call, for somebody under whose override the record stands open; logged, also if not.

    Whatever the resident chose in advance: who they are and whom to call is always told.

    Raises:
        NotFound: no such resident, or no override of this practitioner in force.
    """
    who = await asking(pool, institution_id, practitioner_id)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        seen = await looking.look_within(connection, keys, resident_id, _NOBODYS)
        request = who.request(PurposeOfUse.EMERGENCY, seen.at, Scene.EMERGENCY)
        decision = consent.decide(request, seen.provisions)
        event = audit.Event(
            action=audit.Action.CONTACT_SHOW,
            agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
            outcome=audit.Outcome.DONE if decision.permits else audit.Outcome.REFUSED,
            purpose=PurposeOfUse.EMERGENCY,
            scene=Scene.EMERGENCY,
            detail={"consents": [one.bytes for one in decision.consent_ids]},
        )
        await audit.append(connection, keys, resident_id, event)
        found = await identity_reading.emergency_contacts(connection, keys, resident_id)
    if not decision.permits:
        raise NotFound
    return found


async def _log(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    action: audit.Action,
    relation: Relation,
) -> None:
    event = audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        detail={"relation": relation},
    )
    await audit.append(connection, keys, resident_id, event)
