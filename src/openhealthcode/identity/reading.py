"""Open what is known of a resident's identity. Guarded: only ``access`` may import this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from openhealthcode.database import Connection, look_up
from openhealthcode.identity import sealing, store
from openhealthcode.identity.claims import identifier_key
from openhealthcode.identity.emergency_contact import EmergencyContact, contacts
from openhealthcode.identity.model import (
    Demographics,
    Identifier,
    Registration,
    Source,
    Verification,
)
from openhealthcode.identity.review import ReviewItem
from openhealthcode.standards import Certificate, NotFound, Phone, Sex
from openhealthcode.standards.ids import InstitutionId, ResidentId
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


def registrations(
    keys: Keys, resident_id: ResidentId, sealed: Iterable[bytes]
) -> tuple[Registration, ...]:
    """What was received about a resident, from its rows as they lie in the table."""
    return tuple(sealing.open_registration(keys, resident_id, text) for text in sealed)


async def certificates_from(
    connection: Connection, keys: Keys, resident_id: ResidentId, institution_id: InstitutionId
) -> tuple[Certificate, ...]:
    """The certificates of a resident that this institution itself delivered; none when it did not."""
    sealed = await store.records_from(connection, resident_id, institution_id, _MOST_RECORDS)
    received = [sealing.open_registration(keys, resident_id, text) for text in sealed]
    return tuple(dict.fromkeys(one for each in received for one in each.certificates))


@dataclass(frozen=True, slots=True)
class Received:
    """One registration as it was received: from whom, when, and what stands behind it."""

    registration: Registration = field(repr=False)
    source: Source
    at: datetime


async def received(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[Received, ...]:
    """Everything that was received about who a resident is, the latest first.

    Raises:
        DestroyedKey: the account is closed.
    """
    found = await store.received(connection, resident_id, _MOST_RECORDS)
    return tuple(
        Received(sealing.open_registration(keys, resident_id, sealed), source, at)
        for source, at, sealed in found
    )


def set_aside(keys: Keys, waiting: ReviewItem) -> Received:
    """The registration that a case set aside.

    Raises:
        DestroyedKey: the account of its first resident is closed.
    """
    sealed = sealing.open_registration(keys, waiting.residents[0], waiting.sealed)
    return Received(sealed, Source(waiting.institution_id), waiting.opened_at)


async def identifiers(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[Identifier, ...]:
    """The certificates that find a resident, with what became of each, the earliest first.

    The transaction is the resident's and may see these certificates' look-up rows afterwards.
    """
    sealed = await store.records(connection, resident_id, _MOST_RECORDS)
    received = [sealing.open_registration(keys, resident_id, text) for text in sealed]
    by_key = {
        identifier_key(keys, certificate): certificate
        for registration in reversed(received)
        for certificate in registration.certificates
    }
    await look_up(connection, list(by_key))
    rows = await store.identifiers(connection, resident_id, list(by_key))
    return tuple(
        Identifier(
            certificate=by_key[row["identifier_key"]],
            verification=Verification(row["verification"]),
            added_at=row["added_at"],
            superseded_at=row["superseded_at"],
            superseded_by=by_key.get(row["superseded_by"]),
        )
        for row in sorted(rows, key=itemgetter("added_at", "identifier_key"))
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
