"""Two persons make an edition of the map; what it closes is closed, also in what was filed before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

import visits
from openhealthcode import access, audit, collection, terminology
from openhealthcode.collection.rereading import reread_resident
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import Conflict, InvalidInput, RecordCategory
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.terminology import (
    EditionMoved,
    EditionState,
    MapReviewer,
    MapRow,
    editions,
    in_force,
    packaged_map,
)
from openhealthcode.terminology.model import MapAltered
from openhealthcode.trust import Keys
from visits import World

AUTHOR = MapReviewer(PractitionerId(uuid4()), "王编")
DECIDER = MapReviewer(PractitionerId(uuid4()), "李审")
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


async def proposed(world: World, *more: MapRow, without: int = 0) -> int:
    number = await editions.begin(world.pool, world.keys, AUTHOR)
    draft = await editions.edition_numbered(world.pool, number)
    _, rows = terminology.read_map(draft.document)
    await editions.revise(world.pool, draft, AUTHOR, [*rows[without:], *more])
    draft = await editions.edition_numbered(world.pool, number)
    await editions.propose(world.pool, draft, AUTHOR, "痛风也要关上")
    return number


async def approved(world: World, *more: MapRow, without: int = 0) -> int:
    number = await proposed(world, *more, without=without)
    proposal = await editions.edition_numbered(world.pool, number)
    await editions.decide(world.pool, world.keys, proposal, DECIDER, is_approved=True)
    return number


async def test_the_map_of_the_release_is_in_force_until_two_persons_made_another(world):
    assert (await in_force(world.pool, world.keys)) is packaged_map()
    await proposed(world, GOUT)
    assert (await in_force(world.pool, world.keys)) is packaged_map()
    proposal = await editions.edition_numbered(world.pool, 1)
    await editions.decide(world.pool, world.keys, proposal, DECIDER, is_approved=True)
    now = await in_force(world.pool, world.keys)
    assert now.edition.version == f"{packaged_map().edition.version}+1"
    assert now.edition.reviewers == ("王编", "李审")
    assert now.categories([], ["痛风发作"]) == {GOUT.category}
    assert (await in_force(world.pool, world.keys)) is now


async def test_nobody_approves_what_they_wrote(world):
    await proposed(world, GOUT)
    proposal = await editions.edition_numbered(world.pool, 1)
    with pytest.raises(EditionMoved):
        await editions.decide(world.pool, world.keys, proposal, AUTHOR, is_approved=True)
    disguised = replace(proposal, author=DECIDER)
    with pytest.raises(EditionMoved):
        await editions.decide(world.pool, world.keys, disguised, AUTHOR, is_approved=True)
    assert (await in_force(world.pool, world.keys)) is packaged_map()


async def test_the_database_itself_holds_author_and_decider_apart(world, owner_url):
    await approved(world, GOUT)
    owner = await asyncpg.connect(owner_url)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE terminology.edition SET decider_id = author_id")
    await owner.close()


@pytest.mark.parametrize(
    "alteration",
    [
        "document = replace(document, '抑郁', '从不出现')",
        "decider = '别人'",
        "author_id = gen_random_uuid()",
        "number = number + 1",
        "seal = sha256(seal)",
    ],
)
async def test_an_edition_altered_in_the_database_is_not_taken_for_the_map(
    world, owner_url, alteration
):
    await approved(world, GOUT)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(f"UPDATE terminology.edition SET {alteration}")
    await owner.close()
    terminology.editions._COMPILED.clear()
    with pytest.raises(MapAltered):
        await in_force(world.pool, world.keys)
    with pytest.raises(MapAltered):
        await filed(world, visits.glucose("2026-02-01"))


async def test_one_edition_at_a_time_is_worked_on(world):
    begun = await asyncio.gather(
        *(editions.begin(world.pool, world.keys, who) for who in (AUTHOR, DECIDER)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in begun) == ["Conflict", "int"]
    await editions.give_up(world.pool, 1, (await editions.edition_numbered(world.pool, 1)).author)
    assert await editions.begin(world.pool, world.keys, DECIDER) == 2
    with pytest.raises(Conflict):
        await editions.begin(world.pool, world.keys, AUTHOR)


async def test_what_was_changed_or_settled_meanwhile_is_looked_at_again(world):
    number = await editions.begin(world.pool, world.keys, AUTHOR)
    draft = await editions.edition_numbered(world.pool, number)
    _, rows = terminology.read_map(draft.document)
    await editions.revise(world.pool, draft, AUTHOR, [*rows, GOUT])
    for attempt in (
        editions.revise(world.pool, draft, AUTHOR, rows),
        editions.propose(world.pool, draft, AUTHOR, "基于旧文本"),
        editions.revise(world.pool, draft, DECIDER, rows),
        editions.give_up(world.pool, number, DECIDER),
        editions.decide(world.pool, world.keys, draft, DECIDER, is_approved=True),
    ):
        with pytest.raises(EditionMoved):
            await attempt
    draft = await editions.edition_numbered(world.pool, number)
    with pytest.raises(InvalidInput):
        await editions.propose(world.pool, draft, AUTHOR, " 无 ")
    await editions.propose(world.pool, draft, AUTHOR, "加上痛风")
    proposal = await editions.edition_numbered(world.pool, number)
    with pytest.raises(EditionMoved):
        await editions.revise(world.pool, proposal, AUTHOR, rows)
    await editions.decide(world.pool, world.keys, proposal, DECIDER, is_approved=False)
    with pytest.raises(EditionMoved):
        await editions.decide(world.pool, world.keys, proposal, DECIDER, is_approved=True)
    (record,) = await editions.editions(world.pool)
    assert (record.state, record.decider) == (EditionState.REFUSED, DECIDER)
    assert (await in_force(world.pool, world.keys)) is packaged_map()


# ── what was filed before ──


async def filed(world: World, *resources, serial: int = 2) -> collection.FiledBundle:
    sent = visits.bundle(visits.patient(serial), *resources, key=f"r{serial}")
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def shown(world: World, resident) -> list[str]:
    await world.allow(resident)
    disclosed = await world.look(resident)
    return sorted(entry.type for entry in disclosed.entries)


def gout(day: str = "2020-01-02"):
    return visits.condition("M10.9", "痛风", day)


async def reread(world: World) -> None:
    while await collection.reread(world.pool, world.keys, seconds=60):
        pass


async def test_a_new_edition_closes_what_was_filed_before_and_what_refers_to_it(world):
    about = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "非布司他"},
        "reasonReference": [{"reference": "urn:uuid:r2-0"}],
    }
    known = await filed(world, gout(), about, visits.glucose("2026-02-01"))
    other = await filed(world, visits.glucose("2026-02-01"), serial=4)
    await reread(world)
    assert await shown(world, known.resident_id) == [
        "Condition", "MedicationRequest", "Observation", "Patient",
    ]  # fmt: skip
    before = await access.own_log(world.pool, world.keys, other.resident_id)
    await approved(world, GOUT)
    await reread(world)
    assert await shown(world, known.resident_id) == ["Observation", "Patient"]
    own = await access.own_record(world.pool, world.keys, known.resident_id)
    assert len(own.entries) == 4
    (event,) = [
        line
        for line in await access.own_log(world.pool, world.keys, known.resident_id)
        if line.action == audit.Action.RECORD_RELABEL
    ]
    assert event.detail["edition"].endswith("+1")
    assert {item[0] for item in event.detail["items"]} == {
        entry.entry_id.bytes for entry in known.entries[1:3]
    }
    after = await access.own_log(world.pool, world.keys, other.resident_id)
    assert len(after) == len(before) + 1, (
        "but for its being read, nothing happened to the other's record"
    )
    run = await collection.last_rereading(world.pool)
    assert run is not None
    assert (run.residents, run.closed) == (2, 2)
    assert run.finished_at is not None


async def test_a_new_edition_leaves_the_visit_of_what_it_closes_open(world):
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2020-01-02"},
    }
    during = {"encounter": {"reference": "urn:uuid:r2-0"}}
    known = await filed(world, visit, gout() | during, visits.glucose("2020-01-02") | during)
    await approved(world, GOUT)
    await reread(world)
    assert await shown(world, known.resident_id) == ["Encounter", "Observation", "Patient"]


async def test_what_is_filed_after_the_approval_is_closed_at_once(world):
    await reread(world)
    await approved(world, GOUT)
    known = await filed(world, gout(), visits.glucose("2026-02-01"))
    assert await shown(world, known.resident_id) == ["Observation", "Patient"]


async def test_what_an_edition_no_longer_lists_stays_closed_where_it_was(world):
    await approved(world, GOUT)
    known = await filed(world, gout())
    proposal = await approved(world, without=0)  # GOUT is in the base by now
    assert proposal == 2
    number = await editions.begin(world.pool, world.keys, AUTHOR)
    draft = await editions.edition_numbered(world.pool, number)
    _, rows = terminology.read_map(draft.document)
    await editions.revise(
        world.pool, draft, AUTHOR, [row for row in rows if row.words != ("痛风",)]
    )
    draft = await editions.edition_numbered(world.pool, number)
    await editions.propose(world.pool, draft, AUTHOR, "痛风不再关上")
    draft = await editions.edition_numbered(world.pool, number)
    await editions.decide(world.pool, world.keys, draft, DECIDER, is_approved=True)
    await reread(world)
    assert await shown(world, known.resident_id) == ["Patient"]
    later = await filed(world, gout(), serial=4)
    assert "Condition" in await shown(world, later.resident_id)


async def test_every_version_and_every_name_is_read_again(world):
    """An earlier version that betrays closes the later one; so does the filing department's name."""
    sent = visits.bundle(visits.patient(2), gout(), key="r2")
    first = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    sent["entry"][1]["resource"]["code"] = {"text": "关节痛"}
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    await approved(world, GOUT)
    await reread(world)
    assert await shown(world, first.resident_id) == ["Patient"]
    hospital = replace(GOUT, words=("黛川县人民",))
    elsewhere = await filed(world, visits.glucose("2026-02-01"), serial=4)
    await approved(world, hospital)
    assert "Observation" in await shown(world, elsewhere.resident_id)
    await reread(world)
    assert await shown(world, elsewhere.resident_id) == ["Patient"]


