"""Finding somebody among a hundred thousand or a million registered: how long, and at what size.

Everybody is registered by the first record of them in the corpus; looked up are later records of the
same people, with whatever is wrong in them, half of them without the number. Rows are copied into the
table with its indexes in place, as they would have come one by one.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
from measure import Figure, median
from visit.world import Region, region, run

from openhealthcode import identity
from openhealthcode.database import open_pool
from openhealthcode.identity import Registration
from openhealthcode.identity.claims import claims_of
from openhealthcode.identity.matching import comparable
from openhealthcode.identity.matching.store import row_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from performance.identity.corpus.profiles import MODERN
from performance.identity.corpus.records import Record, corpus
from performance.identity.engine import registration_of

SEED = 20261122
RECORDS_PER_PERSON = 2
LOOKUPS = 20_000
WARM_UP = 2_000
_BATCH = 10_000
VARIANT = (
    "resident_id", "variant_key", "number_begins_key", "number_ends_key", "sound_birth_key",
    "name_day_key", "phone_key", "surname_birth_key", "given_birth_key", "address_year_key",
    "sound_community_key", "mother_key", "sealed",
)  # fmt: skip
IDENTIFIER = (
    "identifier_key", "resident_id", "name_key", "sealed", "verification", "is_active", "added_at",
)  # fmt: skip


def measure(*, is_full: bool) -> Iterator[Figure]:
    residents = 1_000_000 if is_full else 100_000
    named = "1m" if is_full else "100k"
    with region(0, entries=0) as empty:
        size, sought = fill(empty, residents)
        times, found, right = run(look_up(empty, sought))
    times.sort()
    yield Figure(
        f"lookup_p99_{named}",
        round(times[len(times) * 99 // 100], 3),
        "ms",
        notes={
            "p50": round(median(times), 3),
            "p99.9": round(times[len(times) * 999 // 1000], 3),
            "residents": residents,
            "lookups": len(times),
            "residents named each": round(found / len(times), 2),
            "the right one among them": round(right / len(times), 4),
        },
    )
    yield Figure(
        "index_bytes_per_resident",
        round(size["indexes"] / residents),
        "B",
        notes={
            "residents": residents,
            "rows of comparison themselves": round(size["heap"] / residents),
        },
    )


def fill(empty: Region, residents: int) -> tuple[dict[str, int], list[tuple[Record, UUID]]]:
    """Register everybody; answers sizes in bytes, and later records with whose they are."""
    drawn = corpus(MODERN, records=residents * RECORDS_PER_PERSON + residents // 20, seed=SEED)
    ids: dict[int, UUID] = {}
    firsts, sought = [], []
    for record in drawn:
        if record.person not in ids and len(ids) < residents:
            ids[record.person] = uuid4()
            firsts.append(record)
        elif record.person in ids and len(sought) < LOOKUPS + WARM_UP:
            sought.append((record, ids[record.person]))
    del drawn
    size = run(_copy(empty, firsts, ids))
    return size, sought


async def _copy(empty: Region, firsts: list[Record], ids: dict[int, UUID]) -> dict[str, int]:
    keys = Keys.open(empty.keys)
    owner = await asyncpg.connect(empty.postgres.owner_url)
    for start in range(0, len(firsts), _BATCH):
        variants, identifiers = rows_of(keys, firsts[start : start + _BATCH], ids)
        await _insert(owner, "variant", VARIANT, variants)
        await _insert(owner, "identifier", IDENTIFIER, _once(identifiers))
    await owner.execute("VACUUM ANALYZE identity.variant")
    await owner.execute("VACUUM ANALYZE identity.identifier")
    sizes = await owner.fetchrow(
        "SELECT pg_indexes_size('identity.variant') AS indexes, pg_table_size('identity.variant') AS heap"
    )
    await owner.close()
    keys.close()
    return dict(sizes)


def rows_of(
    keys: Keys, records: list[Record], ids: dict[int, UUID]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The rows of comparison of people, and those of their certificates."""
    at = datetime.now(UTC)
    variants: list[tuple[object, ...]] = []
    identifiers: list[tuple[object, ...]] = []
    for record in records:
        resident_id = ResidentId(ids[record.person])
        registration = registration_of(record)
        of, own, hashed, sealed = row_of(keys, resident_id, comparable(registration))
        variants.append((of, own, *hashed, sealed))
        for key, (claim, _) in claims_of(keys, registration).items():
            identifiers.append((key, of, claim.name_key, b"", "asserted", True, at))
    return variants, identifiers


_seen: set[bytes] = set()


def _once(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """A number issued or typed twice stays with whom it came first."""
    fresh = []
    for row in rows:
        if row[0] not in _seen:
            _seen.add(row[0])  # type: ignore[arg-type]
            fresh.append(row)
    return fresh


async def _insert(
    owner: asyncpg.Connection, table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]
) -> None:
    async with owner.transaction():
        await owner.execute("SET LOCAL row_security = off")
        await owner.copy_records_to_table(
            table, schema_name="identity", columns=columns, records=rows
        )


async def look_up(empty: Region, sought: list[tuple[Record, UUID]]) -> tuple[list[float], int, int]:
    """Milliseconds of each, residents named, and how often the right one was."""
    pool = await open_pool(empty.postgres.url, size=2)
    keys = Keys.open(empty.keys)
    gc.collect()
    gc.freeze()
    times, found, right = [], 0, 0
    for place, (record, resident_id) in enumerate(sought):
        asked = _asked(registration_of(record), is_numbered=place % 2 == 0)
        started = time.perf_counter()
        matches = await identity.search(pool, keys, asked, 5)
        if place >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
            found += len(matches)
            right += any(match.resident_id == resident_id for match in matches)
    await pool.close()
    keys.close()
    return times, found, right


def _asked(registration: Registration, *, is_numbered: bool) -> Registration:
    return registration if is_numbered else replace(registration, certificates=())
