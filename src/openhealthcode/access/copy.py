"""The resident takes the whole record along: one FHIR Bundle, complete and valid by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import orjson

from openhealthcode import audit
from openhealthcode.access.own import own_record
from openhealthcode.database import Pool
from openhealthcode.record.reading import Entry
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything the platform holds of one record at one moment.

    Args:
        entries: in their current versions, newest first.
        number: the event of the resident's log that says the copy was taken.
        made_at: aware.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    number: int
    made_at: datetime


async def own_copy(pool: Pool, keys: Keys, resident_id: ResidentId) -> Copy:
    """Hand residents their whole record, closed kinds included; logged like every look.

    Raises:
        NotFound: there is no such resident.

    Source: PIPL art. 45 (access and copy, transfer to another handler).
    """
    shown = await own_record(pool, keys, resident_id, action=audit.Action.RECORD_COPY)
    return Copy(shown.entries, shown.number, shown.at)


def bundle(copy: Copy, fhir_url: str) -> bytes:
    """A copy as a FHIR R4 Bundle of type collection.

    References between entries resolve inside it, because each ``fullUrl`` is the address its
    resource has at this service.

    Args:
        copy: what was taken.
        fhir_url: this service's FHIR address, without a slash at its end.

    Source: FHIR R4, Bundle, bdl-7 and bdl-8; 2.36.4.1 (resolving references in Bundles).
    """
    entries = [_entry(entry, fhir_url) for entry in copy.entries]
    head = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": copy.made_at.isoformat(timespec="milliseconds"),
        **({"entry": entries} if entries else {}),
    }
    return orjson.dumps(head)


def _entry(entry: Entry, fhir_url: str) -> dict[str, object]:
    resource = orjson.loads(entry.body)
    return {"fullUrl": f"{fhir_url}/{entry.type}/{resource['id']}", "resource": resource}
