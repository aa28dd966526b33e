"""Give each delivery the entry it becomes a version of: a new one, the one its name had, or its target.

Done while the resident's chain is held: what is found here stays until all is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from openhealthcode.collection.model import (
    BundleMalformed,
    Delivery,
    Done,
    Filed,
    Parcel,
    Resource,
    Source,
    Target,
)
from openhealthcode.collection.settle import check_own
from openhealthcode.collection.undone import Placed, not_undone
from openhealthcode.database import Connection
from openhealthcode.record import write_exactly
from openhealthcode.record import writing as record
from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys, ResidentKeys

REGISTERED_ELSEWHERE: Final = frozenset({"Organization", "Practitioner"})
_OURS: Final = frozenset({"versionId", "lastUpdated"})


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry that is deleted, as it was before; ``is_gone`` if it was deleted already."""

    place: int
    target: Target
    newest: record.Newest

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted before, so that there is nothing to do."""
        return not self.newest.is_current

    @property
    def version(self) -> int:
        """The version that says so."""
        return self.newest.version + (not self.is_gone)


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything of a delivery goes."""

    placed: list[Placed]
    removed: list[Removed]
    left: list[Filed]
    """What a condition found there already."""


def recorded(parcel: Parcel) -> list[Delivery]:
    """What belongs into the record: not what is registered elsewhere."""
    return [d for d in parcel.deliveries if d.resource["resourceType"] not in REGISTERED_ELSEWHERE]


async def _filed_before(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    sent: Sequence[Delivery],
    tokens: Mapping[str, bytes],
) -> dict[bytes, record.FiledBefore]:
    """What was filed before under the senders' names; nothing is asked where there are none."""
    wanted = [
        tokens[d.full_url] for d in sent if d.is_named or d.resource["resourceType"] == "Patient"
    ]
    return await record.filed_before(connection, keys, resident_id, wanted) if wanted else {}


async def place(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    parcel: Parcel,
    source: Source,
) -> Places:
    """Find the entries of a delivery; the resident's chain is held.

    Raises:
        BundleMalformed: nothing belongs into a record, or two entries concern the same one.
        NotFound, VersionConflict: as ``settle.check_own``. DeliveryOutdated: as ``not_undone``.
        Conflict: what the delivery was settled by is no longer so; it is to be done again.
    """
    await _check_searched(connection, parcel, source)
    deliveries = recorded(parcel)
    if not deliveries and not parcel.removals and not parcel.standing and not parcel.is_settled:
        raise BundleMalformed("nothing in the Bundle belongs into a record")
    known = await _targets(connection, keys, resident_id, parcel, source)
    sent = [d for d in deliveries if d.target is None]
    tokens = {d.full_url: _source_token(keys, source, d) for d in sent}
    before = await _filed_before(connection, keys, resident_id, sent, tokens)
    placed = [
        _replacing(keys, delivery, known[delivery.target.entry_id])
        if delivery.target is not None
        else _named(keys, resident_id, delivery, tokens[delivery.full_url], before)
        for delivery in deliveries
    ]
    placed = await _apart(connection, keys, resident_id, placed)
    placed = await not_undone(connection, keys, resident_id, placed)
    removed = [
        Removed(one.place, one.target, known[one.target.entry_id]) for one in parcel.removals
    ]
    _check_once(placed, removed)
    left = [
        Filed(
            Done.UNCHANGED,
            one.target.type,
            one.target.fhir_id,
            known[one.target.entry_id].version,
            one.target.entry_id,
            one.place,
        )
        for one in parcel.standing
    ]
    return Places(placed, removed, left)


async def _check_searched(connection: Connection, parcel: Parcel, source: Source) -> None:
    """Go on if the conditions have seen all that is there now."""
    searched = parcel.searched
    if searched is not None and await record.filed_since(
        connection,
        searched.resident_id,
        source.institution_id,
        searched.types,
        searched.before_number,
    ):
        raise Conflict


async def _targets(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    parcel: Parcel,
    source: Source,
) -> dict[EntryId, record.Newest]:
    targets = parcel.targets
    if not targets:
        return {}
    found = await record.newest(connection, keys, resident_id, [one.entry_id for one in targets])
    for target in targets:
        known = check_own(found.get(target.entry_id), target, source.institution_id)
        if target.seen not in (None, known.version):
            raise Conflict
    return found


