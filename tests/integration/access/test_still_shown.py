"""An open page may stay while everything its look showed would be shown again."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

import visits
from merged import Index
from openhealthcode import access, collection, consent, representation
from openhealthcode.access import children
from openhealthcode.consent import Refusal
from openhealthcode.database import Announcements
from openhealthcode.representation import Approver
from openhealthcode.standards import Certificate, CertificateKind, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import EntryId, PractitionerId, TerminalId
from openhealthcode.trust import Keys
from signing_in import Phones
from visits import World


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def resident(world: World):
    resident = await world.resident(visits.glucose("2026-02-01"), visits.allergy("青霉素"))
    await world.allow(resident)
    return resident


async def still(world: World, resident, number: int, **changes) -> bool:
    who = {"practitioner_id": world.wang, "institution_id": world.hospital} | changes
    return await access.is_still_shown(world.pool, world.keys, resident, number=number, **who)


async def own(world: World, resident, kind: str) -> EntryId:
    shown = await access.own_record(world.pool, world.keys, resident)
    return next(one.entry_id for one in shown.entries if one.type == kind)


async def test_what_nobody_closed_may_stay_and_asking_leaves_no_line(world, resident):
    look = await world.look(resident)
    assert await still(world, resident, look.number)
    (newest, *_) = await access.own_log(world.pool, world.keys, resident)
    assert newest.number == look.number


async def test_what_came_since_changes_nothing(world, resident):
    look = await world.look(resident)
    sent = visits.bundle(visits.patient(), visits.glucose("2026-05-01"))
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert await still(world, resident, look.number)


async def test_an_entry_that_was_closed_ends_it_and_one_not_shown_does_not(world, resident):
    await access.hide_entry(
        world.pool, world.keys, resident, await own(world, resident, "AllergyIntolerance")
    )
    look = await world.look(resident)
    assert await still(world, resident, look.number)
    await access.hide_entry(
        world.pool, world.keys, resident, await own(world, resident, "Observation")
    )
    assert not await still(world, resident, look.number)
    assert await still(world, resident, (await world.look(resident)).number)


async def test_a_kind_that_was_refused_ends_it_and_one_not_shown_does_not(world, resident):
    look = await world.look(resident)
    vaccines = Refusal(categories=frozenset({RecordCategory.IMMUNISATIONS}))
    await consent.restrict(world.pool, world.keys, resident, vaccines)
    assert await still(world, resident, look.number)
    results = Refusal(categories=frozenset({RecordCategory.LABORATORY}))
    await consent.restrict(world.pool, world.keys, resident, results)
    assert not await still(world, resident, look.number)


async def test_what_was_withdrawn_ends_it(world, resident):
    look = await world.look(resident)
    (given,) = await consent.consents(world.pool, world.keys, resident)
    await consent.withdraw(world.pool, world.keys, resident, given.consent_id)
    assert not await still(world, resident, look.number)


async def test_an_emergencys_page_is_held_against_what_emergencies_open(world):
    resident = await world.resident(visits.allergy("青霉素"))
    await access.break_glass_for(
        world.pool,
        world.keys,
        Phones(),
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=1,
        reason="昏迷，分诊一级",
    )
    look = await world.look(resident, purpose=PurposeOfUse.EMERGENCY)
    assert await still(world, resident, look.number)
    allergy = await own(world, resident, "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy)
    assert not await still(world, resident, look.number)


async def test_a_childs_page_is_held_against_the_approval_it_takes(world, monkeypatch):
    monkeypatch.setattr(children, "LONGEST_STALENESS_SECONDS", 0)
    born = f"{datetime.now(UTC).year - 5}-01-02"
    child = visits.patient(3, "张小", birthDate=born)
    child["identifier"][0]["value"] = number = visits.national_id(30, born.replace("-", ""))
    child["gender"] = "male" if int(number[16]) % 2 else "female"
    sent = visits.bundle(child, visits.allergy("青霉素"), key="child")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    await world.allow(filed.resident_id)
    look = await world.look(filed.resident_id)
    assert await still(world, filed.resident_id, look.number)
    officer = Approver(world.wang, world.hospital)
    await representation.require_approvals(world.pool, officer, is_required=True)
    assert not await still(world, filed.resident_id, look.number)


async def test_of_another_ones_look_and_of_none_the_answer_is_no(world, resident):
    look = await world.look(resident)
    assert not await still(world, resident, look.number, practitioner_id=PractitionerId(uuid4()))
    assert not await still(world, resident, look.number + 1)
    assert not await still(world, resident, look.number - 1), "that was the answer"


async def test_what_lies_under_a_persons_other_id_counts_and_wakes_pages_too(
    world, resident, database
):
    other = await world.resident(visits.condition("J06.9", "感冒", "2026-03-01"), serial=4)
    await world.allow(other)
    await Index(world).merge(resident, other)
    look = await world.look(resident)
    assert await still(world, resident, look.number)
    async with Announcements(database.url) as announcements:
        topic = consent.topic_of(world.keys, resident)
        following = announcements.follow(topic, timeout_seconds=60)
        assert [await anext(following), await anext(following)] == [False, True]  # it listens now
        condition = await own(world, resident, "Condition")
        await access.hide_entry(world.pool, world.keys, resident, condition)
        assert await anext(following)
        assert not await still(world, resident, look.number)
        await access.reveal_entry(world.pool, world.keys, resident, condition)
        assert await anext(following)
        await following.aclose()
