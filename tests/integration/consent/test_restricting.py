"""What residents close ahead: kinds, recipients, single entries; and what opens again."""

from __future__ import annotations

from pathlib import Path

import pytest

import visits
from openhealthcode import access, consent
from openhealthcode.consent import (
    AdvanceChoice,
    Because,
    ConsentKind,
    EmergencyScope,
    Refusal,
    Terms,
)
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import (
    InvalidInput,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    SensitiveCategory,
)
from openhealthcode.standards.ids import EntryId, PractitionerId, ResidentId
from openhealthcode.trust import Keys
from visits import World

C = RecordCategory
LABORATORY = frozenset({C.LABORATORY})


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def give(world: World, resident: ResidentId, **more):
    base = {"kind": ConsentKind.STANDING, "categories": visits.EVERYTHING, "days": 30}
    terms = Terms(institution_id=world.hospital, **(base | more))
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def restrict(world: World, resident: ResidentId, **closed):
    return await consent.restrict(world.pool, world.keys, resident, Refusal(**closed))


async def seen(world: World, resident: ResidentId, **more) -> list[str]:
    return sorted(entry.type for entry in (await world.look(resident, **more)).entries)


async def own(world: World, resident: ResidentId, type_: str) -> EntryId:
    record = await access.own_record(world.pool, world.keys, resident)
    return next(entry.entry_id for entry in record.entries if entry.type == type_)


async def break_glass(world: World, resident: ResidentId) -> None:
    async with transaction(world.pool, resident=resident) as connection:
        await consent.break_glass(
            connection,
            world.keys,
            resident,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            triage_level=1,
            reason="昏迷，送入抢救室",
        )


async def test_what_is_closed_is_closed_on_the_next_look_and_open_again_when_lifted(world):
    resident = await world.resident()
    await give(world, resident)
    refusal = await restrict(world, resident, categories=LABORATORY)
    assert "Observation" not in await seen(world, resident)
    (standing,) = await consent.restrictions(world.pool, world.keys, resident)
    assert (standing.consent_id, standing.refusal.categories) == (refusal, LABORATORY)
    await consent.lift(world.pool, world.keys, resident, refusal)
    assert "Observation" in await seen(world, resident)
    assert not await consent.restrictions(world.pool, world.keys, resident)


async def test_a_record_that_is_closed_and_one_that_is_empty_look_the_same(world):
    closed, empty = await world.resident(), await world.resident(visits.allergy("花粉"), serial=4)
    for resident in (closed, empty):
        await give(world, resident)
    await restrict(world, closed, categories=visits.EVERYTHING - {C.DEMOGRAPHICS, C.ALLERGIES})
    one, other = await world.look(closed), await world.look(empty)
    assert [e.type for e in one.entries] == [e.type for e in other.entries]
    assert one.is_permitted is other.is_permitted is True


@pytest.mark.parametrize("in_emergencies", [True, False])
async def test_an_emergency_opens_it_only_if_the_resident_chose_so(world, in_emergencies):
    resident = await world.resident()
    everything = AdvanceChoice(scope=EmergencyScope.ALL)
    await consent.choose_for_emergencies(world.pool, world.keys, resident, everything)
    await restrict(
        world, resident, categories=frozenset({C.CONDITIONS}), in_emergencies=in_emergencies
    )
    await break_glass(world, resident)
    shown = await seen(world, resident, purpose=PurposeOfUse.EMERGENCY)
    assert ("Condition" in shown) is not in_emergencies


async def test_a_person_is_shut_out_and_reads_nothing_of_it_anywhere(world):
    resident = await world.resident()
    await give(world, resident)
    await restrict(
        world,
        resident,
        categories=visits.EVERYTHING,
        institution_id=world.hospital,
        practitioner_id=world.wang,
    )
    assert await seen(world, resident) == []
    other = PractitionerId(world.hospital)
    assert await seen(world, resident, practitioner_id=other)
    lines = await access.own_log(world.pool, world.keys, resident)
    assert Because.INSTITUTION_ALLOWED in {line.detail.get("because") for line in lines}


async def test_a_closed_kind_stays_closed_under_a_consent_apart(world):
    resident = await world.resident()
    first = await give(world, resident)
    mental = frozenset({SensitiveCategory.MENTAL_HEALTH})
    await give(world, resident, sensitive=mental, added_to=first)
    assert len(await seen(world, resident)) == 7
    await restrict(world, resident, sensitive=mental)
    assert len(await seen(world, resident)) == 6


async def test_lifting_ends_what_was_allowed_at_visits_beside_a_shorter_preview(world):
    resident = await world.resident()
    refusal = await restrict(world, resident, categories=LABORATORY)
    await world.allow(resident)
    assert await seen(world, resident)
    await consent.lift(world.pool, world.keys, resident, refusal)
    assert not (await world.look(resident)).is_permitted
    await world.allow(resident)
    assert "Observation" in await seen(world, resident)