async def test_a_run_goes_on_where_another_process_stopped(world, monkeypatch):
    for serial in range(2, 12, 2):
        await filed(world, gout(), serial=serial)
    await approved(world, GOUT)
    monkeypatch.setattr("openhealthcode.collection.rereading._AT_ONCE", 2)
    assert await collection.reread(world.pool, world.keys, seconds=0)
    run = await collection.last_rereading(world.pool)
    assert run is not None
    assert (run.residents, run.finished_at) == (2, None)
    monkeypatch.setattr("openhealthcode.collection.rereading.reread_resident", _fails)
    with pytest.raises(RuntimeError):
        await collection.reread(world.pool, world.keys, seconds=60)
    monkeypatch.setattr("openhealthcode.collection.rereading.reread_resident", reread_resident)
    assert not await collection.reread(world.pool, world.keys, seconds=60), "its lease still runs"
    async with transaction(world.pool) as connection:
        await connection.execute("UPDATE collection.reread SET leased_until = now()")
    await reread(world)
    run = await collection.last_rereading(world.pool)
    assert run is not None
    assert (run.residents, run.closed) == (5, 5)
    assert not await collection.reread(world.pool, world.keys, seconds=60), "nothing is left"


async def _fails(*_: object) -> int:
    raise RuntimeError


