"""The version that says an entry was deleted: whose, of what kind and when, and nothing else."""

from __future__ import annotations

from datetime import datetime

from openhealthcode.collection.body import body_of
from openhealthcode.collection.place import Removed
from openhealthcode.record import KINDS, Description
from openhealthcode.record import writing as record
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import ResidentKeys


def seal_removal(
    keys: ResidentKeys, resident_id: ResidentId, removed: Removed, at: datetime
) -> record.Sealed:
    """Seal a deletion for its place; it is as closed as what was deleted."""
    newest, target = removed.newest, removed.target
    description = Description(
        type=newest.type,
        day=newest.day,
        category=newest.category or KINDS[newest.type].category,
        sensitive=newest.sensitive,
        tokens=(),
    )
    body = body_of({"resourceType": newest.type}, target.fhir_id, removed.version, at)
    return record.seal(
        keys,
        resident_id,
        record.NewVersion(
            entry_id=newest.entry_id,
            version=removed.version,
            description=description,
            institution_id=newest.institution_id,
            source_token=newest.source_token,
            content_token=keys.digest(b"content", b"deleted")[:8],
            body=body,
            is_deletion=True,
        ),
    )
