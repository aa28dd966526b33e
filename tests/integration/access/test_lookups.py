"""Looking somebody up: who may be named to whom, how often, and what the region hears of it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import asyncpg
import pytest

import systems
import visits
from openhealthcode import access, audit, collection, registry
from openhealthcode.access import lookups
from openhealthcode.access.lookups import AlarmKind, guard
from openhealthcode.collection.canaries import made_up
from openhealthcode.database import transaction
from openhealthcode.identity import Registration, reading
from openhealthcode.identity.matching import MatchGrade
from openhealthcode.sign_in import SystemAccess
from openhealthcode.sign_in.systems import parse_scopes
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NationalId,
    NotFound,
    Phone,
    Scene,
    Sex,
    TooManyAttempts,
    division,
)
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import KeyClass, Keys

PHONE = "13912340056"


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def system(world):
    return await a_system(world)


async def a_system(world, name="his", institution=None):
    made = await systems.connect(world, institution or world.hospital, name)
    scopes = parse_scopes("system/*.crus")
    return SystemAccess(made.system_id, institution or world.hospital, scopes)


def number(serial=2):
    return Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial))


def asking(name="李试", *certificates, **more):
    return Registration(certificates, name, **more)


def born(serial=2):
    return NationalId(visits.national_id(serial)).birth_date


async def lines(world, resident):
    log = await access.own_log(world.pool, world.keys, resident)
    return [line for line in log if line.action == "resident.match"]


async def test_who_is_named_is_told_and_reads_who_found_them(world, system):
    li = await world.resident()
    (found,) = await lookups.match(
        world.pool, world.keys, system=system, probe=asking("李试", number(), birth_date=born())
    )
    assert found.grade is MatchGrade.CERTAIN
    assert world.keys.open_id(found.public_id)[0] == li
    assert found.agrees.name
    assert found.agrees.birth_date
    assert found.agrees.certificates == (number(),)
    assert not found.agrees.phone
    (line,) = await lines(world, li)
    assert (line.agent_id, line.institution_id) == (system.system_id, world.hospital)


@pytest.mark.parametrize(
    "probe",
    [
        asking("王某某", number()),
        asking("王某某", number(), birth_date=born()),
        asking("李试", number(4)),
        asking("李试", birth_date=born() + timedelta(days=400)),
        asking("李试", phone=Phone.parse(PHONE)),
    ],
    ids=["another name", "another name, right day", "unknown number", "another day", "a phone"],
)
async def test_who_is_not_named_is_not_there(world, system, probe):
    li = await world.resident()
    assert await lookups.match(world.pool, world.keys, system=system, probe=probe) == []
    assert await lookups.query(world.pool, world.keys, system=system, probe=probe) == []
    assert await lines(world, li) == []


@pytest.mark.parametrize(
    "probe",
    [
        asking("李试"),
        asking("", number()),
        asking(" ", birth_date=born()),
        asking("李试", sex=Sex.MALE),
    ],
)
async def test_a_name_alone_names_nobody_and_a_number_alone_neither(world, system, probe):
    with pytest.raises(lookups.TooLittleToMatch):
        await lookups.match(world.pool, world.keys, system=system, probe=probe)


async def test_only_what_fits_to_the_letter_is_found_by_a_query(world, system):
    await world.resident()
    exact = asking("李试", number(), birth_date=born())
    assert len(await lookups.query(world.pool, world.keys, system=system, probe=exact)) == 1
    sound = asking("李是", number())
    assert len(await lookups.match(world.pool, world.keys, system=system, probe=sound)) == 1
    assert await lookups.query(world.pool, world.keys, system=system, probe=sound) == []
    with_phone = asking("李试", number(), phone=Phone.parse(PHONE))
    assert await lookups.query(world.pool, world.keys, system=system, probe=with_phone) == []


async def test_a_closed_account_is_nobodys(world, system):
    li = await world.resident()
    await access.close_account(world.pool, world.keys, li)
    probe = asking("李试", number(), birth_date=born())
    assert await lookups.match(world.pool, world.keys, system=system, probe=probe) == []
    with pytest.raises(NotFound):
        await lookups.cross_reference(world.pool, world.keys, system=system, named=[number()])


async def test_an_institution_reads_back_the_numbers_it_gave_and_no_others(world, system):
    own = {"system": "urn:hospital-a", "value": "A-1", "type": {"coding": [{"code": "MR"}]}}
    patient = visits.patient()
    patient["identifier"].append(own)
    sent = visits.bundle(patient, visits.glucose("2026-02-01"), key="a")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    elsewhere = InstitutionId(await another_hospital(world))
    others = {**own, "system": "urn:hospital-b", "value": "B-7"}
    there = visits.patient()
    there["identifier"].append(others)
    agent = audit.Agent(audit.AgentKind.SYSTEM, uuid4(), elsewhere)
    await collection.file_bundle(
        world.pool,
        world.keys,
        bundle=visits.bundle(there, visits.glucose("2026-02-02"), key="b"),
        source=collection.Source(agent, elsewhere),
    )
    found = await lookups.cross_reference(world.pool, world.keys, system=system, named=[number()])
    assert world.keys.open_id(found.public_id)[0] == filed.resident_id
    assert [one.number for one in found.named] == [number().number]
    assert [one.number for one in found.certificates] == ["A1"]
    again = await lookups.own_numbers(
        world.pool, world.keys, system=system, public_id=found.public_id
    )
    assert {one.number for one in again.certificates} == {number().number, "A1"}
    theirs = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "B-7", issuer="urn:hospital-b")
    with pytest.raises(NotFound):
        await lookups.cross_reference(world.pool, world.keys, system=system, named=[theirs])
    assert len(await lines(world, filed.resident_id)) == 2


async def another_hospital(world):
    return await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|b", registry.InstitutionKind.TERTIARY_HOSPITAL, "乙医院"),
    )


async def test_a_stranger_and_a_malformed_id_are_not_there_alike(world):
    li = await world.resident()
    stranger = await a_system(world, "x", InstitutionId(await another_hospital(world)))
    for public_id in (world.keys.seal_id(li, li), "A" * 64, ""):
        with pytest.raises(NotFound):
            await lookups.own_numbers(world.pool, world.keys, system=stranger, public_id=public_id)
    with pytest.raises(NotFound):
        await lookups.cross_reference(world.pool, world.keys, system=stranger, named=[number()])
    assert await lines(world, li) == []


async def test_one_number_is_asked_about_so_often_and_no_more(world, system):
    await world.resident()
    for place in range(guard.MOST_OF_ONE_A_DAY):
        await lookups.match(
            world.pool, world.keys, system=system, probe=asking(f"某{place}", number())
        )
    with pytest.raises(TooManyAttempts):
        await lookups.match(world.pool, world.keys, system=system, probe=asking("李试", number()))
    other = await a_system(world, "other")
    probe = asking("李试", number())
    assert len(await lookups.match(world.pool, world.keys, system=other, probe=probe)) == 1
    (alarm,) = await lookups.alarms(world.pool)
    assert (alarm.kind, alarm.caller_id) == (AlarmKind.TOO_MANY_OF_ONE, system.system_id)


def test_a_question_written_in_another_way_is_the_same_question():
    plain = asking("张试", number(), birth_date=born(), phone=Phone.parse(PHONE))
    again = asking(" 張 试", number(), birth_date=born(), phone=Phone.parse(PHONE))
    other = asking("王试", number(4), birth_date=born())
    assert set(guard.subjects_of(plain)) == set(guard.subjects_of(again))
    assert len(set(guard.subjects_of(plain))) == 3
    assert not set(guard.subjects_of(plain)) & set(guard.subjects_of(other))
    assert list(guard.subjects_of(asking("李试"))) == []


@pytest.mark.parametrize(
    ("limit", "kind"),
    [("MOST_AN_HOUR", AlarmKind.TOO_MANY), ("MOST_EMPTY_AN_HOUR", AlarmKind.TOO_MANY_EMPTY)],
)
async def test_enumeration_stops_and_the_region_hears_of_it(
    world, system, monkeypatch, limit, kind
):
    """The same with small numbers: a million look-ups are ten days of nothing but refusals."""
    await world.resident()
    monkeypatch.setattr(guard, limit, 40)

    async def one(serial):
        day = f"19{60 + serial // 28:02}07{1 + serial % 28:02}"
        card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(3, day))
        probe = asking("李试", card)
        try:
            return await lookups.match(world.pool, world.keys, system=system, probe=probe)
        except TooManyAttempts:
            return "stopped"

    answers = []
    for start in range(0, 200, 8):
        answers += await asyncio.gather(*(one(start + place) for place in range(8)))
    assert {str(each) for each in answers} == {"[]", "stopped"}
    assert answers.count([]) <= 40 + 8, "as many more as were under way at once"
    assert all(each == "stopped" for each in answers[48:])
    (alarm,) = await lookups.alarms(world.pool)
    assert alarm.kind is kind
    assert alarm.times == answers.count("stopped")


async def test_counting_is_exact_however_many_come_at_once(world, system, owner):
    async def one():
        await guard.count_lookup(world.pool, world.keys, system, ["a", "b"])

    await asyncio.gather(*(one() for _ in range(25)))
    used = await owner.fetch("SELECT used FROM access.lookup_count")
    assert [row["used"] for row in used] == [25, 25, 25]


async def test_what_is_counted_and_told_is_forgotten(world, system, owner):
    await guard.count_lookup(world.pool, world.keys, system, ["a"])
    await guard.raise_alarm(world.pool, AlarmKind.CANARY, system.system_id, world.hospital)
    await lookups.forget_counts(world.pool)
    assert await owner.fetchval("SELECT count(*) FROM access.lookup_count") == 2
    long_ago = datetime.now(UTC) - timedelta(days=100)
    await owner.execute("UPDATE access.lookup_count SET starts_at = $1", long_ago)
    await owner.execute("UPDATE access.lookup_alarm SET latest_at = $1", long_ago)
    await lookups.forget_counts(world.pool)
    assert await owner.fetchval("SELECT count(*) FROM access.lookup_count") == 0
    assert await owner.fetchval("SELECT count(*) FROM access.lookup_alarm") == 0


async def test_nothing_of_who_was_asked_for_lies_in_the_tables(world, system, owner):
    await lookups.match(
        world.pool, world.keys, system=system, probe=asking("李试", number(), birth_date=born())
    )
    for table in ("lookup_count", "lookup_alarm"):
        rows = await owner.fetch(f"SELECT t::text AS text FROM access.{table} t")
        assert not [row for row in rows if "李试" in row["text"] or number().number in row["text"]]


def test_a_canary_is_of_a_county_that_was_gone_before_it_was_born():
    gone = division.abolished()
    for patient in made_up(200, Random(7)):
        id_number = NationalId.parse(patient["identifier"][0]["value"])
        assert id_number.birth_date.year > gone[id_number.division_code] + 1
        assert patient["birthDate"] == id_number.birth_date.isoformat()
        assert patient["gender"] == id_number.sex.value


async def test_whoever_asks_for_a_canary_is_told_of_like_for_anybody_and_alarms_the_region(
    world, system, owner
):
    assert (
        await collection.plant_canaries(world.pool, world.keys, count=3, source=world.source) == 3
    )
    sealed = await owner.fetch("SELECT resident_id FROM identity.resident")
    async with transaction(world.pool, resident=sealed[0]["resident_id"]) as connection:
        who = await reading.demographics(connection, world.keys, sealed[0]["resident_id"])
    assert await lookups.alarms(world.pool) == []
    probe = Registration(who.certificates, who.name)
    assert len(await lookups.match(world.pool, world.keys, system=system, probe=probe)) == 1
    (alarm,) = await lookups.alarms(world.pool)
    assert (alarm.kind, alarm.times, alarm.institution_id) == (
        AlarmKind.CANARY,
        1,
        world.hospital,
    )
    wrong = Registration(who.certificates, "无此人")
    assert await lookups.match(world.pool, world.keys, system=system, probe=wrong) == []
    by_day = Registration((), who.name, birth_date=who.birth_date)
    await lookups.match(world.pool, world.keys, system=system, probe=by_day)
    stranger = await a_system(world, "x", InstitutionId(await another_hospital(world)))
    with pytest.raises(NotFound):
        await lookups.cross_reference(
            world.pool, world.keys, system=stranger, named=who.certificates
        )
    told = {alarm.caller_id: alarm.times for alarm in await lookups.alarms(world.pool)}
    assert told == {system.system_id: 3, stranger.system_id: 1}


async def test_a_desk_that_types_a_canarys_number_alarms_the_region(world, owner):
    await collection.plant_canaries(world.pool, world.keys, count=1, source=world.source)
    resident_id = await owner.fetchval("SELECT resident_id FROM identity.resident")
    async with transaction(world.pool, resident=resident_id) as connection:
        who = await reading.demographics(connection, world.keys, resident_id)
    staff = type("Session", (), {"practitioner_id": world.wang, "institution_id": world.hospital})()
    with pytest.raises(NotFound):
        await access.identify_by_card(
            world.pool, world.keys, who.certificates[0], "无此人", staff, Scene.CONSULTATION
        )
    (alarm,) = await lookups.alarms(world.pool)
    assert (alarm.kind, alarm.caller_id) == (AlarmKind.CANARY, world.wang)


async def test_as_many_canaries_as_are_wanted_and_none_beyond_reason(world):
    for count in (0, 1001):
        with pytest.raises(InvalidInput):
            await collection.plant_canaries(
                world.pool, world.keys, count=count, source=world.source
            )


async def test_an_alarm_that_was_seen_is_new_when_it_happens_again(world, system):
    await guard.raise_alarm(world.pool, AlarmKind.CANARY, system.system_id, world.hospital)
    assert await lookups.unseen_alarms(world.pool) == 1
    (alarm,) = await lookups.alarms(world.pool)
    seen = type("Session", (), {"practitioner_id": world.wang})()
    await lookups.see_alarm(world.pool, alarm.on_day, alarm.caller_id, alarm.kind, seen)
    (alarm,) = await lookups.alarms(world.pool)
    assert alarm.seen_by == world.wang
    assert await lookups.unseen_alarms(world.pool) == 0
    await guard.raise_alarm(world.pool, AlarmKind.CANARY, system.system_id, world.hospital)
    (alarm,) = await lookups.alarms(world.pool)
    assert (alarm.times, alarm.seen_at) == (2, None)


async def test_a_merged_person_is_found_once_by_either_number_and_reads_it_in_both_logs(
    world, system
):
    first, second = await world.resident(serial=2), await world.resident(serial=4)
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    made = await collection.merge(world.pool, world.keys, first, second, "同一人", clerk)
    for serial in (2, 4):
        (found,) = await lookups.match(
            world.pool, world.keys, system=system, probe=asking("李试", number(serial))
        )
        assert world.keys.open_id(found.public_id)[0] == first
    assert len(await lines(world, first)) == len(await lines(world, second)) == 2
    both = await lookups.cross_reference(world.pool, world.keys, system=system, named=[number(4)])
    assert world.keys.open_id(both.public_id)[0] == first
    assert [one.number for one in both.certificates] == [number(2).number]
    await collection.unmerge(world.pool, world.keys, first, made.merge_id, "并非同一人", clerk)
    alone = await lookups.cross_reference(world.pool, world.keys, system=system, named=[number(4)])
    assert world.keys.open_id(alone.public_id)[0] == second
    assert alone.certificates == ()


async def test_whose_keys_are_gone_is_nobody(world, system):
    """As in the moment between the closing of an account and its last statement."""
    li = await world.resident()
    other = await world.resident(serial=4)
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    await collection.merge(world.pool, world.keys, li, other, "同一人", clerk)
    world.keys.destroy(other, KeyClass.IDENTITY)
    probe = asking("李试", number(), birth_date=born())
    assert len(await lookups.match(world.pool, world.keys, system=system, probe=probe)) == 1
    found = await lookups.cross_reference(world.pool, world.keys, system=system, named=[number()])
    assert found.certificates == ()
    world.keys.destroy(li, KeyClass.IDENTITY)
    assert await lookups.match(world.pool, world.keys, system=system, probe=probe) == []
    with pytest.raises(NotFound):
        await lookups.cross_reference(world.pool, world.keys, system=system, named=[number()])


async def test_a_number_that_is_somebodys_is_no_canarys(world, monkeypatch):
    await world.resident()
    canaries = sys.modules["openhealthcode.collection.canaries"]
    monkeypatch.setattr(canaries, "made_up", lambda *_: [visits.patient()])
    planted = await collection.plant_canaries(world.pool, world.keys, count=1, source=world.source)
    assert planted == 0


async def test_whose_log_somebody_holds_is_named_once_it_is_written(world, system):
    """The write without a lock finds the log held; the answer waits until it stands there."""
    resident = await world.resident()
    asked = asking("李试", number())
    before = len(await matches_of(world, resident))
    async with transaction(world.pool, resident=resident) as holding:
        await audit.hold(holding, resident)
        looking = asyncio.create_task(
            lookups.match(world.pool, world.keys, system=system, probe=asked)
        )
        await asyncio.wait([looking], timeout=0.5)
        assert not looking.done()
    assert len(await looking) == 1
    assert len(await matches_of(world, resident)) == before + 1


async def test_sixteen_who_find_one_person_at_once_are_each_in_the_log(world, system):
    resident = await world.resident()
    asked = asking("李试", number())
    found = await asyncio.gather(
        *(lookups.match(world.pool, world.keys, system=system, probe=asked) for _ in range(16))
    )
    assert [len(one) for one in found] == [1] * 16
    assert len(await matches_of(world, resident)) == 16


async def matches_of(world, resident):
    log = await access.own_log(world.pool, world.keys, resident)
    return [line for line in log if line.action == audit.Action.RESIDENT_MATCH]
