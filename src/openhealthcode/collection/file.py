"""The one door in: register, minimise, file and log a delivery in one transaction.

Everything of a Bundle is filed or nothing is. What was filed before and has not changed is left
as it is, so that delivering twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from uuid import uuid4

import orjson

from openhealthcode import audit, terminology
from openhealthcode.collection import closing, holding, store
from openhealthcode.collection.admit import Admitted, admit
from openhealthcode.collection.body import body_of
from openhealthcode.collection.choose import check_choices
from openhealthcode.collection.minimise import Minimised, minimise, rule_of
from openhealthcode.collection.model import (
    BundleMalformed,
    Delivery,
    Done,
    Filed,
    FiledBundle,
    Parcel,
    Resource,
    Source,
)
from openhealthcode.collection.provenance import provider_of
from openhealthcode.collection.references import resolve
from openhealthcode.collection.registry_entries import references_to_registry
from openhealthcode.collection.rules import CollectionRule
from openhealthcode.collection.unpack import unpack
from openhealthcode.database import Connection, Pool
from openhealthcode.record import Description, describe
from openhealthcode.record import writing as record
from openhealthcode.record.check import check
from openhealthcode.record.links import links_of
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.terminology import SensitiveMap
from openhealthcode.trust import Keys, ResidentKeys

_NO_CHOICES: Final[Mapping[str, bool]] = MappingProxyType({})
_NOTHING: Final[frozenset[str]] = frozenset()
_REGISTERED_ELSEWHERE = frozenset({"Organization", "Practitioner"})


async def file_bundle(
    pool: Pool,
    keys: Keys,
    *,
    bundle: Resource,
    source: Source,
    choices: Mapping[str, bool] = _NO_CHOICES,
) -> FiledBundle:
    """File a FHIR R4 transaction Bundle that concerns one resident.

    Args:
        choices: what the resident answered about single elements of the scene, at this occasion.

    Raises:
        BundleMalformed, SeveralResidents, BrokenReference: the Bundle cannot be taken.
        NeedsReview: its certificates contradict what is known; set aside for a registrar.
        RegistrationDoubtful: a quality rule does not let it be registered; set aside too.
        UnknownScene: the delivery names a scene without a rule.
        NotCollected: the rule of its scene, or the resident, does not allow an element.
        HealthCodeError: an entry or a certificate is not what it has to be.
    """
    parcel = unpack(bundle)
    for place, delivery in enumerate(parcel.deliveries):
        check(delivery.resource, f"Bundle.entry[{place}].resource")
    rule = rule_of(bundle)
    if choices and rule is not None:
        check_choices(rule, choices)
    taken = await minimise(pool, keys, rule, parcel, source) if rule else Minimised(parcel)
    known = await references_to_registry(pool, taken.parcel, source.institution_id)
    names = await closing.names_of(pool, known.values(), source.institution_id)
    async with admit(pool, keys, taken.parcel, source) as admitted:
        registered = _Registered(known, names)
        filed = await _file(admitted, keys, taken, source, registered, choices)
        if rule is not None:
            await _note(admitted, keys, rule, taken, source, filed, choices)
        return filed


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
        for entry, delivery in zip(filed.entries, _recorded(taken.parcel), strict=True)
        if entry.done is not Done.UNCHANGED
    ]
    kept = await holding.hold(
        connection, keys.of(resident_id), resident_id, rule, arrivals, source.institution_id, now
    )
    await store.note_delivery(
        connection, source.institution_id, taken.rule, taken.found or {}, now,
        is_refused=False, kept=kept,
    )  # fmt: skip


def _recorded(parcel: Parcel) -> list[Delivery]:
    """What belongs into the record: not what is registered elsewhere."""
    return [d for d in parcel.deliveries if d.resource["resourceType"] not in _REGISTERED_ELSEWHERE]


async def file_resource(
    pool: Pool, keys: Keys, *, resource: Resource, source: Source
) -> FiledBundle:
    """File one resource: a transaction of a single entry, under a name nobody else uses.

    Raises:
        As ``file_bundle``.
    """
    entry = {"resource": resource, "request": {"method": "POST"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    if isinstance(resource.get("meta"), dict):
        bundle["meta"] = resource["meta"]  # the scene it may name
    return await file_bundle(pool, keys, bundle=bundle, source=source)


@dataclass(frozen=True, slots=True)
class _Registered:
    """Our references to the institutions and practitioners meant, and what they are called."""

    references: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A delivery, the entry it becomes, and what was known of it before."""

    delivery: Delivery
    entry_id: EntryId
    before: record.FiledBefore | None
    source_token: bytes
    content_token: bytes

    @property
    def version(self) -> int:
        return 1 if self.before is None else self.before.version + (not self.is_unchanged)

    @property
    def is_unchanged(self) -> bool:
        return self.before is not None and self.before.content_token == self.content_token


