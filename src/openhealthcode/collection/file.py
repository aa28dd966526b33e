"""The one door in: register, minimise, file and log a delivery in one transaction.

Everything of a Bundle is filed or nothing is. What was filed before and has not changed is left
as it is, so that delivering twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from openhealthcode import audit, terminology
from openhealthcode.collection import closing, holding, store
from openhealthcode.collection.admit import Admitted, admit
from openhealthcode.collection.choose import check_choices
from openhealthcode.collection.existing import resolve_all
from openhealthcode.collection.intake import check_intake
from openhealthcode.collection.minimise import Minimised, minimise, rule_of
from openhealthcode.collection.model import (
    Delivery,
    Done,
    FiledBundle,
    Parcel,
    Resource,
    Source,
    Weigh,
)
from openhealthcode.collection.new_entry import file_new
from openhealthcode.collection.place import filed, gone, place, recorded
from openhealthcode.collection.prepare import (
    Registered,
    arriving,
    event_of,
    origin_of,
    own_patient,
    reference_of,
    sealed_for,
    written_as,
)
from openhealthcode.collection.references import Named, References, resolve
from openhealthcode.collection.registry_entries import references_to_registry
from openhealthcode.collection.removal import seal_removal
from openhealthcode.collection.rules import CollectionRule
from openhealthcode.collection.settle import settle
from openhealthcode.collection.unpack import unpack
from openhealthcode.collection.waiting import DeliverySetAside, set_aside, wrong_numbers
from openhealthcode.database import Pool
from openhealthcode.record import writing as record
from openhealthcode.record.check import check
from openhealthcode.standards import NotANationalId
from openhealthcode.trust import Keys

_NO_CHOICES: Final[Mapping[str, bool]] = MappingProxyType({})
_NOTHING: Final[frozenset[str]] = frozenset()


async def file_bundle(
    pool: Pool,
    keys: Keys,
    *,
    bundle: Resource,
    source: Source,
    choices: Mapping[str, bool] = _NO_CHOICES,
    weigh: Weigh | None = None,
) -> FiledBundle:
    """File a FHIR R4 transaction Bundle that concerns one resident.

    Args:
        weigh: looks at what its patches yield before anything is filed.
        choices: what the resident answered about single elements of the scene, at this occasion.

    Raises:
        BundleMalformed, SeveralResidents, BrokenReference: the Bundle cannot be taken.
        ForeignReference: an entry refers into another resident's record.
        NotFound, VersionConflict, SeveralMatches, PatchFailed, PatientDiffers, NotDeletable: what it
            changes is not there, not like that, or not the sender's to change.
        Conflict: others changed the same meanwhile; to be tried again.
        IntakeClosed: nothing is taken in for the moment.
        NeedsReview: its certificates contradict what is known; set aside for a registrar.
        RegistrationDoubtful: a quality rule does not let it be registered; set aside too.
        UnknownScene: the delivery names a scene without a rule.
        DeliverySetAside: the Patient's ID number cannot be one; it is kept for a registrar, whole.
        NotCollected: the rule of its scene, or the resident, does not allow an element.
        HealthCodeError: an entry or a certificate is not what it has to be.
    """
    check_intake()
    parcel = unpack(bundle)
    try:
        parcel = await settle(pool, keys, parcel, source, weigh)
        return await file_parcel(pool, keys, parcel, rule_of(bundle), source, choices)
    except NotANationalId:
        # An operator's own load has its file; what a sender has typed may exist nowhere else.
        if source.is_register or not wrong_numbers(bundle):
            raise
        if not await set_aside(pool, keys, bundle, source):
            raise
    raise DeliverySetAside


async def file_parcel(
    pool: Pool,
    keys: Keys,
    parcel: Parcel,
    rule: CollectionRule | None,
    source: Source,
    choices: Mapping[str, bool] = _NO_CHOICES,
) -> FiledBundle:
    """File what a Bundle or a single request brings, under the rule of its scene if it names one.

    Raises:
        As ``file_bundle``.
    """
    check_intake()
    parcel = await settle(pool, keys, parcel, source)
    _check(parcel)
    if choices and rule is not None:
        check_choices(rule, choices)
    taken = await minimise(pool, keys, rule, parcel, source) if rule else Minimised(parcel)
    known = await references_to_registry(pool, taken.parcel, source.institution_id)
    names = await closing.names_of(pool, known.values(), source.institution_id)
    registered = Registered(known, names)
    if rule is None:
        alone = await file_new(pool, keys, taken.parcel, taken.rule, source, registered)
        if alone is not None:
            return alone
    async with admit(pool, keys, taken.parcel, source) as admitted:
        filed = await _file(admitted, keys, taken, source, registered, choices)
        if rule is not None:
            await _note(admitted, keys, rule, taken, source, filed, choices)
        return filed


def _check(parcel: Parcel) -> None:
    """Refuse what is not what it says it is; a reference to an entry leads to that entry's type."""
    if len(parcel.deliveries) == 1:
        check(parcel.deliveries[0].resource, _location(parcel.deliveries[0]))
        return
    types = Named({d.full_url: f"{d.resource['resourceType']}/x" for d in parcel.deliveries})
    for delivery in parcel.deliveries:
        check(resolve(delivery.resource, types), _location(delivery))


