"""The region the figures of the record are taken in: others' Bundles, and a clinic let in by consent.

The Bundles are loaded twice, the second time as other people, as the peers were measured. A hospital's
register brings them; the system that reads is another institution's, and reads by standing consents.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
from measure import ROOT
from visit.world import Region, region, run

import systems
import visits
from openhealthcode import collection, consent, registry
from openhealthcode.database import open_pool
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys

SYNTHEA = ROOT.parent / "shared" / "data" / "synthea"
COPIES = 2
EVERYTHING = frozenset(RecordCategory)


@dataclass(frozen=True)
class Life:
    """One resident: the FHIR id, and how many entries the record holds."""

    resident_id: ResidentId
    patient: str
    entries: int


@dataclass(frozen=True)
class Filled:
    """The region, its lives, and the clinic's system."""

    region: Region
    lives: tuple[Life, ...]
    system: systems.HospitalSystem

    def token(self, site: str) -> str:
        """A token of the clinic's system at an address."""
        form = self.system.form(aud=f"{site}/oauth/token")
        answer = httpx.post(f"{site}/oauth/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def nearest(self, entries: int) -> Life:
        """The resident whose record comes nearest to so many entries."""
        return min(self.lives, key=lambda life: abs(life.entries - entries))


def bundles(number: int = COPIES) -> Iterator[bytes]:
    """Others' Bundles, once as they are and then as other people's."""
    for place in range(number):
        for path in collection.files_in([SYNTHEA]) if SYNTHEA.is_dir() else ():
            yield as_another(orjson.loads(path.read_bytes()), place)


def as_another(bundle: dict[str, Any], place: int) -> bytes:
    """The same life lived by somebody else: other numbers, another name."""
    if place == 0:
        return orjson.dumps(bundle)
    told = copy.deepcopy(bundle)
    person = next(
        e["resource"] for e in told["entry"] if e["resource"]["resourceType"] == "Patient"
    )
    person["identifier"] = [{"system": "urn:bench", "value": f"{place}-{person['id']}"}]
    person["name"][0]["family"] = f"Again{place}{person['name'][0]['family']}"
    person.pop("telecom", None)
    return orjson.dumps(told)


@contextmanager
def filled() -> Iterator[Filled]:
    """A durable server with others' Bundles in it, statistics refreshed, and every consent given."""
    with region(0, entries=0) as empty:
        folder = empty.directory / "bundles"
        folder.mkdir()
        for number, content in enumerate(bundles()):
            (folder / f"{number:03}.json").write_bytes(content)
        yield Filled(empty, *run(_fill(empty, folder)))


async def _fill(empty: Region, folder: Path) -> tuple[tuple[Life, ...], systems.HospitalSystem]:
    pool = await open_pool(empty.postgres.url, size=8)
    world = await visits.world(pool, Keys.open(empty.keys))
    async for file in collection.load(
        pool, world.keys, collection.files_in([folder]), world.source
    ):
        assert not file.error, file
    clinic = await registry.register_institution(
        pool, InstitutionEntry("bench|clinic", InstitutionKind.CLINIC, "诊所")
    )
    lives = await _lives(empty, world)
    for life in lives:
        await allow(world, life.resident_id, clinic)
    system = await systems.connect(world, clinic)
    await pool.close()
    await refresh(empty)
    return lives, system


async def allow(world: visits.World, resident: ResidentId, clinic: Any) -> None:
    """Everything, closed kinds too, for as long as a measurement may take."""
    terms = {
        "kind": consent.ConsentKind.STANDING,
        "institution_id": clinic,
        "categories": EVERYTHING,
        "manner": consent.Manner.KEEP,
        "days": 30,
    }
    general = await consent.give(
        world.pool, world.keys, resident, consent.Terms(**terms), visits.TOLD
    )
    closed = consent.Terms(**terms, sensitive=frozenset(SensitiveCategory), added_to=general)
    await consent.give(world.pool, world.keys, resident, closed, visits.TOLD)


async def _lives(empty: Region, world: visits.World) -> tuple[Life, ...]:
    owner = await asyncpg.connect(empty.postgres.owner_url)
    rows = await owner.fetch(
        "SELECT resident_id, count(*) FROM record.entry WHERE is_current GROUP BY 1 ORDER BY 1"
    )
    await owner.close()
    return tuple(
        Life(
            ResidentId(row["resident_id"]),
            world.keys.seal_id(ResidentId(row["resident_id"]), EntryId(row["resident_id"])),
            row["count"],
        )
        for row in rows
    )


async def refresh(empty: Region) -> None:
    """Statistics as an operator has them after a bulk load."""
    owner = await asyncpg.connect(empty.postgres.owner_url)
    await owner.execute("VACUUM ANALYZE record.entry")
    await owner.execute("ANALYZE")
    await owner.close()


async def bytes_per_entry(empty: Region) -> float:
    """Of the record on disk, indexes included."""
    owner = await asyncpg.connect(empty.postgres.owner_url)
    size = await owner.fetchval("SELECT pg_total_relation_size('record.entry')")
    count = await owner.fetchval("SELECT count(*) FROM record.entry")
    await owner.close()
    return float(size) / float(count)
