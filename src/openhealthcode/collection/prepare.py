"""What is about to be filed, made ready: our references and names, labels, seals, the event that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from openhealthcode import audit
from openhealthcode.collection import closing
from openhealthcode.collection.body import body_of
from openhealthcode.collection.model import Parcel, Resource, Source
from openhealthcode.collection.provenance import provider_of
from openhealthcode.collection.undone import Placed
from openhealthcode.record import Description, Manner, Origin, describe, referred_to
from openhealthcode.record import writing as record
from openhealthcode.record.links import links_of
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.terminology import SensitiveMap
from openhealthcode.trust import Keys, ResidentKeys

_DOCUMENTS: Final = ("Composition", "DocumentReference")


@dataclass(frozen=True, slots=True)
class Registered:
    """Our references to the institutions and practitioners meant, and what they are called."""

    references: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]


def origin_of(parcel: Parcel, source: Source, references: Mapping[str, str]) -> Origin:
    """Who brings a delivery and how; of the documents in it the first, which the rest is out of."""
    documents = parcel.of_type(*_DOCUMENTS)
    return Origin(
        Manner.LOAD if source.is_register else _manner(parcel),
        source.agent.kind,
        source.agent.id,
        source.agent.institution_id,
        parcel.identifier,
        references[documents[0].full_url] if documents else "",
    )


def _manner(parcel: Parcel) -> Manner:
    """In which way it came in; a transaction that replaces entries by their id is an update of them."""
    replaces = any(delivery.target is not None for delivery in parcel.deliveries)
    return Manner.UPDATE if replaces and parcel.manner is Manner.TRANSACTION else parcel.manner


def own_patient(keys: Keys, resident_id: ResidentId, parcel: Parcel) -> dict[str, str]:
    """References to the resident by our own id, allowed in any delivery of this resident's."""
    own = f"Patient/{keys.seal_id(resident_id, EntryId(resident_id))}"
    return {own: own} if parcel.patient is None else {parcel.patient.full_url: own, own: own}


def reference_of(keys: Keys, resident_id: ResidentId, placed: Placed) -> str:
    type_ = placed.delivery.resource["resourceType"]
    return f"{type_}/{keys.seal_id(resident_id, placed.entry_id)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A placed delivery with our references, the owner it will have and our name for it."""

    placed: Placed
    description: Description
    resource: Resource
    owner: InstitutionId
    fhir_id: str


def written_as(
    keys: Keys,
    resident_id: ResidentId,
    placed: Sequence[Placed],
    resolved: Sequence[Resource],
    references: Mapping[str, str],
    source: Source,
    by: SensitiveMap,
) -> list[Written]:
    owners = _owners(placed, resolved, references, source)
    return [
        Written(
            p,
            _described(p, resource, owner, by),
            resource,
            owner,
            keys.seal_id(resident_id, p.entry_id),
        )
        for p, resource, owner in zip(placed, resolved, owners, strict=True)
    ]


def _described(
    placed: Placed, resource: Resource, owner: InstitutionId, by: SensitiveMap
) -> Description:
    """What is known of an entry, and to which institutions it sends its resident."""
    said = describe(placed.delivery.resource, by)
    return replace(said, tokens=(*said.tokens, *referred_to(resource, str(owner))))


def arriving(
    written: Sequence[Written], telling: Mapping[str, closing.Kinds]
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


def sealed_for(
    keys: ResidentKeys,
    resident_id: ResidentId,
    written: Sequence[Written],
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
    placed: Sequence[Placed],
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


def event_of(
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
    deleted = [s.version.entry_id.bytes for s in sealed if s.version.is_deletion]
    if deleted:
        said["deleted"] = deleted
    return audit.Event(
        action=_action(sealed, is_new_resident=is_new_resident),
        agent=source.agent,
        detail={
            "rule": rule,
            "items": [(s.version.entry_id.bytes, s.version.version, s.digest) for s in sealed],
            **said,
        },
    )


def _action(sealed: Sequence[record.Sealed], *, is_new_resident: bool) -> audit.Action:
    if is_new_resident:
        return audit.Action.RESIDENT_REGISTER
    only_deletes = all(each.version.is_deletion for each in sealed)
    return audit.Action.RECORD_DELETE if only_deletes else audit.Action.RECORD_FILE
