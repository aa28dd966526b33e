"""Whom a resident wants told when an override opened their record (紧急联系人).

A telephone number and the relation, no name: enough to tell somebody, and all that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from openhealthcode.database import Connection
from openhealthcode.identity import sealing, store
from openhealthcode.identity.model import PlaceholderPhone
from openhealthcode.standards import Conflict, Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

MOST_CONTACTS: Final = 3


class TooManyContacts(Conflict):
    """Three emergency contacts are named already, or this number is one of them."""

    code = "too-many-contacts"


class Relation(StrEnum):
    """What the contact is to the resident. Source: our own short form of GB/T 4761."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER_RELATIVE = "other-relative"
    FRIEND = "friend"


@dataclass(frozen=True, slots=True)
class EmergencyContact:
    """One person to be told."""

    contact_id: UUID
    phone: Phone
    relation: Relation


async def name_contact(
    connection: Connection, keys: Keys, resident_id: ResidentId, phone: Phone, relation: Relation
) -> EmergencyContact:
    """Add a contact; the caller holds the resident's chain, so that the limit holds.

    Raises:
        PlaceholderPhone: the number is one that is typed for "none".
        TooManyContacts: three are named already, or this one is.
    """
    if phone.is_placeholder:
        raise PlaceholderPhone
    known = await contacts(connection, keys, resident_id)
    if len(known) >= MOST_CONTACTS or any(one.phone == phone for one in known):
        raise TooManyContacts
    contact = EmergencyContact(uuid4(), phone, relation)
    sealed = sealing.seal_contact(keys, resident_id, contact.contact_id, (phone.number, relation))
    await store.add_contact(connection, resident_id, contact.contact_id, sealed, datetime.now(UTC))
    return contact


async def remove_contact(connection: Connection, resident_id: ResidentId, contact_id: UUID) -> bool:
    """Forget a contact and its number; false when there was none."""
    return await store.remove_contact(connection, resident_id, contact_id)


async def contacts(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[EmergencyContact, ...]:
    """The contacts named now, the first named first."""
    found = []
    for contact_id, sealed in await store.contacts(connection, resident_id):
        number, relation = sealing.open_contact(keys, resident_id, contact_id, sealed)
        found.append(EmergencyContact(contact_id, Phone(number), Relation(relation)))
    return tuple(found)
