"""Read the index for linkage: all rows of comparison, and a sample of what was received."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
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
_STRETCH: Final = 20_000
_FIRST: Final = ResidentId(UUID(int=0))
_LEAST_KEY: Final = -(2**63)


async def variants(pool: Pool, keys: Keys) -> AsyncIterator[list[Exported]]:
    """Every row of comparison, a stretch at a time; merged entries under the surviving id."""
    persons = await _persons(pool, keys)
    resident_id, variant_key = _FIRST, _LEAST_KEY
    while True:
        async with transaction(pool, task=TASK) as connection:
            rows = await connection.fetch(
                _QUERIES["variants_after"], resident_id, variant_key, _STRETCH
            )
        if not rows:
            return
        yield [
            Exported(
                persons.get(row["resident_id"], row["resident_id"]),
                open_row(keys, row["resident_id"], row["sealed"]),
                tuple(row)[2:-1],
            )
            for row in rows
        ]
        resident_id, variant_key = rows[-1]["resident_id"], rows[-1]["variant_key"]


async def received(pool: Pool, keys: Keys, share: float) -> AsyncIterator[list[Exported]]:
    """What was received about a random share of the residents, a stretch at a time.

    Whatever was received twice alike counts twice here, which the rows of comparison do not tell.
    """
    persons = await _persons(pool, keys)
    until = UUID(int=min(int(share * 2**128), 2**128 - 1))
    resident_id, record_key = _FIRST, b""
    while True:
        async with transaction(pool, task=TASK) as connection:
            rows = await connection.fetch(
                _QUERIES["records_after"], resident_id, record_key, until, _STRETCH
            )
        if not rows:
            return
        yield [
            Exported(persons.get(row["resident_id"], row["resident_id"]), variant)
            for row in rows
            if (variant := _opened(keys, row["resident_id"], row["sealed"])) is not None
        ]
        resident_id, record_key = rows[-1]["resident_id"], rows[-1]["record_key"]


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
