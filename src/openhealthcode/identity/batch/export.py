"""Read the index for linkage: all rows of comparison, and a sample of what was received."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final
from uuid import UUID

from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.identity import sealing
from openhealthcode.identity.batch.table import Exported
from openhealthcode.identity.linking import read_members
from openhealthcode.identity.matching import Variant, comparable, open_row
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, UnknownKey

TASK: Final = "linkage"
_QUERIES: Final = load_queries("openhealthcode.identity.batch")
_IDS: Final = 2**128
_STRETCH: Final = _IDS // 256


async def variants(pool: Pool, keys: Keys) -> AsyncIterator[list[Exported]]:
    """Every row of comparison, a stretch at a time; merged entries under the surviving id."""
    persons = await _persons(pool, keys)
    for first, last in _ranges(1.0):
        async with transaction(pool, task=TASK) as connection:
            rows = await connection.fetch(_QUERIES["variants_between"], first, last)
        yield [
            Exported(
                persons.get(row["resident_id"], row["resident_id"]),
                open_row(keys, row["resident_id"], row["sealed"]),
                tuple(row)[1:-1],
            )
            for row in rows
        ]


async def received(pool: Pool, keys: Keys, share: float) -> AsyncIterator[list[Exported]]:
    """What was received about a random share of the residents, a stretch at a time.

    Whatever was received twice alike counts twice here, which the rows of comparison do not tell.
    """
    persons = await _persons(pool, keys)
    for first, last in _ranges(share):
        async with transaction(pool, task=TASK) as connection:
            rows = await connection.fetch(_QUERIES["records_between"], first, last)
        yield [
            Exported(persons.get(row["resident_id"], row["resident_id"]), variant)
            for row in rows
            if (variant := _opened(keys, row["resident_id"], row["sealed"])) is not None
        ]


def _ranges(share: float) -> Iterator[tuple[UUID, UUID]]:
    """The ids up to a share of all there can be, in stretches of which a million fill a few thousand."""
    until = min(int(share * _IDS), _IDS)
    for first in range(0, until, _STRETCH):
        yield UUID(int=first), UUID(int=min(first + _STRETCH, until) - 1)


async def variants_of(
    pool: Pool, keys: Keys, residents: Sequence[ResidentId]
) -> dict[ResidentId, list[Variant]]:
    """The rows of comparison of a few residents."""
    async with transaction(pool, task=TASK) as connection:
        rows = await connection.fetch(_QUERIES["variants_of"], list(residents))
    found: dict[ResidentId, list[Variant]] = {}
    for row in rows:
        of = ResidentId(row["resident_id"])
        found.setdefault(of, []).append(open_row(keys, of, row["sealed"]))
    return found


def pseudonym(keys: Keys, resident_id: ResidentId) -> str:
    """What stands for a resident in a table that leaves this process; only we know who it is."""
    return keys.blind_index("linkage-person", str(resident_id))[:16].hex()


async def _persons(pool: Pool, keys: Keys) -> dict[UUID, ResidentId]:
    """Whose id each merged entry's is by now."""
    async with transaction(pool, task=TASK) as connection:
        rows = await connection.fetch(_QUERIES["links"])
    return {
        row["resident_id"]: read_members(keys, row["resident_id"], row["members"])[0]
        for row in rows
    }


def _opened(keys: Keys, resident_id: ResidentId, sealed: bytes) -> Variant | None:
    """A registration as it is compared; none of whoever had the account closed."""
    try:
        return comparable(sealing.open_registration(keys, resident_id, sealed))
    except UnknownKey:
        return None