async def _file(
    admitted: Admitted,
    keys: Keys,
    taken: Minimised,
    source: Source,
    registered: _Registered,
    choices: Mapping[str, bool],
) -> FiledBundle:
    connection, resident_id, parcel = admitted.connection, admitted.resident_id, taken.parcel
    resident_keys = keys.of(resident_id)
    # Held from here on: of two deliveries of the same entry, the second sees what the first filed.
    state, at = await audit.hold(connection, resident_id)
    placed = await _place(connection, resident_keys, resident_id, parcel, source)
    references = {
        **registered.references,
        **{p.delivery.full_url: _reference(keys, resident_id, p) for p in placed},
        **_own_patient(keys, resident_id, parcel),
    }
    changed = [p for p in placed if not p.is_unchanged]
    if changed:
        by = await terminology.in_force(connection, keys)  # held: none is approved unseen
        written = _written(keys, resident_id, changed, references, source, by)
        telling = closing.telling_names(registered.names, by)
        links = await closing.close(
            connection, resident_keys, resident_id, _arriving(written, telling)
        )
        sealed = _sealed(resident_keys, resident_id, written, links, at)
        event = _event(source, taken.rule, sealed, choices, is_new_resident=admitted.is_new)
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
        )
    return FiledBundle(
        resident_id,
        admitted.is_new,
        tuple(_filed(keys, resident_id, p) for p in placed),
        state.next_number if changed else None,
        taken.set_aside,
        taken.missing,
        admitted.warnings,
    )


async def _place(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    parcel: Parcel,
    source: Source,
) -> list[_Placed]:
    """Give each delivery its entry: the one it had, or a new one."""
    deliveries = _recorded(parcel)
    if not deliveries:
        raise BundleMalformed("nothing in the Bundle belongs into a record")
    tokens = [_source_token(keys, source, d) for d in deliveries]
    before = await record.filed_before(connection, keys, resident_id, tokens)
    placed = []
    for delivery, token in zip(deliveries, tokens, strict=True):
        earlier = before.get(token)
        content = orjson.dumps(delivery.resource, option=orjson.OPT_SORT_KEYS)
        content_token = keys.digest(b"content", content)[:8]
        entry_id = earlier.entry_id if earlier else _new_entry(resident_id, delivery)
        placed.append(_Placed(delivery, entry_id, earlier, token, content_token))
    return placed


def _new_entry(resident_id: ResidentId, delivery: Delivery) -> EntryId:
    """The Patient resource is the resident's own entry; everything else is random."""
    if delivery.resource["resourceType"] == "Patient":
        return EntryId(resident_id)
    return EntryId(uuid4())


def _source_token(keys: ResidentKeys, source: Source, delivery: Delivery) -> bytes:
    if delivery.resource["resourceType"] == "Patient":
        return keys.token("source|patient")
    return keys.token(f"source|{source.institution_id}|{delivery.full_url}")


def _own_patient(keys: Keys, resident_id: ResidentId, parcel: Parcel) -> dict[str, str]:
    """References to the resident by our own id, allowed in any delivery of this resident's."""
    own = f"Patient/{keys.seal_id(resident_id, EntryId(resident_id))}"
    return {own: own} if parcel.patient is None else {parcel.patient.full_url: own, own: own}


