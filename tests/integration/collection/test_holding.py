"""What is collected ends by itself, and what nobody ever reads shows in the report."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, audit, collection
from openhealthcode.collection import SCENE, Done, RequiredMissing
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from visits import World, bundle, glucose, patient

PHONE = [{"system": "phone", "value": "13912345678"}]
DISPENSED = {
    "resourceType": "MedicationDispense",
    "status": "completed",
    "medicationCodeableConcept": {"text": "MARKED-DRUG-3F"},
    "whenHandedOver": "2026-01-02",
}

PRESCRIBED = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "阿司匹林"},
}


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


def of_scene(sent: dict[str, Any], scene: str) -> dict[str, Any]:
    return sent | {"meta": {"tag": [{"system": SCENE, "code": scene}]}}


async def file(world: World, scene: str, *resources: dict[str, Any], **person: Any) -> ResidentId:
    sent = of_scene(bundle(patient(**person), *resources), scene)
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


def today() -> date:
    return datetime.now(UTC).date()


def years(count: int, days: int = 0) -> date:
    """The day so many years from today and some days; of a 29 February the 1 March."""
    day = today()
    try:
        day = day.replace(year=day.year + count)
    except ValueError:
        day = date(day.year + count, 3, 1)
    return day + timedelta(days=days)


async def expire(world: World, day) -> collection.Destroyed:
    return await collection.destroy_expired(world.pool, world.keys, day)


async def own(world: World, resident: ResidentId) -> dict[str, bytes]:
    shown = await access.own_record(world.pool, world.keys, resident)
    return {entry.type: entry.body for entry in shown.entries}


async def reported(world: World) -> dict[str, tuple[int, int, bool]]:
    report = await collection.over_collection(world.pool, world.hospital, today())
    return {f"{r.scene} {r.element}": (r.kept, r.read, r.is_never_read) for r in report}


async def test_what_is_over_is_destroyed_on_its_day_and_not_the_day_before(world, owner):
    resident = await file(world, "pharmacy", DISPENSED)
    assert await expire(world, years(5, days=-1)) == collection.Destroyed(0, 0)
    assert "MedicationDispense" in await own(world, resident)
    assert await expire(world, years(5)) == collection.Destroyed(1, 1)
    assert set(await own(world, resident)) == {"Patient"}
    rows = await owner.fetch("SELECT type FROM record.entry WHERE resident_id = $1", resident)
    assert [row["type"] for row in rows] == ["Patient"]
    assert await expire(world, years(5)) == collection.Destroyed(0, 0)


async def test_the_log_says_what_was_destroyed_and_under_which_rule(world):
    resident = await file(world, "pharmacy", DISPENSED)
    await expire(world, years(5))
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    assert line.action == audit.Action.RECORD_EXPIRE
    assert line.agent_kind == audit.AgentKind.PLATFORM
    assert line.detail["elements"] == ["dispensing"]
    assert line.detail["rules"] == [collection.RULES.of("pharmacy").reference]
    ((_, version, digest),) = line.detail["items"]
    assert version == 1
    assert len(digest) == 32


async def test_who_somebody_is_stays_while_their_telephone_goes_from_every_version(world, owner):
    resident = await file(world, "pharmacy", telecom=PHONE)
    assert b"13912345678" in (await own(world, resident))["Patient"]
    await expire(world, years(15))
    left = orjson.loads((await own(world, resident))["Patient"])
    assert "telecom" not in left
    assert left["name"] == [{"text": "李试"}]
    assert left["meta"]["versionId"] == "2"
    rows = await owner.fetch(
        "SELECT version, is_current FROM record.entry WHERE resident_id = $1", resident
    )
    assert [(row["version"], row["is_current"]) for row in rows] == [(2, True)]
    line = (await access.own_log(world.pool, world.keys, resident))[1]
    assert line.detail["elements"] == ["phone"]
    assert [item[:2] for item in line.detail["items"]] == [[resident.bytes, 1]]
    assert [item[:2] for item in line.detail["left"]] == [[resident.bytes, 2]]


async def test_what_is_handed_in_again_afterwards_is_collected_anew(world):
    resident = await file(world, "pharmacy", telecom=PHONE)
    await expire(world, years(15))
    await file(world, "pharmacy", telecom=PHONE)
    assert b"13912345678" in (await own(world, resident))["Patient"]


async def test_an_entry_stays_until_the_last_of_its_elements_is_over(world):
    resident = await file(world, "pharmacy", PRESCRIBED)
    await file(world, "inpatient", PRESCRIBED | {"note": [{"text": "again"}]})
    assert await expire(world, years(5)) == collection.Destroyed(0, 0)
    assert "MedicationRequest" in await own(world, resident)
    assert await expire(world, years(30)) == collection.Destroyed(1, 2)


async def test_what_came_in_without_an_occasion_never_ends_by_itself(world):
    await world.resident()
    assert await expire(world, years(90)) == collection.Destroyed(0, 0)


async def test_a_day_moved_in_the_database_destroys_nothing(world, owner):
    resident = await file(world, "pharmacy", DISPENSED)
    await owner.execute("UPDATE collection.held SET ends_on = '2020-01-01'")
    assert await expire(world, today()) == collection.Destroyed(0, 0)
    assert "MedicationDispense" in await own(world, resident)
    assert await expire(world, years(5)) == collection.Destroyed(1, 1)


async def test_what_somebody_altered_destroys_nothing_and_stops_nobody_elses(world, owner, caplog):
    resident = await file(world, "pharmacy", DISPENSED)
    sent = of_scene(bundle(patient(4), DISPENSED, key="q"), "pharmacy")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    await owner.execute(
        "UPDATE collection.held SET sealed = sealed || '\\x00' WHERE resident_id = $1", resident
    )
    assert await expire(world, years(5)) == collection.Destroyed(1, 1)
    assert "MedicationDispense" in await own(world, resident)
    assert "what is held of an entry was altered" in caplog.text


async def test_nobody_deletes_what_is_not_over(world):
    resident = await file(world, "pharmacy", DISPENSED)
    async with transaction(world.pool, resident=resident) as connection:
        done = await connection.execute("DELETE FROM record.entry WHERE resident_id = $1", resident)
    assert done == "DELETE 0"


async def test_a_closed_account_holds_nothing_that_could_end(world, owner):
    resident = await file(world, "pharmacy", DISPENSED)
    await access.close_account(world.pool, world.keys, resident)
    assert await expire(world, years(5)) == collection.Destroyed(0, 0)
    assert await owner.fetchval("SELECT count(*) FROM collection.held") == 0


async def test_the_elements_held_of_a_resident_lie_nowhere_in_clear(world, owner):
    await file(world, "pharmacy", DISPENSED)
    rows = await owner.fetch("SELECT t::text AS text FROM collection.held AS t")
    assert len(rows) == 2
    assert "dispensing" not in "".join(row["text"] for row in rows)
    await collection.count_up(world.pool)
    assert await owner.fetchval("SELECT count(*) FROM collection.delivery") == 0


async def test_what_nobody_was_ever_shown_stands_out_in_the_report(world):
    resident = await file(world, "outpatient", glucose("2026-02-01"), visits.allergy("青霉素"))
    assert (await reported(world))["outpatient laboratory-result"] == (1, 0, True)
    await access.own_record(world.pool, world.keys, resident)
    await access.follow_uses(world.pool, world.keys)
    assert (await reported(world))["outpatient laboratory-result"] == (1, 0, True)
    await world.allow(resident, frozenset({visits.RecordCategory.LABORATORY}))
    await world.look(resident)
    await access.follow_uses(world.pool, world.keys)
    assert (await reported(world))["outpatient laboratory-result"] == (1, 1, False)
    assert (await reported(world))["outpatient allergy"] == (1, 0, True)


async def test_being_shown_again_counts_once_and_an_altered_entry_anew(world):
    resident = await file(world, "outpatient", glucose("2026-02-01"))
    await world.allow(resident, with_what_is_added=True)
    for _ in range(3):
        await world.look(resident)
        await access.follow_uses(world.pool, world.keys)
    assert (await reported(world))["outpatient laboratory-result"] == (1, 1, False)
    await file(world, "outpatient", glucose("2026-02-01", 9.9))
    assert (await reported(world))["outpatient laboratory-result"] == (2, 1, False)
    await world.look(resident)
    await access.follow_uses(world.pool, world.keys)
    assert (await reported(world))["outpatient laboratory-result"] == (2, 2, False)


async def test_the_report_is_the_same_before_and_after_deliveries_are_counted(world):
    await file(world, "outpatient", glucose("2026-02-01"))
    await file(world, "outpatient", glucose("2026-02-01"), glucose("2026-03-01"))
    waiting = await collection.over_collection(world.pool, world.hospital, today())
    assert await collection.count_up(world.pool) == 2
    assert await collection.over_collection(world.pool, world.hospital, today()) == waiting
    assert await collection.count_up(world.pool) == 0


async def test_a_scene_that_needs_it_refuses_a_delivery_without_it_others_report(world):
    incomplete = {k: v for k, v in patient().items() if k != "birthDate"}
    for scene in ("registration", "vaccination"):
        with pytest.raises(RequiredMissing) as refused:
            await collection.file_bundle(
                world.pool, world.keys, bundle=of_scene(bundle(incomplete), scene),
                source=world.source,
            )  # fmt: skip
        assert refused.value.elements == ("birth-date",)
    filed = await collection.file_bundle(
        world.pool, world.keys, bundle=of_scene(bundle(incomplete), "outpatient"),
        source=world.source,
    )  # fmt: skip
    assert filed.missing == ("birth-date",)
    assert [entry.done for entry in filed.entries] == [Done.CREATED]
    report = await collection.over_collection(world.pool, world.hospital, today())
    lacking = {r.scene: (r.missing, r.asked) for r in report if r.element == "birth-date"}
    assert lacking == dict.fromkeys(("outpatient", "registration", "vaccination"), (1, 0))


async def test_verify_finds_nothing_wrong_after_something_was_over(world, owner):
    await file(world, "registration")
    await file(world, "pharmacy", DISPENSED, telecom=PHONE)
    await file(world, "pharmacy", DISPENSED, telecom=PHONE)
    await expire(world, years(5))
    await expire(world, years(15))
    async with transaction(world.pool, task="verification") as connection:
        found = [row for c in access.CROSS_CHECKS for row in await connection.fetch(c.statement)]
    assert found == []
    await owner.execute("DELETE FROM collection.destroyed")
    async with transaction(world.pool, task="verification") as connection:
        found = [row for c in access.CROSS_CHECKS for row in await connection.fetch(c.statement)]
    assert found != []


async def test_a_destruction_the_log_does_not_know_is_found(world, owner):
    resident = await file(world, "pharmacy", DISPENSED)
    await owner.execute(
        """INSERT INTO collection.destroyed (resident_id, entry_id, version, filed_number, event_number)
           SELECT resident_id, entry_id, version, filed_number, 77 FROM record.entry
            WHERE resident_id = $1 AND type = 'MedicationDispense'""",
        resident,
    )
    async with transaction(world.pool, task="verification") as connection:
        found = {c.sentence for c in access.CROSS_CHECKS if await connection.fetch(c.statement)}
    assert found == {
        "Something was said to be over that the log does not know of.",
        "What this event destroyed because its time was over is back.",
    }


async def test_logs_followed_twice_at_once_count_once(world):
    resident = await file(world, "outpatient", glucose("2026-02-01"))
    await world.allow(resident)
    await world.look(resident)
    await asyncio.gather(*(access.follow_uses(world.pool, world.keys) for _ in range(4)))
    assert (await reported(world))["outpatient laboratory-result"] == (1, 1, False)


async def test_what_is_over_is_destroyed_once_however_many_do_it(world):
    await file(world, "pharmacy", DISPENSED)
    done = await asyncio.gather(*(expire(world, years(5)) for _ in range(4)))
    assert sum(one.versions for one in done) == 1


async def test_deliveries_counted_by_several_at_once_are_counted_once(world):
    for serial in range(2, 22, 2):
        sent = of_scene(
            bundle(patient(serial), glucose("2026-02-01"), key=f"k{serial}"), "outpatient"
        )
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert sum(await asyncio.gather(*(collection.count_up(world.pool) for _ in range(4)))) == 10
    assert (await reported(world))["outpatient laboratory-result"] == (10, 0, True)


async def test_an_altered_entry_is_not_destroyed_and_stops_nobody_elses(world, owner, caplog):
    resident = await file(world, "pharmacy", telecom=PHONE)
    await owner.execute(
        "UPDATE record.entry SET body = body || '\\x00' WHERE resident_id = $1", resident
    )
    sent = of_scene(bundle(patient(4), DISPENSED, key="q"), "pharmacy")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert await expire(world, years(15)) == collection.Destroyed(1, 1)
    assert "an entry that is over was altered" in caplog.text
