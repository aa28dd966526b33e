"""Whatever two institutions file, change, patch, delete and put back, the record is what a list would be.

Against a real database, beside a model that knows no tables: for each entry whose it is and what
each of its versions said, nothing where it says that the entry was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import visits
from openhealthcode import access, audit, collection, registry
from openhealthcode.collection import Done, Source, VersionConflict, Which
from openhealthcode.database import Pool
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys
from visits import World

TYPE = "Observation"
serials = count(300)
places = st.integers(0, 5)
steps = st.lists(
    st.tuples(
        st.sampled_from(["file", "file-once", "update", "patch", "delete", "update-if"]),
        st.booleans(),
        places,
        st.integers(1, 4),
    ),
    max_size=14,
)


@dataclass
class Known:
    """One entry, by a plain list of what its versions said."""

    owner: int
    fhir_id: str
    said: list[int | None] = field(default_factory=list)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def sources(world: World) -> tuple[Source, Source]:
    other = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|other", registry.InstitutionKind.SECONDARY_HOSPITAL, "苍岭区人民医院"
        ),
    )
    agent = audit.Agent(audit.AgentKind.SYSTEM, other, InstitutionId(other))
    return world.source, Source(agent, InstitutionId(other))


class Trial:
    """A record and its model, changed together."""

    def __init__(self, world: World, sources: tuple[Source, Source], patient: str) -> None:
        self.pool, self.keys, self.sources, self.patient = world.pool, world.keys, sources, patient
        self.known: list[Known] = []

    def result(self, value: int, fhir_id: str = "") -> dict[str, object]:
        identifier = [{"system": "urn:oid:2.999.1", "value": f"v{value}"}]
        made = {
            **visits.glucose("2026-02-01", value),
            "identifier": identifier,
            "subject": {"reference": self.patient},
        }
        return made | ({"id": fhir_id} if fhir_id else {})

    async def file(self, who: int, value: int, *, once: bool) -> None:
        there = [one for one in self.known if one.owner == who and one.said[-1] == value]
        condition = (("identifier", f"urn:oid:2.999.1|v{value}"),) if once else None
        try:
            filed = await collection.file_resource(
                self.pool,
                self.keys,
                resource=self.result(value),
                source=self.sources[who],
                which=Which(TYPE, condition=condition),
            )
        except collection.SeveralMatches:
            assert once
            assert len(there) > 1
            return
        (entry,) = (*filed.entries, *filed.others)
        if once and there:
            assert [entry.fhir_id] == [one.fhir_id for one in there]
            assert entry.done is Done.UNCHANGED
            return
        assert (entry.done, entry.version) == (Done.CREATED, 1)
        self.known.append(Known(who, entry.fhir_id, [value]))

    async def change(self, how: str, who: int, one: Known, value: int) -> None:
        named = one.said.index(value) + 1 if value in one.said else len(one.said) + 1
        which = Which(TYPE, one.fhir_id, if_match=named if how == "update-if" else None)
        is_own, is_there = one.owner == who, one.said[-1] is not None
        try:
            filed = await self._done(how, who, which, value)
        except NotFound:
            assert not is_own or (how == "patch" and not is_there)
            return
        except VersionConflict:
            assert is_own
            assert how == "update-if"
            assert named != len(one.said)
            return
        assert is_own
        (entry,) = (*filed.entries, *filed.others)
        if how == "delete":
            one.said += [None] if is_there else []
        elif one.said[-1] != value:
            one.said.append(value)
        assert entry.version == len(one.said)

    async def _done(self, how: str, who: int, which: Which, value: int) -> collection.FiledBundle:
        source = self.sources[who]
        if how == "delete":
            return await collection.delete(self.pool, self.keys, which=which, source=source)
        if how == "patch":
            changed = self.result(value)
            operations = [
                {"op": "replace", "path": "/valueQuantity/value", "value": value},
                {"op": "replace", "path": "/identifier", "value": changed["identifier"]},
            ]
            return await collection.patch(
                self.pool, self.keys, which=which, operations=operations, source=source
            )
        return await collection.update(
            self.pool,
            self.keys,
            which=which,
            resource=self.result(value, which.fhir_id),
            source=source,
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
async def test_a_record_is_what_a_list_of_its_versions_says(world, sources, owner_url, done):
    serial = next(serials)
    resident = (
        await collection.file_bundle(
            world.pool,
            world.keys,
            bundle=visits.bundle(visits.patient(serial), key=f"r{serial}"),
            source=world.source,
        )
    ).resident_id
    patient = f"Patient/{world.keys.seal_id(resident, resident)}"
    trial = Trial(world, sources, patient)
    for how, is_other, place, value in done:
        if how.startswith("file"):
            await trial.file(int(is_other), value, once=how == "file-once")
        elif place < len(trial.known):
            await trial.change(how, int(is_other), trial.known[place], value)
    await check(trial, resident, owner_url)


async def check(trial: Trial, resident: ResidentId, owner_url: str) -> None:
    own = await access.own_record(trial.pool, trial.keys, resident)
    shown = {
        body["id"]: (body["valueQuantity"]["value"], body["meta"]["versionId"])
        for body in (orjson.loads(entry.body) for entry in own.entries if entry.type == TYPE)
    }
    assert shown == {
        one.fhir_id: (one.said[-1], str(len(one.said)))
        for one in trial.known
        if one.said[-1] is not None
    }
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        """SELECT entry_id, version, is_current, is_deletion FROM record.entry
            WHERE resident_id = $1 AND type = 'Observation'""",
        resident,
    )
    await connection.close()
    kept = {(trial.keys.seal_id(resident, row[0]), *row[1:]) for row in rows}
    assert kept == {
        (one.fhir_id, place + 1, place + 1 == len(one.said) and value is not None, value is None)
        for one in trial.known
        for place, value in enumerate(one.said)
    }
