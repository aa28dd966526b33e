"""One new entry by itself: two statements shared with others, and as if the chain had been held."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, collection, terminology
from openhealthcode.collection import BrokenReference, SeveralResidents, Which
from openhealthcode.database import Pool
from openhealthcode.standards import HealthCodeError, RecordCategory
from openhealthcode.standards.ids import EntryId, PractitionerId, ResidentId
from openhealthcode.terminology import MapReviewer, MapRow, editions
from openhealthcode.trust import Keys
from visits import World, glucose

GOUT = MapRow(
    category=terminology.packaged_map().rows[0].category,
    betrayed_by="word",
    reason="测试",
    source="测试",
    words=("痛风",),
)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


def of(world: World, resident: ResidentId, resource: dict) -> dict:
    subject = f"Patient/{world.keys.seal_id(resident, EntryId(resident))}"
    return resource | {"subject": {"reference": subject}}


async def file(
    world: World, resident: ResidentId, resource: dict, *, url: str = ""
) -> collection.FiledBundle:
    return await collection.file_resource(
        world.pool,
        world.keys,
        resource=of(world, resident, resource),
        source=world.source,
        which=Which(resource["resourceType"], full_url=url),
    )


async def values(world: World, resident: ResidentId) -> list[float]:
    own = await access.own_record(world.pool, world.keys, resident)
    bodies = [orjson.loads(e.body) for e in own.entries if e.type == "Observation"]
    return sorted(body["valueQuantity"]["value"] for body in bodies)


async def chain_of(owner_url: str, resident: ResidentId) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        """SELECT v.number, v.action, e.entry_id, e.filed_at = v.recorded_at AS is_dated
             FROM audit.event v LEFT JOIN record.entry e
               ON e.resident_id = v.resident_id AND e.filed_number = v.number
            WHERE v.resident_id = $1 AND v.action = 'record.file' ORDER BY v.number""",
        resident,
    )
    await connection.close()
    return rows


async def statements_of(world: World, resident: ResidentId, resource: dict) -> list[str]:
    """What goes to the database while one resource is filed."""
    connection = await world.pool.acquire()
    told: list[str] = []
    connection.add_query_logger(lambda record: told.append(record.query))
    world.pool.release(connection)  # the one that is borrowed next
    await file(world, resident, resource)
    return told


async def test_a_new_result_is_two_statements(world):
    resident = await world.resident()
    told = await statements_of(world, resident, glucose("2026-02-01", 7.7))
    assert [text.split("(")[0].split()[-1] for text in told] == ["audit.chains", "record.add"]
    named = {"identifier": {"system": "urn:visit", "value": "V1"}}
    told = await statements_of(world, resident, glucose("2026-02-02") | {"encounter": named})
    assert len(told) > 2  # what it refers to may be closed: the chain is held meanwhile


async def test_new_results_that_go_together_keep_apart(world, owner_url):
    residents = [await world.resident(serial=serial) for serial in range(2, 14)]
    filed = await asyncio.gather(
        *(file(world, one, glucose("2026-02-01", 4 + n / 10)) for n, one in enumerate(residents))
    )
    for number, (resident, one) in enumerate(zip(residents, filed, strict=True)):
        assert one.resident_id == resident
        assert 4 + number / 10 in await values(world, resident)
        last = (await chain_of(owner_url, resident))[-1]
        assert (last["number"], last["entry_id"]) == (one.event_number, one.entries[0].entry_id)
        assert last["is_dated"]


async def test_results_of_one_resident_at_once_are_all_filed_each_by_its_own_event(
    world, owner_url
):
    resident = await world.resident()
    before = len(await values(world, resident))
    filed = await asyncio.gather(
        *(file(world, resident, glucose("2026-02-01", 10 + n)) for n in range(12))
    )
    assert len({one.event_number for one in filed}) == 12
    assert set(range(10, 22)) <= set(await values(world, resident))
    assert len(await values(world, resident)) == before + 12
    logged = [row["number"] for row in await chain_of(owner_url, resident)]
    assert logged[-12:] == sorted(one.event_number for one in filed)
    assert logged[-12:] == list(range(logged[-1] - 11, logged[-1] + 1))


async def test_a_map_approved_between_reading_and_writing_holds_for_what_is_written(world):
    """The process has not asked for the map since it was replaced, as when another approved it."""
    resident = await world.resident()
    said = glucose("2026-02-01", 9.1) | {"note": [{"text": "痛风发作"}]}
    first = await file(world, resident, said)
    seal, _ = editions.last_known()
    number = await editions.begin(world.pool, world.keys, _person())
    draft = await editions.edition_numbered(world.pool, number)
    author = draft.author
    _, rows = terminology.read_map(draft.document)
    await editions.revise(world.pool, draft, author, [*rows, GOUT])
    draft = await editions.edition_numbered(world.pool, number)
    await editions.propose(world.pool, draft, author, "痛风也要关上")
    proposal = await editions.edition_numbered(world.pool, number)
    await editions.decide(world.pool, world.keys, proposal, _person(), is_approved=True)
    assert editions.last_known()[0] == seal
    filed = await file(world, resident, said | {"valueQuantity": {"value": 9.2}})
    assert editions.last_known()[0] != seal
    again = await file(world, resident, said | {"valueQuantity": {"value": 9.3}})
    await world.allow(resident)
    seen = {entry.entry_id for entry in (await world.look(resident)).entries}
    assert first.entries[0].entry_id in seen
    assert not {filed.entries[0].entry_id, again.entries[0].entry_id} & seen


def _person() -> MapReviewer:
    return MapReviewer(PractitionerId(uuid4()), "王编")


async def test_what_is_closed_is_closed_however_it_comes_in(world):
    resident = await world.resident()
    filed = await file(world, resident, visits.condition("F32.1", "中度抑郁发作", "2018-06-01"))
    await world.allow(resident)
    seen = await world.look(resident)
    assert filed.entries[0].entry_id not in {entry.entry_id for entry in seen.entries}


async def test_a_closed_visit_by_itself_closes_the_result_that_named_it_before(world):
    resident = await world.resident()
    number = {"system": "urn:visit", "value": "V1"}
    result = await file(
        world, resident, glucose("2026-02-01", 8.8) | {"encounter": {"identifier": number}}
    )
    visit = {
        "resourceType": "Encounter",
        "identifier": [number],
        "status": "finished",
        "class": {"code": "AMB"},
        "serviceType": {"text": "精神科"},
    }
    await file(world, resident, visit)
    await world.allow(resident)
    seen = await world.look(resident)
    assert RecordCategory.LABORATORY in {entry.category for entry in seen.entries}
    assert result.entries[0].entry_id not in {entry.entry_id for entry in seen.entries}


async def test_what_its_sender_names_becomes_a_version_of_the_same_entry(world):
    resident = await world.resident()
    url = "https://his.example/fhir/Observation/1"
    first = await file(world, resident, glucose("2026-02-01", 5.0), url=url)
    second = await file(world, resident, glucose("2026-02-01", 6.0), url=url)
    assert second.entries[0].entry_id == first.entries[0].entry_id
    assert second.entries[0].version == 2


async def test_nothing_is_filed_of_a_closed_account_or_of_nobody(world):
    resident, other = await world.resident(), await world.resident(serial=4)
    stranger = ResidentId(uuid4())
    world.keys.of(stranger, create=True)
    with pytest.raises(HealthCodeError):
        await file(world, stranger, glucose("2026-02-01"))
    two = of(world, resident, glucose("2026-02-01"))
    two["performer"] = [of(world, other, {})["subject"]]
    with pytest.raises(SeveralResidents):
        await collection.file_resource(world.pool, world.keys, resource=two, source=world.source)
    with pytest.raises(BrokenReference):
        await collection.file_resource(
            world.pool, world.keys, resource=glucose("2026-02-01"), source=world.source
        )
    for nowhere in (
        {"encounter": {"reference": "Encounter/x"}},
        {"performer": [{"reference": "Practitioner/x"}]},
    ):
        lost = of(world, resident, glucose("2026-02-01") | nowhere)
        with pytest.raises(BrokenReference):
            await collection.file_resource(
                world.pool, world.keys, resource=lost, source=world.source
            )
