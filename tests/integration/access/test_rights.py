"""Corrections with a clock and an answer, objection to other uses, and how much stands open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import visits
from openhealthcode import access, audit, collection, consent
from openhealthcode.access import Clerk, RightsAnswer, RightsKind
from openhealthcode.database import transaction
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, PractitionerId
from openhealthcode.trust import Keys


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def resident(world):
    return await world.resident()


@pytest.fixture
def clerk(world):
    return Clerk(world.wang, world.hospital)


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def entry_of(world, resident, kind="AllergyIntolerance"):
    own = await access.own_record(world.pool, world.keys, resident)
    return next(entry for entry in own.entries if entry.type == kind)


async def ask(world, resident, words="我对青霉素不过敏"):
    entry = await entry_of(world, resident)
    await access.ask_correction(world.pool, world.keys, resident, entry.entry_id, words)
    (waiting,) = await access.open_requests(world.pool, world.keys, world.hospital)
    return waiting.public_id


async def correct(world):
    """The hospital delivers the same Bundle again with another allergy."""
    life = (visits.allergy("头孢菌素"), *visits.LIFE[1:])
    sent = visits.bundle(visits.patient(2), *life, key="resident-2")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def told(world, resident):
    (request,) = await access.rights_requests(world.pool, world.keys, resident)
    return request


async def test_a_correction_goes_to_who_filed_the_entry_and_is_answered_by_the_corrected_one(
    world, resident, clerk
):
    public_id = await ask(world, resident)
    asked = await access.correction_asked(world.pool, world.keys, public_id, clerk)
    assert asked.words == "我对青霉素不过敏"
    assert "青霉素" in asked.entry.body.decode()
    assert not asked.is_corrected
    with pytest.raises(access.CorrectionMissing):
        await access.answer_correction(world.pool, world.keys, public_id, clerk)
    assert (await told(world, resident)).answer is None
    await correct(world)
    asked = await access.correction_asked(world.pool, world.keys, public_id, clerk)
    assert asked.is_corrected
    assert "头孢菌素" in asked.entry.body.decode()
    await access.answer_correction(world.pool, world.keys, public_id, clerk)
    answered = await told(world, resident)
    assert (answered.answer, answered.reason) == (RightsAnswer.ACCEPTED, "")
    assert await access.open_requests(world.pool, world.keys, world.hospital) == []


async def test_a_refusal_brings_its_reason_to_the_resident_and_is_the_last_word(
    world, resident, clerk
):
    public_id = await ask(world, resident)
    await access.answer_correction(
        world.pool, world.keys, public_id, clerk, refused_because="皮试阳性"
    )
    answered = await told(world, resident)
    assert (answered.answer, answered.reason) == (RightsAnswer.REFUSED, "皮试阳性")
    for again in (
        access.answer_correction(world.pool, world.keys, public_id, clerk),
        access.correction_asked(world.pool, world.keys, public_id, clerk),
    ):
        with pytest.raises(NotFound):
            await again


async def test_every_step_of_a_correction_stands_in_the_log(world, resident, clerk):
    public_id = await ask(world, resident)
    await access.correction_asked(world.pool, world.keys, public_id, clerk)
    await access.answer_correction(world.pool, world.keys, public_id, clerk, refused_because="否")
    lines = await access.own_log(world.pool, world.keys, resident, limit=3)
    assert [line.action for line in lines] == [
        audit.Action.RIGHTS_ANSWER,
        audit.Action.RIGHTS_READ,
        audit.Action.RIGHTS_EXERCISE,
    ]
    assert lines[1].agent_id == world.wang
    assert len(lines[1].detail["items"]) == 1


async def test_another_institution_neither_sees_nor_answers_it(world, resident):
    public_id = await ask(world, resident)
    stranger = Clerk(PractitionerId(uuid4()), InstitutionId(uuid4()))
    before = await access.own_log(world.pool, world.keys, resident, limit=1)
    assert await access.open_requests(world.pool, world.keys, stranger.institution_id) == []
    with pytest.raises(NotFound):
        await access.correction_asked(world.pool, world.keys, public_id, stranger)
    with pytest.raises(NotFound):
        await access.answer_correction(
            world.pool, world.keys, public_id, stranger, refused_because="否"
        )
    for name in ("no-such-id", world.keys.seal_id(resident, EntryId(uuid4()))):
        with pytest.raises(NotFound):
            await access.correction_asked(
                world.pool, world.keys, name, Clerk(world.wang, world.hospital)
            )
    after = await access.own_log(world.pool, world.keys, resident, limit=2)
    assert after[1] == before[0]  # nothing since but the reading of the log itself


async def test_the_words_are_readable_in_no_table(world, resident, owner):
    await ask(world, resident, "我对青霉素不过敏")
    row = await owner.fetchrow("SELECT words, reason FROM access.rights_request")
    assert "青霉素".encode() not in row["words"]
    assert row["reason"] is None


@pytest.mark.parametrize("words", ["", "长" * 1001])
async def test_nothing_or_more_than_a_page_is_not_taken(world, resident, words):
    entry = await entry_of(world, resident)
    with pytest.raises(InvalidInput):
        await access.ask_correction(world.pool, world.keys, resident, entry.entry_id, words)


async def test_nobody_asks_about_an_entry_that_is_not_theirs(world, resident):
    other = await world.resident(serial=4)
    entry = await entry_of(world, other)
    with pytest.raises(NotFound):
        await access.ask_correction(world.pool, world.keys, resident, entry.entry_id, "错")


async def test_what_is_overdue_comes_first_and_says_so(world, resident, owner):
    await ask(world, resident)
    await owner.execute("UPDATE access.rights_request SET due_at = now() - interval '1 day'")
    second = await entry_of(world, resident, "Condition")
    await access.ask_correction(world.pool, world.keys, resident, second.entry_id, "不对")
    now = datetime.now(UTC)
    listed = await access.open_requests(world.pool, world.keys, world.hospital)
    assert [access.days_left(one.due_at, now) > 0 for one in listed] == [False, True]
    assert access.days_left(listed[1].due_at, now) == access.ANSWER_WITHIN.days


async def test_closing_the_account_takes_back_what_was_waited_for(world, resident):
    await ask(world, resident)
    await access.close_account(world.pool, world.keys, resident)
    assert await access.open_requests(world.pool, world.keys, world.hospital) == []


async def test_an_objection_to_other_uses_holds_at_once_until_it_is_taken_back(world, resident):
    async def objects() -> bool:
        return await access.objects_to_secondary_use(world.pool, resident)

    assert not await objects()
    for _ in range(2):  # twice is as once
        await access.object_to_secondary_use(world.pool, world.keys, resident, objects=True)
        assert await objects()
    (request,) = await access.rights_requests(world.pool, world.keys, resident)
    assert request.kind is RightsKind.SECONDARY_USE
    await access.object_to_secondary_use(world.pool, world.keys, resident, objects=False)
    assert not await objects()
    lines = await access.own_log(world.pool, world.keys, resident, limit=2)
    assert [line.action for line in lines] == [audit.Action.RIGHTS_EXERCISE] * 2


async def test_whoever_counts_counts_nobody_who_objects(world, resident):
    other = await world.resident(serial=4)
    both = {resident, other}
    assert await access.may_be_counted(world.pool, both) == both
    await access.object_to_secondary_use(world.pool, world.keys, resident, objects=True)
    await ask(world, resident)
    assert await access.may_be_counted(world.pool, both) == {other}
    await access.close_account(world.pool, world.keys, resident)
    assert await access.may_be_counted(world.pool, both) == {other}  # nor after they have left
    await access.object_to_secondary_use(world.pool, world.keys, other, objects=True)
    await access.object_to_secondary_use(world.pool, world.keys, other, objects=False)
    assert await access.may_be_counted(world.pool, both) == {other}


async def test_who_counts_sees_who_objects_and_nothing_else_that_was_asked(world, resident):
    await ask(world, resident)
    await access.object_to_secondary_use(world.pool, world.keys, resident, objects=True)
    async with transaction(world.pool, task="statistics") as connection:
        rows = await connection.fetch("SELECT kind, words FROM access.rights_request")
    assert [(row["kind"], row["words"]) for row in rows] == [("secondary-use", None)]


async def test_the_exposure_counts_what_stands_open_and_falls_with_each_withdrawal(world, resident):
    nobody = await access.exposure(world.pool, world.keys, resident)
    held = 1 + len(visits.LIFE)
    assert nobody == access.Exposure(held, 1, 0, 0)
    few, _ = await world.allow(resident, frozenset({RecordCategory.LABORATORY}))
    some = await access.exposure(world.pool, world.keys, resident)
    assert some == access.Exposure(held, 1, 1, 2)
    most, _ = await world.allow(resident)
    shown = await world.look(resident)
    more = await access.exposure(world.pool, world.keys, resident)
    assert more == access.Exposure(held, 1, 2, len(shown.entries))
    assert more.open_entries > some.open_entries
    await consent.withdraw(world.pool, world.keys, resident, most)
    assert await access.exposure(world.pool, world.keys, resident) == some
    await consent.withdraw(world.pool, world.keys, resident, few)
    assert await access.exposure(world.pool, world.keys, resident) == nobody


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40)),
)
def test_the_clock_falls_by_one_a_day_and_is_late_when_it_is_late(asked, passed):
    due = asked + access.ANSWER_WITHIN
    left = access.days_left(due, asked + passed)
    assert (left > 0) == (asked + passed < due)
    assert access.days_left(due, asked + passed + timedelta(days=1)) == left - 1
    assert access.days_left(due, asked) == access.ANSWER_WITHIN.days
