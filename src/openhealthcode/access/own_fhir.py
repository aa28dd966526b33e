"""Residents read their own record, log and consents as FHIR: the same looks as on their pages."""

from __future__ import annotations

from typing import Any, NamedTuple

from openhealthcode.access.log_copy import audit_events
from openhealthcode.access.own import own_log
from openhealthcode.access.own_entry import OwnVersion, own_versions
from openhealthcode.database import Pool
from openhealthcode.record import Resource, provenance_of
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys, UnreadableId


class OwnEvents(NamedTuple):
    """Lines of the own log as AuditEvents, newest first, and below which number it goes on."""

    events: list[dict[str, Any]]
    next_before: int | None


async def own_events(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, before: int | None, limit: int
) -> OwnEvents:
    """A page of the own log; that it was read is the newest line of the next one.

    Entries are named by identifier: what they are is told where they are read.
    """
    lines = await own_log(pool, keys, resident_id, before=before, limit=limit)
    events = await audit_events(pool, keys, resident_id, lines, {})
    for line, event in zip(lines, events, strict=True):
        event["id"] = f"log-{line.number}"
    is_last = len(lines) < limit or not lines[-1].number
    return OwnEvents(events, None if is_last else lines[-1].number)


async def own_entry_versions(
    pool: Pool, keys: Keys, resident_id: ResidentId, type_: str, fhir_id: str
) -> tuple[OwnVersion, ...]:
    """Every version of one own entry, the newest first; logged.

    Raises:
        NotFound: there is no such entry of that type, or it is somebody else's.
    """
    try:
        _, entry_id = keys.open_id(fhir_id)
    except UnreadableId:
        raise NotFound from None
    found = await own_versions(pool, keys, resident_id, EntryId(entry_id))
    if found[0].entry.type != type_:
        raise NotFound
    return found


async def own_provenance(
    pool: Pool, keys: Keys, resident_id: ResidentId, type_: str, fhir_id: str
) -> list[Resource]:
    """Who brought each version of an own entry, when and out of what; logged as a look at it.

    Raises:
        NotFound: as ``own_entry_versions`` says.
    """
    found = await own_entry_versions(pool, keys, resident_id, type_, fhir_id)
    return [
        provenance_of(
            f"{type_}/{fhir_id}",
            one.entry.version,
            one.filed_at,
            one.entry.institution_id,
            one.origin,
        )
        | {"id": f"{one.entry.version}.{one.entry.entry_id}"}
        for one in found
    ]
