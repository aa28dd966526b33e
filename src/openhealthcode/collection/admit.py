"""Find or make the resident a delivery concerns, inside the transaction that files it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from openhealthcode import audit, identity
from openhealthcode.collection.model import (
    BrokenReference,
    NeedsReview,
    Parcel,
    SeveralResidents,
    Source,
)
from openhealthcode.collection.patient import registration_of
from openhealthcode.collection.references import all_references
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import AccountClosed, Closed, Known, Registration, Review, Verification
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, UnreadableId

_PATIENT = "Patient/"


@dataclass(frozen=True, slots=True)
class Admitted:
    """An open transaction turned to the resident a delivery concerns."""

    connection: Connection
    resident_id: ResidentId
    is_new: bool


@asynccontextmanager
async def admit(pool: Pool, keys: Keys, parcel: Parcel, source: Source) -> AsyncIterator[Admitted]:
    """Open the transaction in which a delivery is filed.

    A Patient in the Bundle is registered, or found by a certificate; without one, the entries must
    refer to a resident by the id this server gave.

    Raises:
        NeedsReview: the certificates contradict what is known; that is set aside, nothing filed.
        AccountClosed: who they name had the account closed, and is not here to open another.
        SeveralResidents: the entries refer to more than one resident.
        BrokenReference: they refer to none.
    """
    if parcel.patient is None:
        resident_id = resident_referred_to(keys, parcel)
        async with transaction(pool, resident=resident_id) as connection:
            yield Admitted(connection, resident_id, is_new=False)
        return
    registration = registration_of(parcel.patient.resource, own_number=parcel.patient.full_url)
    resident = ResidentId(uuid4())
    contradiction: Review | None = None
    async with transaction(
        pool, lookup=identity.lookup_keys(keys, registration.certificates)
    ) as connection:
        admitted = await _admit(connection, keys, resident, registration, source)
        if isinstance(admitted, Admitted):
            yield admitted
        else:
            contradiction = admitted
    if contradiction is not None:
        raise NeedsReview


async def _admit(
    connection: Connection,
    keys: Keys,
    new_resident_id: ResidentId,
    registration: Registration,
    source: Source,
) -> Admitted | Review:
    verification = Verification.SEEN if source.has_seen_document else Verification.ASSERTED
    origin = identity.Source(source.institution_id, verification)
    resolution = await identity.resolve(connection, keys, registration)
    if isinstance(resolution, Review):
        await identity.set_aside(connection, keys, resolution, registration, origin)
        return resolution
    if isinstance(resolution, Known):
        await identity.add_certificates(
            connection, keys, resolution.resident_id, registration, origin
        )
        return Admitted(connection, resolution.resident_id, is_new=False)
    if isinstance(resolution, Closed):
        if not source.reopens:
            raise AccountClosed
        await identity.reopen(connection, keys, registration)
    await identity.enrol(connection, keys, new_resident_id, registration, origin)
    await audit.open_chain(connection, new_resident_id)
    return Admitted(connection, new_resident_id, is_new=True)


def resident_referred_to(keys: Keys, parcel: Parcel) -> ResidentId:
    """The one resident the entries refer to by the id this server gave.

    Raises:
        SeveralResidents, BrokenReference: they refer to several, or to none.
    """
    residents = set()
    for delivery in parcel.deliveries:
        for reference in all_references(delivery.resource):
            if reference.startswith(_PATIENT):
                try:
                    residents.add(keys.open_id(reference.removeprefix(_PATIENT))[0])
                except UnreadableId:
                    raise BrokenReference from None
    if len(residents) > 1:
        raise SeveralResidents
    if not residents:
        raise BrokenReference("the entries name no resident")
    return residents.pop()