def _location(delivery: Delivery) -> str:
    return f"Bundle.entry[{delivery.place}].resource"


async def _note(
    admitted: Admitted,
    keys: Keys,
    rule: CollectionRule,
    taken: Minimised,
    source: Source,
    filed: FiledBundle,
    choices: Mapping[str, bool],
) -> None:
    """Count what the delivery held, note what is held from now on, keep what was answered."""
    connection, resident_id, now = admitted.connection, admitted.resident_id, datetime.now(UTC)
    if choices:
        await store.choose(connection, resident_id, rule.scene, choices, now)
    arrivals = [
        holding.Arrival(entry.entry_id, taken.held.get(delivery.full_url, _NOTHING))
        for entry, delivery in zip(filed.entries, recorded(taken.parcel), strict=True)
        if entry.done is not Done.UNCHANGED
    ]
    kept = await holding.hold(
        connection, keys.of(resident_id), resident_id, rule, arrivals, source.institution_id, now
    )
    await store.note_delivery(
        connection, source.institution_id, taken.rule, taken.found or {}, now,
        is_refused=False, kept=kept,
    )  # fmt: skip


async def _file(
    admitted: Admitted,
    keys: Keys,
    taken: Minimised,
    source: Source,
    registered: Registered,
    choices: Mapping[str, bool],
) -> FiledBundle:
    connection, resident_id, parcel = admitted.connection, admitted.resident_id, taken.parcel
    resident_keys = keys.of(resident_id)
    # Held from here on: of two deliveries of the same entry, the second sees what the first filed.
    state, at = await audit.hold(connection, resident_id)
    places = await place(connection, resident_keys, resident_id, parcel, source)
    references = References(
        registered.references,
        {p.delivery.full_url: reference_of(keys, resident_id, p) for p in places.placed},
        {s.full_url: f"{s.target.type}/{s.target.fhir_id}" for s in parcel.standing},
        own_patient(keys, resident_id, parcel),
    )
    changed = [p for p in places.placed if not p.is_unchanged]
    going = [r for r in places.removed if not r.is_gone]
    if changed or going:
        by = await terminology.in_force(connection, keys)  # held: none is approved unseen
        resolved = await resolve_all(connection, keys, resident_id, changed, references)
        written = written_as(keys, resident_id, changed, resolved, references, source, by)
        telling = closing.telling_names(registered.names, by)
        links = await closing.close(
            connection, resident_keys, resident_id, arriving(written, telling)
        )
        sealed = sealed_for(resident_keys, resident_id, written, links, at)
        sealed += [seal_removal(resident_keys, resident_id, each, at) for each in going]
        event = event_of(source, taken.rule, sealed, choices, is_new_resident=admitted.is_new)
        link = audit.next_link(keys, resident_keys, resident_id, state, event, at)
        if not all(await audit.write(connection, [audit.Writing(link, state.consent_version)])):
            raise audit.ChainMoved  # somebody moved a row that this transaction holds
        await record.file(
            connection,
            resident_keys,
            resident_id,
            sealed,
            filed_number=state.next_number,
            filed_at=at,
            origin=origin_of(parcel, source, references),
        )
    return FiledBundle(
        resident_id,
        admitted.is_new,
        tuple(filed(keys, resident_id, p) for p in places.placed),
        state.next_number if changed or going else None,
        taken.set_aside,
        taken.missing,
        admitted.warnings,
        (*map(gone, places.removed), *places.left),
    )
