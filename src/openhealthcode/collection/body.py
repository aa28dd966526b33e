"""An entry as it will be read: our id, our version and time of filing over what was sent."""

from __future__ import annotations

from datetime import datetime

from openhealthcode.collection.model import Resource
from openhealthcode.record import write_exactly


def body_of(resource: Resource, fhir_id: str, version: int, at: datetime) -> bytes:
    """The final JSON, as it will be read: our id, our version, the sender's own meta kept."""
    sent = resource.get("meta")
    meta = {
        **(sent if isinstance(sent, dict) else {}),
        "versionId": str(version),
        "lastUpdated": at.isoformat(timespec="milliseconds"),
    }
    rest = {name: value for name, value in resource.items() if name not in {"id", "meta"}}
    return write_exactly(
        {"resourceType": rest.pop("resourceType"), "id": fhir_id, "meta": meta, **rest}
    )
