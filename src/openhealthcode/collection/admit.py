"""Find or make the resident a delivery concerns, inside the transaction that files it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from openhealthcode import audit, identity
from openhealthcode.collection.model import (
    BrokenReference,
    NeedsReview,
    Parcel,
    PatientDiffers,
    SeveralResidents,
    Source,
)
from openhealthcode.collection.patient import mother_of, registration_of
from openhealthcode.collection.references import all_references
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import (
    AccountClosed,
    Closed,
    Known,
    New,
    Registration,
    Resolution,
    Review,
    ReviewReason,
    linking,
    matching,
    quality,
)
from openhealthcode.identity.linking import RelationKind
from openhealthcode.identity.quality import QualityRule, RegistrationDoubtful
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, UnreadableId

_PATIENT = "Patient/"


@dataclass(frozen=True, slots=True)
class Admitted:
    """An open transaction turned to the resident a delivery concerns."""

    connection: Connection
    resident_id: ResidentId
    is_new: bool
    is_more: bool = True
    """Whether anything of the registration was new."""
    warnings: tuple[str, ...] = ()
    """The quality rules that found something doubtful in what is registered all the same."""


@asynccontextmanager
async def admit(pool: Pool, keys: Keys, parcel: Parcel, source: Source) -> AsyncIterator[Admitted]:
    """Open the transaction in which a delivery is filed.

    A Patient in the Bundle is registered, or found by a certificate; without one, the entries must
    refer to a resident by the id this server gave.

    Raises:
        NeedsReview: the certificates contradict what is known; that is set aside, nothing filed.
        RegistrationDoubtful: a quality rule does not let it be registered; set aside, nothing filed.
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
    mother = mother_of(each.resource for each in parcel.of_type("RelatedPerson"))
    registration = replace(registration, mother=mother)
    async with admit_person(pool, keys, registration, source) as admitted:
        _check_person(parcel, admitted)
        yield admitted


def _check_person(parcel: Parcel, admitted: Admitted) -> None:
    """Go on if whoever the certificates name is who the ids in the delivery are of.

    Raises:
        PatientDiffers: the Patient is sent to another resident's address, or names nobody known.
        SeveralResidents: other entries of the delivery are another resident's.
    """
    patient = parcel.patient.target if parcel.patient else None
    if patient is not None and patient.resident_id != admitted.resident_id:
        raise PatientDiffers
    if any(target.resident_id != admitted.resident_id for target in parcel.targets):
        raise SeveralResidents


@asynccontextmanager
async def admit_person(
    pool: Pool, keys: Keys, registration: Registration, source: Source
) -> AsyncIterator[Admitted]:
    """Open the transaction in which somebody is registered, or found by a certificate.

    Raises:
        NeedsReview, RegistrationDoubtful, AccountClosed: as ``admit``.
    """
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
    if contradiction is not None and contradiction.reason is ReviewReason.DOUBTFUL:
        raise RegistrationDoubtful
    if contradiction is not None:
        raise NeedsReview


async def _admit(
    connection: Connection,
    keys: Keys,
    new_resident_id: ResidentId,
    registration: Registration,
    source: Source,
) -> Admitted | Review:
    origin = source.identity
    resolution = await identity.resolve(connection, keys, registration)
    if isinstance(resolution, Closed) and not source.reopens:
        raise AccountClosed
    now = datetime.now(UTC)
    found = await _examined(connection, keys, registration, resolution, now)
    if isinstance(resolution, New | Closed) and quality.is_set_aside(found):
        resolution = Review(ReviewReason.DOUBTFUL, (quality.holder_of(keys, registration),))
    if isinstance(resolution, Review):
        is_more = await identity.set_aside(connection, keys, resolution, registration, origin)
    elif isinstance(resolution, Known):
        is_more = await identity.add_certificates(
            connection, keys, resolution.resident_id, registration, origin
        )
    else:
        new = await _new(connection, keys, registration, resolution)
        await identity.enrol(connection, keys, new_resident_id, registration, origin, new.like)
        await audit.open_chain(connection, new_resident_id)
        if new.mother is not None:
            await linking.relate(
                connection, keys, new_resident_id, new.mother, RelationKind.MOTHER, source.agent
            )
            await enter(connection, resident=new_resident_id)
        is_more = True
    if is_more:  # what an institution sends twice is counted once
        await quality.note(connection, source.institution_id, found, now)
    if isinstance(resolution, Review):
        return resolution
    is_known = isinstance(resolution, Known)
    resident_id = resolution.resident_id if isinstance(resolution, Known) else new_resident_id
    return Admitted(
        connection,
        resident_id,
        is_new=not is_known,
        is_more=is_more,
        warnings=quality.told(found),
    )


async def _examined(
    connection: Connection,
    keys: Keys,
    registration: Registration,
    resolution: Resolution,
    now: datetime,
) -> tuple[QualityRule, ...]:
    """What the quality rules find; of somebody new also whether many use the same telephone."""
    holders = 0
    if registration.phone is not None and isinstance(resolution, New | Closed):
        (holders,) = await matching.phone_holders(connection, keys, [registration.phone])
    return quality.examine(registration, now, phone_holders=holders)


async def _new(
    connection: Connection, keys: Keys, registration: Registration, resolution: New | Closed
) -> New:
    """What is known of somebody new; who comes back after closing an account is nobody known."""
    if isinstance(resolution, New):
        return resolution
    await identity.reopen(connection, keys, registration)
    return New()


async def known_resident(pool: Pool, keys: Keys, parcel: Parcel) -> ResidentId | None:
    """Whom the delivery concerns, if registered: whose choices hold.

    Raises:
        SeveralResidents, BrokenReference: as ``resident_referred_to``.
    """
    if parcel.patient is None:
        return resident_referred_to(keys, parcel)
    registration = registration_of(parcel.patient.resource, own_number=parcel.patient.full_url)
    for certificate in registration.certificates:
        known = await identity.find(pool, keys, certificate)
        if known is not None:
            return known
    return None


def resident_referred_to(keys: Keys, parcel: Parcel) -> ResidentId:
    """The one resident the entries refer to by the id this server gave, or are of already.

    Raises:
        SeveralResidents, BrokenReference: they refer to several, or to none.
    """
    residents = {target.resident_id for target in parcel.targets}
    if parcel.searched is not None:
        residents.add(parcel.searched.resident_id)
    for delivery in parcel.deliveries:
        for reference in all_references(delivery.resource):
            if reference.startswith(_PATIENT):
                try:
                    residents.add(ResidentId(keys.open_id(reference.removeprefix(_PATIENT))[0]))
                except UnreadableId:
                    raise BrokenReference from None
    if len(residents) > 1:
        raise SeveralResidents
    if not residents:
        raise BrokenReference("the entries name no resident")
    return residents.pop()
