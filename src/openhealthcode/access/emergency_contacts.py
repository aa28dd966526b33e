"""Residents name, see and remove whom to tell when an override opened their record."""

from __future__ import annotations

from uuid import UUID

from openhealthcode import audit, identity
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import EmergencyContact, Relation
from openhealthcode.identity import reading as identity_reading
from openhealthcode.standards import NotFound, Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


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
