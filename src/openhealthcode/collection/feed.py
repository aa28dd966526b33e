"""An institution's feed of identities: who is registered, and whom it holds to be one person.

What an institution merges in its own system merges nobody here: it is a suggestion a registrar
decides about, like that of the matching engine. Only of residents the institution itself delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from openhealthcode import identity
from openhealthcode.collection.model import Source
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import Likeness, linking
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

INSTITUTION: Final = "institution"
"""Why two are asked about, where no rule of the matching engine says so: an institution does."""


class Suggested(StrEnum):
    """What became of an institution's word that two are one person."""

    IS_ONE = "is-one"
    """They are one person here already."""
    WAITS = "waits"
    """A registrar decides."""


async def suggest_merge(
    pool: Pool,
    keys: Keys,
    *,
    replaced: Sequence[Certificate],
    surviving: Sequence[Certificate] | ResidentId,
    source: Source,
) -> Suggested:
    """Ask a registrar whether two residents are one person, because an institution says so.

    Args:
        replaced: certificates of the one the institution no longer uses.
        surviving: certificates of the one it uses now, or our id of them.

    Raises:
        NotFound: one of them is nobody this institution delivered; which, it does not say.
    """
    gone = await _delivered(pool, keys, replaced, source)
    kept = await _delivered(pool, keys, surviving, source)
    if gone == kept:
        return Suggested.IS_ONE
    said = Likeness(gone, INSTITUTION, 0.0, "", ())
    async with transaction(pool, resident=kept) as connection:
        await identity.suspect(connection, keys, kept, said, identity.Source(source.institution_id))
    return Suggested.WAITS


async def _delivered(
    pool: Pool, keys: Keys, named: Sequence[Certificate] | ResidentId, source: Source
) -> ResidentId:
    """The surviving id of the one resident this institution delivered under these certificates."""
    if isinstance(named, Sequence):
        residents = await identity.find_all(pool, keys, named)
    else:
        residents = (named,)
    found = set()
    async with transaction(pool) as connection:
        for resident_id in residents:
            ids = await linking.ids_of(connection, keys, resident_id)
            if await _is_known_to(connection, ids, source):
                found.add(ids[0])
    if len(found) != 1:
        raise NotFound
    return found.pop()


async def _is_known_to(connection: Connection, ids: Sequence[ResidentId], source: Source) -> bool:
    for resident_id in ids:
        await enter(connection, resident=resident_id)
        if await identity.was_delivered_by(connection, resident_id, source.institution_id):
            return True
    return False
