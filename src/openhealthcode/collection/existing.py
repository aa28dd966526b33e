"""References to entries filed before: followed within the one record, and never out of it.

What is referred to has to be there, or have been; whether it is closed to the sender or deleted since
makes no difference, so that a reference tells nothing. Ids cannot be made up: one that opens was
given by us.

Source: FHIR R4, 2.3.0.1 (literal references), 3.1.0.11.2 (references in a transaction).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from openhealthcode.collection.model import BrokenReference, ForeignReference, Resource
from openhealthcode.collection.references import References, beside, resolve
from openhealthcode.collection.undone import Placed
from openhealthcode.database import Connection
from openhealthcode.identity import linking
from openhealthcode.record import writing as record
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_RELATIVE: Final = re.compile(
    r"(?P<type>[A-Z][A-Za-z]{1,40})/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[1-9]\d{0,8})?"
)


async def resolve_all(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    placed: Sequence[Placed],
    references: References,
) -> list[Resource]:
    """What is about to be filed, with every reference one of ours.

    Raises:
        BrokenReference: one leads nowhere, or to an entry of another type than it says.
        ForeignReference: one leads to another resident's entry.
    """
    resolved = [resolve(each.delivery.resource, references) for each in placed]
    if not references.unknown:
        return resolved
    left = {each for each in references.unknown if not _is_beside(each, placed, references)}
    await _check(connection, keys, resident_id, left)
    return [resolve(each.delivery.resource, references) for each in placed]


def _is_beside(reference: str, placed: Sequence[Placed], references: References) -> bool:
    """Whether it means an entry of the delivery by the root of the addresses there; then it is noted."""
    for each in placed:
        meant = references.get(beside(each.delivery.full_url, reference))
        if meant is not None:
            references[reference] = meant
            return True
    return False


async def _check(
    connection: Connection, keys: Keys, resident_id: ResidentId, references: Iterable[str]
) -> None:
    wanted: dict[EntryId, set[str]] = {}
    for reference in references:
        found = _RELATIVE.fullmatch(reference)
        if found is None:
            raise BrokenReference
        try:
            whose, entry_id = keys.open_id(found["id"])
        except UnreadableId:
            raise BrokenReference from None
        if whose != resident_id:
            if whose not in await linking.ids_of(connection, keys, resident_id):
                raise ForeignReference
            continue  # of the same person, filed under another id: merged records keep theirs
        wanted.setdefault(EntryId(entry_id), set()).add(found["type"])
    there = await record.types_of(connection, resident_id, wanted)
    if any(types != {there.get(entry_id)} for entry_id, types in wanted.items()):
        raise BrokenReference