async def test_a_closed_account_is_passed_by(world):
    gone = await filed(world, gout())
    left = await filed(world, gout(), serial=4)
    await access.close_account(world.pool, world.keys, gone.resident_id)
    await approved(world, GOUT)
    await reread(world)
    assert await shown(world, left.resident_id) == ["Patient"]
    assert await reread_resident(world.pool, world.keys, gone.resident_id) == 0
    assert await reread_resident(world.pool, world.keys, UUID(int=9)) == 0


async def test_a_category_that_was_allowed_shows_what_is_left(world):
    """A new edition needs no new consent: the same consent shows less, without saying so."""
    known = await filed(world, gout(), visits.condition("I10", "高血压", "2014-03-02"))
    await world.allow(known.resident_id)
    assert len((await world.look(known.resident_id)).entries) == 3
    await approved(world, GOUT)
    await reread(world)
    disclosed = await world.look(known.resident_id)
    shown_now = [e for e in disclosed.entries if e.category is RecordCategory.CONDITIONS]
    assert len(shown_now) == 1


async def test_a_release_that_reads_entries_in_another_way_reads_all_again(world, monkeypatch):
    await filed(world, gout())
    await reread(world)
    before = await collection.last_rereading(world.pool)
    await reread(world)
    assert await collection.last_rereading(world.pool) == before
    monkeypatch.setattr("openhealthcode.collection.rereading.READER", "another")
    await reread(world)
    after = await collection.last_rereading(world.pool)
    assert before
    assert after
    assert after.started_at > before.started_at
    assert after.residents == 1


async def test_who_was_overtaken_leaves_the_run_to_the_other(world, monkeypatch):
    """The lease was over, and another process went on from the same place."""
    await filed(world, gout())
    await approved(world, GOUT)

    async def overtaken(*_: object) -> int:
        await world.pool.execute("UPDATE collection.reread SET reached = gen_random_uuid()")
        return 1

    monkeypatch.setattr("openhealthcode.collection.rereading.reread_resident", overtaken)
    assert not await collection.reread(world.pool, world.keys, seconds=60)
    run = await collection.last_rereading(world.pool)
    assert run is not None
    assert (run.residents, run.finished_at) == (0, None)


async def test_a_record_is_read_again_after_what_is_being_filed(world):
    """Else an entry filed under the edition before would come in behind the run's back."""
    known = await filed(world, visits.glucose("2026-02-01"))
    await approved(world, GOUT)
    async with transaction(world.pool, resident=known.resident_id) as filing:
        await audit.hold(filing, known.resident_id)
        again = asyncio.create_task(reread_resident(world.pool, world.keys, known.resident_id))
        done, _ = await asyncio.wait({again}, timeout=1)
        assert not done
    assert await again == 0


async def test_nothing_filed_while_an_edition_is_approved_escapes_it(world):
    first = await filed(world, visits.glucose("2026-02-01"))

    async def deliver(day: int) -> None:
        sent = visits.bundle(visits.patient(2), gout(f"2020-01-{day:02}"), key=f"more-{day}")
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)

    async def change() -> None:
        await approved(world, GOUT)
        await reread_resident(world.pool, world.keys, first.resident_id)

    await asyncio.gather(*map(deliver, range(1, 9)), change(), *map(deliver, range(9, 17)))
    await asyncio.gather(*map(deliver, range(17, 20)))
    assert await shown(world, first.resident_id) == ["Observation", "Patient"]
