"""Cases of the master index at their edges: nobody's deliveries, closed accounts, who may ask."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

import entries
import visits
from openhealthcode import access, audit, collection
from openhealthcode.access.duplicates import DismissReason
from openhealthcode.database import transaction
from openhealthcode.identity import linking, review
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.identity.review import Answer, AnsweredAlready
from openhealthcode.sign_in import MessageNotSent
from openhealthcode.standards import Certificate, CertificateKind, Forbidden, InvalidInput, NotFound
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import Keys
from signing_in import Phones


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
def clerk(world):
    return audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), world.hospital)


LI = access.Named(Certificate(CertificateKind.NATIONAL_ID, visits.national_id(2)), "李试")


async def decisions(world, resident):
    async with transaction(world.pool, resident=resident) as connection:
        return await linking.history(connection, world.keys, resident)


async def doubtful(world):
    """A delivery that a quality rule sets aside; nobody is registered by it."""
    unborn = entries.traveller(birthDate="2091-05-06")
    with pytest.raises(RegistrationDoubtful):
        await entries.file(world, unborn)
    queue = await access.review_queue(world.pool, world.keys, world.hospital)
    (case,) = queue.cases
    return case.public_id


async def test_a_doubtful_delivery_is_nobody_s_and_can_be_dismissed(world, clerk):
    case = await doubtful(world)
    compared = await access.compare_case(world.pool, world.keys, case, clerk)
    (entry,) = compared.entries
    assert entry.resident_id is None
    assert entry.received[0].registration.name == "李式"
    assert not compared.is_of_two_residents
    await access.dismiss_case(world.pool, world.keys, case, clerk, DismissReason.MISTYPED)
    assert (await access.review_queue(world.pool, world.keys, world.hospital)).cases == ()
    with pytest.raises(AnsweredAlready):
        await access.dismiss_case(world.pool, world.keys, case, clerk, DismissReason.MISTYPED)
    taken = await access.take_back_answer(world.pool, world.keys, Phones(), case, clerk, "看错了")
    assert taken is Answer.DISMISSED
    assert len((await access.review_queue(world.pool, world.keys, world.hospital)).cases) == 1


async def test_of_a_closed_account_not_even_the_delivery_is_readable(world, clerk):
    resident = await world.resident()
    sent = visits.bundle(visits.patient(2, "赵借用"), visits.glucose("2026-03-01"), key="borrowed")
    with pytest.raises(collection.NeedsReview):
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    case = await entries.case_of(world, resident)
    await access.close_account(world.pool, world.keys, resident)
    compared = await access.compare_case(world.pool, world.keys, case, clerk)
    assert [entry.is_closed for entry in compared.entries] == [True, True]
    assert not any(entry.received for entry in compared.entries)
    with pytest.raises(InvalidInput):
        await access.dismiss_case(world.pool, world.keys, case, clerk, DismissReason.DECIDED)
    await access.dismiss_case(world.pool, world.keys, case, clerk, DismissReason.CLOSED)
    assert (await access.review_queue(world.pool, world.keys, world.hospital)).cases == ()


@pytest.mark.parametrize("closes", ["first", "second"])
async def test_what_is_left_of_two_entries_when_one_is_closed_can_be_put_away(world, clerk, closes):
    pair = await entries.pair(world)
    await access.close_account(world.pool, world.keys, getattr(pair, closes))
    with pytest.raises(Forbidden):
        await access.dismiss_case(world.pool, world.keys, pair.case, clerk, DismissReason.CLOSED)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.dismiss_case(world.pool, world.keys, pair.case, clerk, DismissReason.CLOSED)
    assert (await access.review_queue(world.pool, world.keys, world.hospital)).cases == ()
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    taken = await access.take_back_answer(
        world.pool, world.keys, Phones(), pair.case, clerk, "看错了"
    )
    assert taken is Answer.DISMISSED


async def test_somebody_of_no_institution_has_no_cases(world):
    pair = await entries.pair(world)
    platform = audit.Agent(audit.AgentKind.PLATFORM, UUID(int=0))
    with pytest.raises(NotFound):
        await access.compare_case(world.pool, world.keys, pair.case, platform)


async def test_what_was_compared_before_the_last_answer_was_not_compared_since(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.keep_case_apart(world.pool, world.keys, pair.case, clerk, "双胞胎")
    with pytest.raises(Forbidden):
        await access.take_back_answer(world.pool, world.keys, Phones(), pair.case, clerk, "看错")


async def test_the_time_a_decision_took_is_kept(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.keep_case_apart(world.pool, world.keys, pair.case, clerk, "双胞胎")
    (answered,) = await review.latest_answers(world.pool, world.hospital, 9)
    assert answered.answer is Answer.NOT_SAME
    assert answered.clerk_id == PractitionerId(clerk.id)
    assert answered.worked_for is not None
    assert 0 <= answered.worked_for.total_seconds() < 60
    assert answered.merge_id is None


async def test_a_survivor_of_another_case_and_an_empty_reason_merge_nothing(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    for survivor, reason in ((ResidentId(uuid4()), "见过证件"), (pair.first, " ")):
        with pytest.raises(InvalidInput):
            await access.merge_case(
                world.pool,
                world.keys,
                Phones(),
                pair.case,
                clerk,
                survivor=survivor,
                reason=reason,
            )
    assert len((await access.review_queue(world.pool, world.keys, world.hospital)).cases) == 1


async def test_what_led_to_a_merge_is_kept_with_it_without_a_value(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.merge_case(
        world.pool,
        world.keys,
        Phones(),
        pair.case,
        clerk,
        survivor=pair.first,
        reason="见过证件",
    )
    decided = await decisions(world, pair.first)
    (merge,) = decided.merges
    suggestion = merge.decided.suggestion
    assert suggestion is not None
    assert suggestion.rule == "score"
    assert suggestion.bits is not None
    assert suggestion.model_version
    assert any("same sound" in line for line in suggestion.evidence)
    assert not any("李" in line or "1959" in line for line in suggestion.evidence)


async def test_the_merge_holds_though_no_message_can_be_sent(world, clerk):
    class Unplugged(Phones):
        async def send(self, _message):
            raise MessageNotSent

    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.merge_case(
        world.pool,
        world.keys,
        Unplugged(),
        pair.case,
        clerk,
        survivor=pair.second,
        reason="见过证件",
    )
    decided = await decisions(world, pair.first)
    assert decided.person == (pair.second, pair.first)


async def test_the_history_goes_on_when_one_of_the_accounts_is_closed(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.merge_case(
        world.pool, world.keys, Phones(), pair.case, clerk, survivor=pair.first, reason="见过证件"
    )
    whole = await access.identity_history(world.pool, world.keys, clerk, LI)
    assert {event.entry for event in whole.events} == {1, 2}
    reasons = {event.reason for event in whole.events if event.kind == "resident.merge"}
    assert reasons == {"见过证件"}
    await access.close_account(world.pool, world.keys, pair.second)
    left = await access.identity_history(world.pool, world.keys, clerk, LI)
    assert left.entries == 2
    assert {event.entry for event in left.events} == {1}


async def test_a_case_is_answered_once_and_reopened_once(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    await access.keep_case_apart(world.pool, world.keys, pair.case, clerk, "双胞胎")
    with pytest.raises(AnsweredAlready):
        await access.keep_case_apart(world.pool, world.keys, pair.case, clerk, "双胞胎")
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    taken = await access.take_back_answer(
        world.pool, world.keys, Phones(), pair.case, clerk, "看错了"
    )
    assert taken is Answer.NOT_SAME
    with pytest.raises(AnsweredAlready):
        await access.take_back_answer(world.pool, world.keys, Phones(), pair.case, clerk, "看错了")


async def test_an_answer_that_was_overtaken_is_not_kept(world, clerk):
    pair = await entries.pair(world)
    await access.compare_case(world.pool, world.keys, pair.case, clerk)
    async with transaction(world.pool, resident=pair.second) as connection:
        (item,) = await review.items_of(connection, pair.second)
        assert not await review.is_settled(connection, item)
    await access.keep_case_apart(world.pool, world.keys, pair.case, clerk, "双胞胎")
    async with transaction(world.pool, resident=pair.second) as connection:
        assert await review.is_settled(connection, item)
        (given,) = await review.answers(connection, item)
        with pytest.raises(AnsweredAlready):
            await review.add_answer(connection, item, given)
