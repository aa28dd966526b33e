"""File one new entry of somebody who is known here: read where the chain stands, then add.

The commonest thing a system sends is one result. It needs nothing of what was filed before, so it
takes two statements that it shares with other filings that wait (ADR 54), and holds nothing in
between. Whatever needs a closer look goes the long way, which holds the chain from the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from openhealthcode import audit
from openhealthcode.collection import closing
from openhealthcode.collection.admit import resident_referred_to
from openhealthcode.collection.model import FiledBundle, Parcel, Source
from openhealthcode.collection.place import REGISTERED_ELSEWHERE, filed, placed_new
from openhealthcode.collection.prepare import (
    Registered,
    arriving,
    event_of,
    origin_of,
    own_patient,
    reference_of,
    sealed_for,
    written_as,
)
from openhealthcode.collection.references import References, resolve
from openhealthcode.database import Pool
from openhealthcode.record import writing as record
from openhealthcode.terminology import editions
from openhealthcode.trust import Keys


async def file_new(
    pool: Pool, keys: Keys, parcel: Parcel, rule: str, source: Source, registered: Registered
) -> FiledBundle | None:
    """File a delivery of one new entry; None if the long way is to be gone, nothing being filed then.

    That is so of everything but a single entry under no name of its sender's; if it refers to
    entries filed before or betrays a closed kind that others may refer to; and if somebody else
    writes of the same resident at this moment.

    Args:
        rule: how the log names the rule it is taken under.
        registered: the institutions and practitioners it names.

    Raises:
        SeveralResidents, BrokenReference: it refers to several residents, or to none.
    """
    if not _is_plain(parcel, source):
        return None
    resident_id = resident_referred_to(keys, parcel)
    stands = await pool.together(audit.chains, resident_id)
    if stands is None:
        return None
    state, at = stands
    resident_keys = keys.of(resident_id)
    placed = placed_new(resident_keys, parcel.deliveries[0], source)
    references = References(
        registered.references,
        {placed.delivery.full_url: reference_of(keys, resident_id, placed)},
        own_patient(keys, resident_id, parcel),
    )
    resource = resolve(placed.delivery.resource, references)
    if references.unknown:
        return None
    seal, by = editions.last_known()
    written = written_as(keys, resident_id, [placed], [resource], references, source, by)
    telling = closing.telling_names(registered.names, by)
    links = closing.alone(resident_keys, arriving(written, telling)[0])
    if links is None:
        return None
    (sealed,) = sealed_for(resident_keys, resident_id, written, [links], at)
    event = event_of(source, rule, [sealed], {}, is_new_resident=False)
    link = audit.next_link(keys, resident_keys, resident_id, state, event, at)
    addition = record.addition(
        resident_keys,
        audit.Writing(link, state.consent_version),
        seal,
        sealed,
        origin_of(parcel, source, references),
    )
    if not await _is_added(pool, addition):
        return None
    audit.note_added(link)
    return FiledBundle(
        resident_id,
        is_new_resident=False,
        entries=(filed(keys, resident_id, placed),),
        event_number=state.next_number,
    )


def _is_plain(parcel: Parcel, source: Source) -> bool:
    """Whether it is one new entry and nothing else."""
    if len(parcel.deliveries) != 1 or parcel.removals or parcel.standing or parcel.searched:
        return False
    (delivery,) = parcel.deliveries
    type_ = delivery.resource["resourceType"]
    return (
        delivery.target is None
        and not delivery.is_named
        and type_ != "Patient"
        and type_ not in REGISTERED_ELSEWHERE
        and not source.is_register
    )


async def _is_added(pool: Pool, addition: Sequence[object]) -> bool:
    """Whether it is filed: the chain had not moved, and the map it was labelled by still holds."""
    try:
        return await pool.together(record.add, addition)
    except asyncpg.SerializationError:
        return False
