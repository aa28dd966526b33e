"""Take a transaction Bundle apart. Pure: structure only, no database.

Source: FHIR R4 (4.0.1), Bundle and RESTful API 3.1.0.11 (transaction).
"""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from openhealthcode.collection.model import (
    BundleMalformed,
    Delivery,
    Parcel,
    Resource,
    SeveralResidents,
)

MOST_ENTRIES: Final = 10_000


def unpack(bundle: Resource) -> Parcel:
    """Read a Bundle's entries.

    Raises:
        BundleMalformed: not a transaction, no entries, too many, a method other than POST, or the
            same ``fullUrl`` twice.
        SeveralResidents: more than one Patient.
    """
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        raise BundleMalformed("expected a Bundle of type transaction")
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_ENTRIES:
        raise BundleMalformed(f"expected 1 to {MOST_ENTRIES} entries")
    deliveries = tuple(_delivery(entry, place) for place, entry in enumerate(entries))
    if len({delivery.full_url for delivery in deliveries}) < len(deliveries):
        raise BundleMalformed("two entries have the same fullUrl")
    patients = [d for d in deliveries if d.resource["resourceType"] == "Patient"]
    if len(patients) > 1:
        raise SeveralResidents
    return Parcel(patients[0] if patients else None, deliveries)


def _delivery(entry: object, place: int) -> Delivery:
    if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
        raise BundleMalformed(f"Bundle.entry[{place}].resource is missing")
    resource: Resource = entry["resource"]
    asked = entry.get("request")
    if not isinstance(asked, dict) or asked.get("method") != "POST":
        raise BundleMalformed(f"Bundle.entry[{place}].request.method: only POST is taken")
    if not isinstance(resource.get("resourceType"), str):
        raise BundleMalformed(f"Bundle.entry[{place}].resource.resourceType is missing")
    full_url = entry.get("fullUrl")
    if full_url is not None and not isinstance(full_url, str):
        raise BundleMalformed(f"Bundle.entry[{place}].fullUrl is not text")
    return Delivery(full_url or uuid4().urn, resource)