def _reference(keys: Keys, resident_id: ResidentId, placed: _Placed) -> str:
    type_ = placed.delivery.resource["resourceType"]
    return f"{type_}/{keys.seal_id(resident_id, placed.entry_id)}"


@dataclass(frozen=True, slots=True)
class _Written:
    """A placed delivery with our references, the owner it will have and our name for it."""

    placed: _Placed
    description: Description
    resource: Resource
    owner: InstitutionId
    fhir_id: str


def _written(
    keys: Keys,
    resident_id: ResidentId,
    placed: Sequence[_Placed],
    references: Mapping[str, str],
    source: Source,
    by: SensitiveMap,
) -> list[_Written]:
    resolved = [resolve(p.delivery.resource, references) for p in placed]
    owners = _owners(placed, resolved, references, source)
    return [
        _Written(
            p,
            describe(p.delivery.resource, by),
            resource,
            owner,
            keys.seal_id(resident_id, p.entry_id),
        )
        for p, resource, owner in zip(placed, resolved, owners, strict=True)
    ]


def _arriving(
    written: Sequence[_Written], telling: Mapping[str, closing.Kinds]
) -> list[closing.Arriving]:
    return [
        closing.Arriving(
            w.placed.entry_id,
            links_of(
                w.resource,
                f"{w.resource['resourceType']}/{w.fhir_id}",
                w.placed.delivery.full_url if _is_address(w.placed.delivery.full_url) else "",
            ),
            w.description.sensitive | closing.told_by_names(w.resource, w.owner, telling),
            w.placed.before,
        )
        for w in written
    ]


def _is_address(full_url: str) -> bool:
    """Whether another delivery may refer to it by this name; a ``urn:`` ends with its Bundle."""
    return full_url.startswith(("https://", "http://"))


def _sealed(
    keys: ResidentKeys,
    resident_id: ResidentId,
    written: Sequence[_Written],
    links: Sequence[tuple[closing.Kinds, frozenset[bytes]]],
    at: datetime,
) -> list[record.Sealed]:
    return [
        record.seal(
            keys,
            resident_id,
            record.NewVersion(
                entry_id=w.placed.entry_id,
                version=w.placed.version,
                description=replace(w.description, sensitive=kinds),
                institution_id=w.owner,
                source_token=w.placed.source_token,
                content_token=w.placed.content_token,
                links=tokens,
                body=body_of(w.resource, w.fhir_id, w.placed.version, at),
            ),
        )
        for w, (kinds, tokens) in zip(written, links, strict=True)
    ]


def _owners(
    placed: Sequence[_Placed],
    resolved: Sequence[Resource],
    references: Mapping[str, str],
    source: Source,
) -> list[InstitutionId]:
    if not source.is_register:
        return [source.institution_id] * len(placed)
    encounters = {
        references[p.delivery.full_url]: provider
        for p, resource in zip(placed, resolved, strict=True)
        if resource["resourceType"] == "Encounter"
        and (provider := provider_of(resource, {})) is not None
    }
    return [provider_of(each, encounters) or source.institution_id for each in resolved]


def _event(
    source: Source,
    rule: str,
    sealed: Sequence[record.Sealed],
    choices: Mapping[str, bool],
    *,
    is_new_resident: bool,
) -> audit.Event:
    said: dict[str, object] = {"choices": dict(choices)} if choices else {}
    if source.reopens:
        said["reopened"] = True
    return audit.Event(
        action=audit.Action.RESIDENT_REGISTER if is_new_resident else audit.Action.RECORD_FILE,
        agent=source.agent,
        detail={
            "rule": rule,
            "items": [(s.version.entry_id.bytes, s.version.version, s.digest) for s in sealed],
            **said,
        },
    )


def _filed(keys: Keys, resident_id: ResidentId, placed: _Placed) -> Filed:
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
    )
