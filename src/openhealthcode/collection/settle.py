"""Find what a delivery changes: by our id, or by a condition among the sender's own entries.

What was filed before is read here, before the transaction that files, so that it can be checked and
minimised like whatever else is delivered. What this rests on goes along: the version a patch was
applied to, and up to which event a condition has seen the sender's entries. If that is no longer so
when it is filed, all is done again (``place``).

A sender finds and changes its own entries only; others' are as if they were not there.

Source: FHIR R4, 3.1.0.4.3 (conditional update), 3.1.0.6 (patch), 3.1.0.7.1 (conditional delete),
3.1.0.8.1 (conditional create).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.collection.admit import known_resident
from openhealthcode.collection.model import (
    BundleMalformed,
    Delivery,
    EntryRequest,
    Method,
    NotDeletable,
    Parameters,
    Parcel,
    Removal,
    Resource,
    Searched,
    SeveralMatches,
    SeveralResidents,
    Source,
    Standing,
    Target,
    VersionConflict,
    Weigh,
)
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.record import (
    KINDS,
    PatchFailed,
    UnknownResourceType,
    matches,
    patch,
    read_conditions,
    read_exactly,
    writing,
)
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_WHOSE: Final = frozenset({"patient", "subject"})
_PATIENT: Final = "Patient"
_OF_WHAT_IS_GONE: Final = frozenset({Method.PUT, Method.DELETE})

_Settled = Delivery | Removal | Standing | None


async def settle(
    pool: Pool, keys: Keys, parcel: Parcel, source: Source, weigh: Weigh | None = None
) -> Parcel:
    """The same delivery with everything found that it changes.

    Args:
        weigh: looks at what patches yield, which nobody else has seen.

    Raises:
        NotFound: an id or condition names nothing of the sender's own.
        SeveralMatches: a condition fits several entries. VersionConflict: see ``If-Match``.
        PatchFailed, PatchMalformed: a patch cannot be applied.
        SeveralResidents, BrokenReference: it concerns several residents, or none.
        NotDeletable: it deletes who the resident is.
    """
    if not parcel.changes:
        return parcel
    settled = await _settle(pool, keys, parcel, source)
    patched = {request.place for request in parcel.changes if request.method is Method.PATCH}
    if weigh is not None and patched:
        await weigh({d.place: d.resource for d in settled.deliveries if d.place in patched})
    return settled


async def _settle(pool: Pool, keys: Keys, parcel: Parcel, source: Source) -> Parcel:
    for request in parcel.changes:
        if request.type not in KINDS:
            raise UnknownResourceType
        if request.method is Method.DELETE and request.type == _PATIENT:
            raise NotDeletable
    resident_id = await _resident(pool, keys, parcel)
    if resident_id is None:
        settled: list[_Settled] = [_unmatched(request) for request in parcel.changes]
        return _together(parcel, settled, None)
    async with transaction(pool, resident=resident_id) as connection:
        state, _ = await audit.chain(connection, resident_id)
        own = _Own(connection, keys, resident_id, source.institution_id)
        settled = [
            await _settled(own, request)
            for request in sorted(parcel.changes, key=lambda each: list(Method).index(each.method))
        ]
    searched = Searched(resident_id, frozenset(own.of_type), state.next_number)
    return _together(parcel, settled, searched if own.of_type else None)


def _together(parcel: Parcel, settled: list[_Settled], searched: Searched | None) -> Parcel:
    filed = [each for each in settled if isinstance(each, Delivery)]
    deliveries = sorted([*parcel.deliveries, *filed], key=lambda each: each.place)
    patients = [d for d in deliveries if d.resource.get("resourceType") == _PATIENT]
    return replace(
        parcel,
        patient=patients[0] if patients else None,
        deliveries=tuple(deliveries),
        changes=(),
        removals=tuple(each for each in settled if isinstance(each, Removal)),
        standing=tuple(each for each in settled if isinstance(each, Standing)),
        searched=searched,
        is_settled=True,
    )


@dataclass(slots=True)
class _Own:
    """The sender's own entries in one record, each type read once."""

    connection: Connection
    keys: Keys
    resident_id: ResidentId
    institution_id: InstitutionId
    of_type: dict[str, list[tuple[writing.OwnEntry, Resource]]] = field(default_factory=dict)
    removed: set[EntryId] = field(default_factory=set)

    async def fitting(self, type_: str, condition: Parameters) -> list[EntryId]:
        """Those of a type that a condition fits and that are not deleted with the same delivery."""
        conditions = read_conditions(
            type_, [each for each in condition if type_ == _PATIENT or each[0] not in _WHOSE]
        )
        if type_ not in self.of_type:
            found = await writing.of_institution(
                self.connection,
                self.keys.of(self.resident_id),
                self.resident_id,
                self.institution_id,
                type_,
            )
            self.of_type[type_] = [(one, read_exactly(one.body)) for one in found]
        return [
            one.entry_id
            for one, resource in self.of_type[type_]
            if one.entry_id not in self.removed and matches(conditions, resource)
        ]

    async def newest(self, target: Target) -> tuple[writing.Newest, Resource]:
        """What a target says now, and what is known of it."""
        resident_keys = self.keys.of(self.resident_id)
        found = await writing.newest(
            self.connection, resident_keys, self.resident_id, [target.entry_id]
        )
        known = check_own(found.get(target.entry_id), target, self.institution_id)
        opened = await writing.reopen(
            self.connection, resident_keys, self.resident_id, target.entry_id
        )
        if opened is None:
            raise NotFound
        return known, read_exactly(opened.body)


