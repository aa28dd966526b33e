"""Open what is known of a resident's identity. Guarded: only ``access`` may import this."""

from __future__ import annotations

from openhealthcode.database import Connection
from openhealthcode.identity import sealing, store
from openhealthcode.identity.emergency_contact import EmergencyContact, contacts
from openhealthcode.identity.model import Demographics
from openhealthcode.standards import NotFound, Phone, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_MOST_RECORDS = 32


async def demographics(connection: Connection, keys: Keys, resident_id: ResidentId) -> Demographics:
    """Name, sex, birth date and contact of a resident.

    What a clerk saw goes before what a system asserted, and later before earlier; what the first
    leaves out is taken from the next.

    Args:
        connection: in the resident's transaction.
        keys: the installation's.
        resident_id: whose.

    Raises:
        NotFound: no such resident, or not this transaction's.
    """
    sealed = await store.records(connection, resident_id, _MOST_RECORDS)
    received = [sealing.open_registration(keys, resident_id, text) for text in sealed]
    if not received:
        raise NotFound
    certificates = {
        certificate.normalised: certificate
        for registration in received
        for certificate in registration.certificates
    }
    return Demographics(
        name=received[0].name,
        sex=next((r.sex for r in received if r.sex is not Sex.UNKNOWN), Sex.UNKNOWN),
        birth_date=next((r.birth_date for r in received if r.birth_date), None),
        phone=next((r.phone for r in received if r.phone), None),
        address=next((r.address for r in received if r.address), ""),
        language=received[0].language,
        certificates=tuple(certificates.values()),
    )


async def bound_phones(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[Phone, ...]:
    """The phones that notices may be sent to, the latest bound first."""
    return tuple(
        sealing.open_phone(keys, resident_id, sealed)
        for _, sealed in await store.bound_phones(connection, resident_id)
    )


async def emergency_contacts(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[EmergencyContact, ...]:
    """Whom the resident wants told of an override, the first named first."""
    return await contacts(connection, keys, resident_id)
