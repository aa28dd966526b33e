"""How a request's cost grows with the region: thirteen thousand entries, a million; 300 residents, 100,000.

The same number of entries each, and the same requests of both regions in turn, so that whatever else
the machine does meets both. Requests concern as many residents in either, drawn at random over the whole
region: a process remembers for a while whom it looked at, and what is asked here is what the size of the
region costs. What it costs to look at somebody for the first time, keys and consents not at hand, is
compared by itself (``first_read``).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from measure import Figure
from record.lives import refresh
from visit.world import Region, region, run

import systems
import visits
from openhealthcode import access, collection
from openhealthcode.database import open_pool
from openhealthcode.record import read_search
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys

FEW, MANY, ENTRIES = 1_300, 100_000, 10
ROUNDS, TURNS, ASKED, AT_ONCE = 5, 10, 40, 4


def measure(*, is_full: bool) -> Iterator[Figure]:
    residents = MANY if is_full else MANY // 10
    with region(FEW, entries=ENTRIES) as small, region(residents, entries=ENTRIES) as large:
        run(refresh(small))
        run(refresh(large))
        rounds = run(_rounds(small, large))
    ratios = {
        name: round(median(large[name] / small[name] for small, large in rounds), 3)
        for name in rounds[0][0]
    }
    yield Figure(
        "request_growth",
        max(ratios.values()),
        "ratio",
        baseline=round(median(small["read"] for small, _ in rounds), 3),
        baseline_is=f"milliseconds of a read among {FEW * ENTRIES} entries",
        notes={"each": ratios, "entries": residents * ENTRIES, "residents": residents},
    )


async def _rounds(small: Region, large: Region) -> list[tuple[dict[str, float], dict[str, float]]]:
    async with _caller(small) as few, _caller(large) as many:
        first = [(await few.first(place), await many.first(place)) for place in _places()]
        rounds = []
        for _ in range(ROUNDS):
            turns = [(await few.ask(), await many.ask()) for _ in range(TURNS)]
            rounds.append((_median([a for a, _ in turns]), _median([b for _, b in turns])))
        first_few, first_many = (median(one[side] for one in first) for side in (0, 1))
        return [
            (few | {"first_read": first_few}, many | {"first_read": first_many})
            for few, many in rounds
        ]


def _places() -> range:
    """Where portions of those who are looked at begin."""
    return range(0, FEW - ASKED + 1, ASKED)


def _median(turns: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(turn[name] for turn in turns) for name in turns[0]}


@dataclass
class _Caller:
    """The hospital's system at work in one region."""

    world: visits.World
    system: SystemAccess
    residents: list[ResidentId]

    async def first(self, place: int) -> float:
        """Milliseconds of a read of a portion of the residents, none of whom was looked at before."""
        return await self._timed(self._read, self.residents[place : place + ASKED])

    async def ask(self) -> dict[str, float]:
        """Milliseconds of each kind of request, several at once, of residents drawn at random."""
        return {
            name: await self._timed(asked, random.sample(self.residents, ASKED))
            for name, asked in (
                ("read", self._read),
                ("search", self._search),
                ("file", self._file),
            )
        }

    async def _timed(self, asked, residents: list[ResidentId]) -> float:
        drawn = iter(residents)

        async def worker() -> None:
            for resident in drawn:
                await asked(resident)

        started = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return (time.perf_counter() - started) / ASKED * 1000

    def _patient(self, resident: ResidentId) -> str:
        return self.world.keys.seal_id(resident, EntryId(resident))

    async def _read(self, resident: ResidentId) -> None:
        await access.read_entry(
            self.world.pool,
            self.world.keys,
            system=self.system,
            type="Patient",
            fhir_id=self._patient(resident),
        )

    async def _search(self, resident: ResidentId) -> None:
        asked = [("patient", self._patient(resident)), ("_sort", "-date"), ("_count", "20")]
        page = await access.search_entries(
            self.world.pool,
            self.world.keys,
            system=self.system,
            search=read_search("Observation", asked),
        )
        assert len(page.entries) >= ENTRIES

    async def _file(self, resident: ResidentId) -> None:
        result = visits.glucose("2026-03-01", round(random.uniform(4, 9), 2)) | {
            "subject": {"reference": f"Patient/{self._patient(resident)}"}
        }
        await collection.file_resource(
            self.world.pool, self.world.keys, resource=result, source=self.world.source
        )


@asynccontextmanager
async def _caller(settled: Region) -> AsyncIterator[_Caller]:
    pool = await open_pool(settled.postgres.url, size=8)
    world = await visits.world(pool, Keys.open(settled.keys))
    connected = await systems.connect(world, world.hospital)
    system = SystemAccess(connected.system_id, world.hospital, frozenset())
    yield _Caller(world, system, random.sample(settled.residents, FEW))
    await pool.close()