async def test_lifting_leaves_an_override_alone(world):
    resident = await world.resident()
    refusal = await restrict(world, resident, categories=LABORATORY)
    await break_glass(world, resident)
    await consent.lift(world.pool, world.keys, resident, refusal)
    assert (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted


async def test_an_answer_after_something_was_closed_needs_a_new_preview(world):
    resident = await world.resident()
    request = await world.ask(resident)
    preview = await access.preview(world.pool, world.keys, resident, request)
    await restrict(world, resident, categories=LABORATORY)
    with pytest.raises(consent.PreviewOutdated):
        await consent.allow(
            world.pool,
            world.keys,
            resident,
            request,
            categories=visits.EVERYTHING,
            previewed_number=preview.number,
            notice=visits.TOLD,
        )


async def test_a_refusal_is_lifted_and_not_withdrawn_and_only_by_its_resident(world):
    resident, other = await world.resident(), await world.resident(serial=4)
    refusal = await restrict(world, resident, categories=LABORATORY)
    with pytest.raises(consent.NothingToWithdraw):
        await consent.withdraw(world.pool, world.keys, resident, refusal)
    with pytest.raises(consent.NothingToWithdraw):
        await consent.lift(world.pool, world.keys, other, refusal)
    allowed = await give(world, resident)
    with pytest.raises(consent.NothingToWithdraw):
        await consent.lift(world.pool, world.keys, resident, allowed)
    assert len(await consent.consents(world.pool, world.keys, resident)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"categories": LABORATORY, "department": "内科"},
        {"categories": LABORATORY, "practitioner_id": PractitionerId(EntryId(visits.uuid4()))},
    ],
)
async def test_a_refusal_of_nothing_or_to_nobody_is_none(world, wrong):
    resident = await world.resident()
    with pytest.raises(InvalidInput):
        await restrict(world, resident, **wrong)
    assert not await consent.restrictions(world.pool, world.keys, resident)


async def test_a_hidden_entry_is_shown_to_nobody_and_to_the_resident(world):
    resident = await world.resident()
    await give(world, resident)
    allergy = await own(world, resident, "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy)
    assert "AllergyIntolerance" not in await seen(world, resident)
    await break_glass(world, resident)
    assert "AllergyIntolerance" not in await seen(world, resident, purpose=PurposeOfUse.EMERGENCY)
    assert await own(world, resident, "AllergyIntolerance") == allergy
    assert await access.hidden_entries(world.pool, world.keys, resident) == {allergy}
    await access.reveal_entry(world.pool, world.keys, resident, allergy)
    assert "AllergyIntolerance" in await seen(world, resident)
    assert not await access.hidden_entries(world.pool, world.keys, resident)


async def test_a_consent_apart_for_what_was_hidden_opens_it(world):
    resident = await world.resident()
    first = await give(world, resident)
    allergy = await own(world, resident, "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy)
    await give(world, resident, sensitive=frozenset({SensitiveCategory.CHOSEN}), added_to=first)
    assert "AllergyIntolerance" in await seen(world, resident)


def visit_with(text: str) -> tuple[dict, dict]:
    """A visit, and a result that names it."""
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "identifier": [{"system": "urn:test:visit", "value": text}],
        "period": {"start": "2026-01-05"},
    }
    result = visits.glucose("2026-01-05") | {
        "encounter": {"identifier": {"system": "urn:test:visit", "value": text}}
    }
    return encounter, result


async def test_what_refers_to_a_hidden_entry_is_hidden_with_it_and_comes_back_with_it(world):
    encounter, result = visit_with("A1")
    resident = await world.resident(encounter, result, visits.glucose("2026-02-01"))
    await give(world, resident)
    whole = await seen(world, resident)
    visit = await own(world, resident, "Encounter")
    await access.hide_entry(world.pool, world.keys, resident, visit)
    hidden = await seen(world, resident)
    assert (whole.count("Observation"), hidden.count("Observation")) == (2, 1)
    assert "Encounter" not in hidden
    await access.reveal_entry(world.pool, world.keys, resident, visit)
    assert await seen(world, resident) == whole


async def test_hiding_a_result_leaves_its_visit(world):
    encounter, result = visit_with("A2")
    resident = await world.resident(encounter, result)
    await give(world, resident)
    await access.hide_entry(
        world.pool, world.keys, resident, await own(world, resident, "Observation")
    )
    assert await seen(world, resident) == ["Encounter", "Patient"]


async def test_an_entry_closed_twice_over_stays_closed_when_one_choice_is_taken_back(world):
    encounter, result = visit_with("A3")
    resident = await world.resident(encounter, result)
    await give(world, resident)
    visit, value = [await own(world, resident, t) for t in ("Encounter", "Observation")]
    for each in (visit, value):
        await access.hide_entry(world.pool, world.keys, resident, each)
    await access.reveal_entry(world.pool, world.keys, resident, visit)
    assert await seen(world, resident) == ["Encounter", "Patient"]


async def test_what_is_closed_by_its_nature_stays_closed_when_the_choice_is_taken_back(world):
    resident = await world.resident()
    await give(world, resident)
    record = await access.own_record(world.pool, world.keys, resident)
    depression = next(e.entry_id for e in record.entries if "抑郁" in e.body.decode())
    await access.hide_entry(world.pool, world.keys, resident, depression)
    await access.reveal_entry(world.pool, world.keys, resident, depression)
    assert len(await seen(world, resident)) == 6


async def test_revealing_ends_what_was_allowed_at_visits(world):
    resident = await world.resident()
    allergy = await own(world, resident, "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy)
    await world.allow(resident)
    await access.reveal_entry(world.pool, world.keys, resident, allergy)
    assert not (await world.look(resident)).is_permitted


async def test_nobody_hides_anything_of_another_or_who_one_is(world):
    resident, other = await world.resident(), await world.resident(serial=4)
    allergy = await own(world, resident, "AllergyIntolerance")
    with pytest.raises(NotFound):
        await access.hide_entry(world.pool, world.keys, other, allergy)
    with pytest.raises(NotFound):
        await access.reveal_entry(world.pool, world.keys, resident, allergy)
    with pytest.raises(InvalidInput):
        await access.hide_entry(
            world.pool, world.keys, resident, await own(world, resident, "Patient")
        )
