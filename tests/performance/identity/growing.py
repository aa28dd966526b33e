"""How finding and registering somebody grow with the region: ten thousand, a million, ten million.

One region is filled up step by step, as looking_up fills it; at every size the same kinds of questions
are asked, of later records of people among those registered. The figures are drawn in
``docs/images/identity-growth.svg`` when it was measured in full.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from measure import ROOT, Figure, median
from visit.world import Region, region, run

from openhealthcode.trust import Keys
from performance.identity import enrolling, looking_up
from performance.identity.corpus.profiles import MODERN
from performance.identity.corpus.records import Record, corpus
from performance.identity.growth_plot import Curve, drawn

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
CHUNK = 50_000
LOOKUPS = 5_000
ENROLLED = 2_000
PICTURE = ROOT / "docs" / "images" / "identity-growth.svg"
_SEED = 20261125
_STAGED = """
CREATE TEMPORARY TABLE staged (LIKE identity.identifier INCLUDING DEFAULTS) ON COMMIT DROP
"""
_KEPT = """
INSERT INTO identity.identifier
       (identifier_key, resident_id, name_key, sealed, verification, is_active, added_at)
SELECT identifier_key, resident_id, name_key, sealed, verification, is_active, added_at
  FROM staged ORDER BY identifier_key ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class _Size:
    """What was measured at one size."""

    residents: int
    times: list[float]
    index_bytes: float
    enrolled: float

    def at(self, share: float) -> float:
        """The time in milliseconds below which so many of the questions stay."""
        return round(self.times[int(len(self.times) * share)], 3)


def measure(*, is_full: bool) -> Iterator[Figure]:
    sizes = SIZES if is_full else SIZES[:2]
    measured = []
    people = enrolling.people(len(sizes) * ENROLLED)
    with region(0, entries=0) as empty:
        Keys.open(empty.keys).close()
        filled, sought = 0, []
        for place, residents in enumerate(sizes):
            sought += _fill(empty, filled, residents)
            filled = residents
            size = run(_settle(empty))
            times, _, right = run(looking_up.look_up(empty, _asked(sought)))
            newcomers = people[place * ENROLLED :][:ENROLLED]
            rate, _, _ = run(enrolling.enrol(empty, newcomers))
            found = _Size(residents, sorted(times), size / residents, rate)
            measured.append(found)
            yield _figure(found, right / len(times))
    if is_full:
        PICTURE.write_text(_picture(measured), encoding="utf-8")


def _figure(found: _Size, right: float) -> Figure:
    return Figure(
        f"lookup_p99_at_{found.residents}",
        found.at(0.99),
        "ms",
        notes={
            "p50": round(median(found.times), 3),
            "p99.9": found.at(0.999),
            "lookups": len(found.times),
            "the right one among those named": round(right, 4),
            "index bytes per resident": round(found.index_bytes),
            "enrolled by one process a second": round(found.enrolled),
        },
    )


def _picture(measured: list[_Size]) -> str:
    sizes = [float(one.residents) for one in measured]
    curves = [
        Curve("p50", "#1a6d3c", [one.at(0.5) for one in measured]),
        Curve("p99", "#1f4e9c", [one.at(0.99) for one in measured]),
        Curve("p99.9", "#9c2f1f", [one.at(0.999) for one in measured]),
    ]
    return drawn("Finding somebody: milliseconds by residents registered", sizes, curves)


def _asked(sought: list[tuple[Record, UUID]]) -> list[tuple[Record, UUID]]:
    """Spread over all who are registered, the earliest and the latest."""
    wanted = LOOKUPS + looking_up.WARM_UP
    return list(islice(sought[:: max(1, len(sought) // wanted)], wanted))


def _fill(empty: Region, registered: int, residents: int) -> list[tuple[Record, UUID]]:
    """Register more people, by as many processes as there are processors; later records of them."""
    wanted = [
        (_SEED + start // CHUNK, min(CHUNK, residents - start))
        for start in range(registered, residents, CHUNK)
    ]
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        places = [pool.submit(_chunk, empty.postgres.owner_url, empty.keys, *one) for one in wanted]
        return [found for place in places for found in place.result()]


def _chunk(url: str, keys_at: Path, seed: int, residents: int) -> list[tuple[Record, UUID]]:
    """Register the first records of so many people; some of their later ones, with whose they are."""
    ids: dict[int, UUID] = {}
    firsts, sought = [], []
    for record in corpus(MODERN, records=residents * 9 // 4 + 1_000, seed=seed):
        if record.person not in ids and len(ids) < residents:
            ids[record.person] = uuid4()
            firsts.append(record)
        elif record.person in ids and len(sought) < LOOKUPS + looking_up.WARM_UP:
            sought.append((record, ids[record.person]))
    if len(ids) < residents:
        raise RuntimeError("the corpus has not enough people")
    asyncio.run(_copy(url, keys_at, firsts, ids))
    few = (LOOKUPS + looking_up.WARM_UP) * CHUNK // SIZES[-1] + 1 if residents == CHUNK else 0
    return sought[:few] if few and seed > _SEED + 1 else sought


async def _copy(url: str, keys_at: Path, firsts: list[Record], ids: dict[int, UUID]) -> None:
    keys = Keys.open(keys_at)
    owner = await asyncpg.connect(url)
    variants, identifiers = looking_up.rows_of(keys, firsts, ids)
    async with owner.transaction():
        await owner.execute("SET LOCAL row_security = off")
        await owner.copy_records_to_table(
            "variant", schema_name="identity", columns=looking_up.VARIANT, records=variants
        )
        await owner.execute(_STAGED)
        await owner.copy_records_to_table(
            "staged", columns=looking_up.IDENTIFIER, records=identifiers
        )
        await owner.execute(_KEPT)
    await owner.close()
    keys.close()


async def _settle(empty: Region) -> float:
    """Bring the planner's statistics up to date; the bytes of the indexes of comparison."""
    owner = await asyncpg.connect(empty.postgres.owner_url)
    await owner.execute("VACUUM ANALYZE identity.variant")
    await owner.execute("VACUUM ANALYZE identity.identifier")
    size = await owner.fetchval("SELECT pg_indexes_size('identity.variant')")
    await owner.close()
    return float(size)