def _replacing(keys: ResidentKeys, delivery: Delivery, known: record.Newest) -> Placed:
    return Placed(
        delivery,
        known.entry_id,
        known.as_before,
        known.source_token,
        _content_token(keys, _without_ours(delivery.resource)),
        is_revived=not known.is_current,
    )


def _named(
    keys: ResidentKeys,
    resident_id: ResidentId,
    delivery: Delivery,
    token: bytes,
    before: dict[bytes, record.FiledBefore],
) -> Placed:
    """The entry the sender's name had before, or a new one."""
    earlier = before.get(token)
    entry_id = earlier.entry_id if earlier else _new_entry(resident_id, delivery)
    return Placed(delivery, entry_id, earlier, token, _content_token(keys, delivery.resource))


def placed_new(keys: ResidentKeys, delivery: Delivery, source: Source) -> Placed:
    """A new entry for what its sender has no name for; nothing has to be looked up."""
    return Placed(
        delivery,
        EntryId(uuid4()),
        None,
        _source_token(keys, source, delivery),
        _content_token(keys, delivery.resource),
    )


async def _apart(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, placed: list[Placed]
) -> list[Placed]:
    """The same, where what is there again lost its sender's name to what was sent since."""
    revived = [one.source_token for one in placed if one.is_revived]
    if not revived:
        return placed
    taken = await record.filed_before(connection, keys, resident_id, revived)
    taken_here = {one.source_token for one in placed if not one.is_revived}
    return [
        Placed(
            one.delivery,
            one.entry_id,
            one.before,
            keys.token(f"source|{uuid4()}"),
            one.content_token,
            is_revived=True,
        )
        if one.is_revived and (one.source_token in taken or one.source_token in taken_here)
        else one
        for one in placed
    ]


def _check_once(placed: Sequence[Placed], removed: Sequence[Removed]) -> None:
    """Go on if no entry is concerned twice.

    Raises:
        BundleMalformed: FHIR lets such a transaction fail.
    """
    concerned = [*(one.entry_id for one in placed), *(one.target.entry_id for one in removed)]
    if len(set(concerned)) < len(concerned):
        raise BundleMalformed("two entries of the Bundle concern the same resource")


def _new_entry(resident_id: ResidentId, delivery: Delivery) -> EntryId:
    """The Patient resource is the resident's own entry; everything else is random."""
    if delivery.resource["resourceType"] == "Patient":
        return EntryId(resident_id)
    return EntryId(uuid4())


def _source_token(keys: ResidentKeys, source: Source, delivery: Delivery) -> bytes:
    if delivery.resource["resourceType"] == "Patient":
        return keys.token("source|patient")
    return keys.token(f"source|{source.institution_id}|{delivery.full_url}")


def _content_token(keys: ResidentKeys, resource: Resource) -> bytes:
    return keys.digest(b"content", write_exactly(resource, is_sorted=True))[:8]


def _without_ours(resource: Resource) -> Resource:
    """What a sender says that read the entry first: without the id and version given here."""
    rest = {name: value for name, value in resource.items() if name not in {"id", "meta"}}
    meta = resource.get("meta")
    said = {n: v for n, v in meta.items() if n not in _OURS} if isinstance(meta, dict) else {}
    return rest | ({"meta": said} if said else {})


def filed(keys: Keys, resident_id: ResidentId, placed: Placed) -> Filed:
    """What became of a delivery."""
    if placed.is_unchanged:
        done = Done.UNCHANGED
    else:
        done = Done.CREATED if placed.before is None else Done.UPDATED
    return Filed(
        done,
        placed.delivery.resource["resourceType"],
        keys.seal_id(resident_id, placed.entry_id),
        placed.version,
        placed.entry_id,
        placed.delivery.place,
    )


def gone(removed: Removed) -> Filed:
    """What became of what was deleted."""
    target = removed.target
    return Filed(
        Done.DELETED, target.type, target.fhir_id, removed.version, target.entry_id, removed.place
    )