def check_own(
    newest: writing.Newest | None, target: Target, institution_id: InstitutionId
) -> writing.Newest:
    """Go on if the target is the sender's own, there, and in the version it is meant in.

    Raises:
        NotFound: it is not there, or not for this sender to change; which, nobody is told.
        VersionConflict: it is there in another version than the sender says.
    """
    if (
        newest is None
        or newest.institution_id != institution_id
        or newest.type != target.type
        or not (newest.is_current or target.may_be_gone)
    ):
        raise NotFound
    if target.if_match not in (None, newest.version):
        raise VersionConflict
    return newest


async def _settled(own: _Own, request: EntryRequest) -> _Settled:
    found = await _found(own, request)
    if found is None:
        return _unmatched(request)
    target = Target(
        own.resident_id,
        found,
        request.type,
        own.keys.seal_id(own.resident_id, found),
        request.if_match,
        may_be_gone=request.method in _OF_WHAT_IS_GONE and bool(request.fhir_id),
    )
    full_url = request.full_url or uuid4().urn
    match request.method:
        case Method.DELETE:
            own.removed.add(found)
            return Removal(request.place, target)
        case Method.POST:
            return Standing(request.place, full_url, target)
        case Method.PUT:
            return _replaced(request, target, full_url)
        case Method.PATCH:
            return await _patched(own, request, target, full_url)


def _replaced(request: EntryRequest, target: Target, full_url: str) -> Delivery:
    resource = request.resource or {}
    if resource.get("id", target.fhir_id) != target.fhir_id:
        raise BundleMalformed(f"Bundle.entry[{request.place}].resource.id is not the one found")
    return Delivery(full_url, resource, request.place, target)


async def _patched(own: _Own, request: EntryRequest, target: Target, full_url: str) -> Delivery:
    known, resource = await own.newest(target)
    patched = patch(resource, request.operations)
    if any(patched.get(name) != resource[name] for name in ("resourceType", "id")):
        raise PatchFailed("a patch changes neither the type nor the id")
    return Delivery(full_url, patched, request.place, replace(target, seen=known.version))


async def _found(own: _Own, request: EntryRequest) -> EntryId | None:
    """The entry an id or a condition names; None if the condition fits nothing."""
    if request.condition is None:
        return named(own.keys, request.fhir_id)[1]
    found = await own.fitting(request.type, request.condition)
    if len(found) > 1:
        raise SeveralMatches
    return found[0] if found else None


def _unmatched(request: EntryRequest) -> _Settled:
    """What becomes of a condition that fits nothing."""
    if request.method is Method.DELETE:
        return None
    if request.method is Method.PATCH or request.resource is None:
        raise NotFound
    if request.method is Method.PUT and "id" in request.resource:
        raise NotFound  # ids are given here: none can be asked for
    return Delivery(request.full_url or uuid4().urn, request.resource, request.place)


def named(keys: Keys, fhir_id: str) -> tuple[ResidentId, EntryId]:
    """Whose entry an id names, and which.

    Raises:
        NotFound: it is none of ours.
    """
    try:
        resident_id, entry_id = keys.open_id(fhir_id)
    except UnreadableId:
        raise NotFound from None
    return ResidentId(resident_id), EntryId(entry_id)


async def _resident(pool: Pool, keys: Keys, parcel: Parcel) -> ResidentId | None:
    """Whom the delivery concerns; None if that is somebody not known yet.

    Raises:
        NotFound: an id is none of ours.
        SeveralResidents, BrokenReference: it concerns several residents, or none.
    """
    residents = {named(keys, each.fhir_id)[0] for each in parcel.changes if each.fhir_id}
    residents |= set(_said(keys, parcel.changes))
    if len(residents) > 1:
        raise SeveralResidents
    if residents:
        return residents.pop()
    bring = [
        Delivery(each.full_url or uuid4().urn, each.resource, each.place)
        for each in parcel.changes
        if each.resource is not None
    ]
    together = _together(parcel, [*bring], None)
    return await known_resident(pool, keys, together)


def _said(keys: Keys, changes: Iterable[EntryRequest]) -> Iterable[ResidentId]:
    """The residents conditions name by our id; another name is one of the Bundle's own."""
    for request in changes:
        for name, value in request.condition or ():
            if request.type != _PATIENT and name in _WHOSE and not value.startswith("urn:"):
                yield named(keys, value.removeprefix("Patient/"))[0]
