"""Linking a whole index in batches: how long from the database to the suggestions.

A corpus lies in the index as if nobody had compared a tenth of what came in: of each tenth record
nobody knew that it was of somebody registered. Rows are copied into the table as they would be
stored one by one. Sending suggestions to review is not timed: it grows with what is found.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib.resources import files
from uuid import UUID, uuid4

import asyncpg
from measure import Figure
from visit.world import Region, region, run

from openhealthcode.database import open_pool
from openhealthcode.identity.batch import run as linkage
from openhealthcode.identity.matching import comparable
from openhealthcode.identity.matching.store import row_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from performance.identity.corpus.profiles import MODERN
from performance.identity.corpus.records import corpus
from performance.identity.engine import registration_of

SEED = 20261123
_MISSED = 10
"""One record in so many became a resident of its own."""
_BATCH = 10_000
_COLUMNS = (
    "resident_id", "variant_key", "number_begins_key", "number_ends_key", "sound_birth_key",
    "name_day_key", "phone_key", "surname_birth_key", "given_birth_key", "address_year_key",
    "sound_community_key", "mother_key", "sealed",
)  # fmt: skip


def measure(*, is_full: bool) -> Iterator[Figure]:
    records = 1_000_000 if is_full else 100_000
    with region(0, entries=0) as empty:
        truth = run(_fill(empty, records))
        gc.collect()
        linked = run(_link(empty))
    right = sum(truth[one.left] == truth[one.right] for one in linked.suggestions)
    yield Figure(
        f"batch_link_{'1m' if is_full else '100k'}",
        round(sum(linked.seconds.values()), 1),
        "s",
        baseline=round(linked.seconds["link"], 1),
        baseline_is="Splink alone: blocking and scoring of the same keyed columns",
        notes={
            "registrations": linked.registrations,
            "residents": linked.residents,
            "read, unsealed, keyed": round(linked.seconds["export"], 1),
            "suggestions": len(linked.suggestions),
            "of one person": round(right / max(len(linked.suggestions), 1), 4),
        },
    )


async def _fill(empty: Region, records: int) -> dict[ResidentId, int]:
    """Store every record's row of comparison; answers who each resident really is."""
    keys = Keys.open(empty.keys)
    owner = await asyncpg.connect(empty.postgres.owner_url)
    ids: dict[int, UUID] = {}
    truth: dict[ResidentId, int] = {}
    rows: list[tuple[object, ...]] = []
    stored: set[tuple[UUID, int]] = set()
    for place, record in enumerate(corpus(MODERN, records=records, seed=SEED)):
        known = ids.setdefault(record.person, uuid4())
        resident_id = ResidentId(uuid4() if place % _MISSED == 0 else known)
        truth[resident_id] = record.person
        variant = comparable(registration_of(record))
        of, own, hashed, sealed = row_of(keys, resident_id, variant)
        if (of, own) not in stored:  # one compared like another of the same resident adds no row
            stored.add((of, own))
            rows.append((of, own, *hashed, sealed))
        if len(rows) == _BATCH:
            await _insert(owner, rows)
    await _insert(owner, rows)
    await owner.execute("VACUUM ANALYZE identity.variant")
    await owner.close()
    keys.close()
    return truth


async def _insert(owner: asyncpg.Connection, rows: list[tuple[object, ...]]) -> None:
    async with owner.transaction():
        await owner.execute("SET LOCAL row_security = off")
        await owner.copy_records_to_table(
            "variant", schema_name="identity", columns=_COLUMNS, records=rows
        )
    rows.clear()


async def _link(empty: Region) -> linkage.Linked:
    base = files("openhealthcode.identity.matching").joinpath("model.json").read_bytes()
    pool = await open_pool(empty.postgres.url, size=2)
    keys = Keys.open(empty.keys)
    linked, _ = await linkage.link(
        pool, keys, base, is_training=False, from_bits=0.0, tell=lambda _: None
    )
    await pool.close()
    keys.close()
    return linked
