"""File, change or delete a single entry: a transaction of one.

A sender changes and deletes its own entries only. What it sends again unchanged is left as it is; of
several at once each makes a version of its own, and one that names the version it means (If-Match)
is refused when another one is there.

Source: FHIR R4, 3.1.0.4 (update), 3.1.0.6 (patch), 3.1.0.7 (delete), 3.1.0.8 (create).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from openhealthcode.collection.file import file_parcel
from openhealthcode.collection.minimise import rule_of
from openhealthcode.collection.model import (
    EntryRequest,
    FiledBundle,
    Method,
    Parameters,
    Resource,
    Source,
    Weigh,
)
from openhealthcode.collection.settle import named, settle
from openhealthcode.collection.unpack import parcel_of
from openhealthcode.collection.waiting import DeliverySetAside, set_aside, wrong_numbers
from openhealthcode.database import Pool, transaction
from openhealthcode.record import Manner
from openhealthcode.record import writing as record
from openhealthcode.standards import Conflict, NotANationalId, NotFound
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_TRIES: Final = 5
_OF_ONE: Final = "urn:openhealthcode:alone"
_PAUSE_SECONDS: Final = 0.005
_MANNERS: Final = {
    Method.POST: Manner.CREATE,
    Method.PUT: Manner.UPDATE,
    Method.PATCH: Manner.PATCH,
    Method.DELETE: Manner.DELETE,
}


@dataclass(frozen=True, slots=True)
class Which:
    """Which entry a single request means.

    Args:
        type: of the entry.
        fhir_id: our id; empty where a condition says it, and for what is new.
        condition: a search among the sender's own entries; None if there is none.
        if_match: the version that has to be there.
        full_url: the sender's own name of what is new; empty for one nobody else uses.
    """

    type: str
    fhir_id: str = ""
    condition: Parameters | None = None
    if_match: int | None = None
    full_url: str = ""


async def file_resource(
    pool: Pool, keys: Keys, *, resource: Resource, source: Source, which: Which | None = None
) -> FiledBundle:
    """File one resource as something new, unless a condition finds it there already.

    Raises:
        As ``file_bundle``.
    """
    which = which or Which(resource.get("resourceType", ""))
    try:
        return await _write(pool, keys, source, Method.POST, which, resource=resource)
    except NotANationalId:
        alone = _alone(resource, which.full_url)
        if not wrong_numbers(alone) or not await set_aside(pool, keys, alone, source):
            raise
    raise DeliverySetAside


def _alone(resource: Resource, full_url: str) -> Resource:
    """The same as a transaction of one."""
    request = {"method": "POST", "url": resource["resourceType"]}
    entry = {"fullUrl": full_url or _OF_ONE, "resource": resource, "request": request}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


async def update(
    pool: Pool, keys: Keys, *, which: Which, resource: Resource, source: Source
) -> FiledBundle:
    """Replace what an entry says; by a condition that fits nothing, file it as something new.

    Raises:
        NotFound: no entry of the sender's own. VersionConflict, SeveralMatches: see ``Which``.
        HealthCodeError: as ``file_bundle``.
    """
    return await _write(pool, keys, source, Method.PUT, which, resource=resource)


async def patch(
    pool: Pool,
    keys: Keys,
    *,
    which: Which,
    operations: object,
    source: Source,
    weigh: Weigh | None = None,
) -> FiledBundle:
    """Change what an entry says by a JSON Patch.

    Args:
        weigh: looks at what the patch yields before it is filed; again if it has to be done again.

    Raises:
        PatchMalformed, PatchFailed: it is none, or cannot be applied.
        HealthCodeError: as ``update``.
    """
    return await _write(pool, keys, source, Method.PATCH, which, operations=operations, weigh=weigh)


async def delete(pool: Pool, keys: Keys, *, which: Which, source: Source) -> FiledBundle:
    """Mark an entry as deleted; a condition that fits nothing, or a second time, changes nothing.

    Raises:
        NotDeletable: it is who the resident is. HealthCodeError: as ``update``.
    """
    return await _write(pool, keys, source, Method.DELETE, which)


async def is_own_entry(pool: Pool, keys: Keys, *, which: Which, source: Source) -> bool:
    """Whether an id names an entry the sender filed itself, be it there or deleted."""
    try:
        resident_id, entry_id = named(keys, which.fhir_id)
        resident_keys = keys.of(resident_id)
        async with transaction(pool, resident=resident_id) as connection:
            found = await record.newest(connection, resident_keys, resident_id, [entry_id])
    except (NotFound, UnknownKey, DestroyedKey):
        return False
    known = found.get(entry_id)
    return (
        known is not None
        and known.institution_id == source.institution_id
        and known.type == which.type
    )


async def _write(
    pool: Pool,
    keys: Keys,
    source: Source,
    method: Method,
    which: Which,
    *,
    resource: Resource | None = None,
    operations: object = None,
    weigh: Weigh | None = None,
) -> FiledBundle:
    request = EntryRequest(
        place=0,
        method=method,
        type=which.type,
        full_url=which.full_url,
        fhir_id=which.fhir_id,
        condition=which.condition,
        if_match=which.if_match,
        resource=resource,
        operations=operations,
    )

    async def once() -> FiledBundle:
        sent = parcel_of([request], manner=_MANNERS[method])
        parcel = await settle(pool, keys, sent, source, weigh)
        # The scene a resource names is that of the whole.
        rule = next((rule_of(delivery.resource) for delivery in parcel.deliveries), None)
        return await file_parcel(pool, keys, parcel, rule, source)

    return await patiently(once)


async def patiently(attempt: Callable[[], Awaitable[FiledBundle]]) -> FiledBundle:
    """File, again when somebody else was filing for the same resident.

    Raises:
        HealthCodeError: as ``file_bundle``; a conflict only after five tries.
    """
    for tried in range(1, _TRIES):
        try:
            return await attempt()
        except Conflict:
            await asyncio.sleep(tried * _PAUSE_SECONDS)
    return await attempt()
