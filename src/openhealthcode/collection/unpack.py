"""Take a transaction Bundle apart. Pure: structure only, no database.

Source: FHIR R4 (4.0.1), Bundle and RESTful API 3.1.0.11 (transaction).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from openhealthcode.collection.entry_request import entry_request
from openhealthcode.collection.model import (
    BundleMalformed,
    Delivery,
    EntryRequest,
    Parcel,
    Resource,
    SeveralResidents,
)
from openhealthcode.record import Manner

MOST_ENTRIES: Final = 10_000
_LONGEST_IDENTIFIER: Final = 200


def unpack(bundle: Resource) -> Parcel:
    """Read a Bundle's entries; what concerns entries filed before is still to be settled.

    Raises:
        BundleMalformed: not a transaction, no entries, too many, an entry that asks for what is not
            offered, or the same ``fullUrl`` twice.
        SeveralResidents: more than one Patient.
    """
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        raise BundleMalformed("expected a Bundle of type transaction")
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_ENTRIES:
        raise BundleMalformed(f"expected 1 to {MOST_ENTRIES} entries")
    return parcel_of(
        [entry_request(entry, place) for place, entry in enumerate(entries)], _identifier(bundle)
    )


def parcel_of(
    requests: Sequence[EntryRequest], identifier: str = "", manner: Manner = Manner.TRANSACTION
) -> Parcel:
    """What these entries bring.

    Raises:
        BundleMalformed: the same ``fullUrl`` twice. SeveralResidents: more than one Patient.
    """
    named = [request.full_url for request in requests if request.full_url]
    if len(set(named)) < len(named):
        raise BundleMalformed("two entries have the same fullUrl")
    if len([one for one in requests if one.type == "Patient"]) > 1:
        raise SeveralResidents
    deliveries = tuple(
        Delivery(one.full_url or uuid4().urn, one.resource, one.place, is_named=bool(one.full_url))
        for one in requests
        if one.is_plain and one.resource is not None
    )
    patient = next((d for d in deliveries if d.resource["resourceType"] == "Patient"), None)
    changes = tuple(one for one in requests if not one.is_plain)
    return Parcel(patient, deliveries, identifier, manner, changes)


def _identifier(bundle: Resource) -> str:
    """The sender's own identifier of the delivery, if it has one."""
    named = bundle.get("identifier")
    value = named.get("value") if isinstance(named, dict) else None
    if not isinstance(value, str) or len(value) > _LONGEST_IDENTIFIER:
        return ""
    system = named.get("system") if isinstance(named, dict) else None
    return (
        f"{system}|{value}"
        if isinstance(system, str) and len(system) < _LONGEST_IDENTIFIER
        else value
    )
