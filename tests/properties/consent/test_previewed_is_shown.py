"""Previewed = shown = receipt = log: over random records, consents, refusals and answers.

Against a real database, because the property is about what passes through all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import visits
from openhealthcode import access, collection, consent
from openhealthcode.access import Entry
from openhealthcode.consent import ConsentKind, Refusal, Terms
from openhealthcode.database import Pool
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys
from visits import World

C = RecordCategory
HELD = [C.ALLERGIES, C.CONDITIONS, C.LABORATORY, C.FAMILY_HISTORY, C.DEMOGRAPHICS]
some_categories = st.frozensets(st.sampled_from(HELD), min_size=1)
kinds = st.frozensets(
    st.sampled_from([SensitiveCategory.MENTAL_HEALTH, SensitiveCategory.CHOSEN]), max_size=2
)
serials = count(100)


def encounter() -> dict[str, object]:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "identifier": [{"system": "urn:test:visit", "value": "V1"}],
        "period": {"start": "2026-01-05"},
    }


def result_of_a_visit(value: float) -> dict[str, object]:
    named = {"identifier": {"system": "urn:test:visit", "value": "V1"}}
    return visits.glucose("2026-01-05", value) | {"encounter": named}


resources = st.one_of(
    st.sampled_from(["青霉素", "花粉"]).map(visits.allergy),
    st.sampled_from(["高血压", "痛风"]).map(lambda t: visits.condition("I10", t, "2014-03-02")),
    st.just(visits.condition("F32.1", "中度抑郁发作", "2018-06-01")),
    st.integers(40, 90).map(lambda n: visits.glucose(f"2025-0{n % 9 + 1}-01", n / 10)),
    st.just(visits.family_history("糖尿病")),
    st.just(encounter()),
    st.integers(40, 90).map(lambda n: result_of_a_visit(n / 10)),
)


@dataclass(frozen=True)
class Standing:
    """A consent given before, and whether it is for everybody there or for the one who asks."""

    categories: frozenset[RecordCategory]
    sensitive: frozenset[SensitiveCategory]
    is_personal: bool
    uses: int | None


@dataclass(frozen=True)
class Closed:
    """A refusal given before: to everybody, or to the hospital."""

    categories: frozenset[RecordCategory]
    is_for_all: bool


@dataclass(frozen=True)
class Story:
    """One resident's record, what was said before, what is asked, and the answer."""

    record: list[dict[str, object]]
    hidden: frozenset[int]
    standing: list[Standing]
    closed: list[Closed]
    asked: frozenset[RecordCategory]
    answer: frozenset[RecordCategory]
    with_what_is_added: bool
    later: list[dict[str, object]]


stories = st.builds(
    Story,
    st.lists(resources, max_size=7),
    st.frozensets(st.integers(0, 6), max_size=2),
    st.lists(
        st.builds(Standing, some_categories, kinds, st.booleans(), st.none() | st.integers(1, 2)),
        max_size=2,
    ),
    st.lists(st.builds(Closed, some_categories, st.booleans()), max_size=2),
    some_categories,
    some_categories,
    st.booleans(),
    st.lists(resources, max_size=2),
)

Item = tuple[EntryId, int]


def items(entries: tuple[Entry, ...]) -> list[Item]:
    return [(entry.entry_id, entry.version) for entry in entries]


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def begun(world: World, story: Story) -> tuple[ResidentId, int]:
    """The resident with the record and all that was said before the request."""
    serial = next(serials)
    sent = visits.bundle(visits.patient(serial), *story.record, key=f"r{serial}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    resident = filed.resident_id
    for one in story.standing:
        await give(world, resident, one)
    for one in story.closed:
        refusal = Refusal(
            categories=one.categories,
            institution_id=None if one.is_for_all else world.hospital,
        )
        await consent.restrict(world.pool, world.keys, resident, refusal)
    record = await access.own_record(world.pool, world.keys, resident)
    others = sorted(entry.entry_id for entry in record.entries if entry.type != "Patient")
    for place in story.hidden:
        if place < len(others):
            await access.hide_entry(world.pool, world.keys, resident, others[place])
    return resident, serial


async def give(world: World, resident: ResidentId, one: Standing) -> None:
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        practitioner_id=world.wang if one.is_personal else None,
        categories=one.categories,
        days=30,
        uses=one.uses,
    )
    base = await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
    if one.sensitive:
        apart = Terms(
            kind=ConsentKind.STANDING,
            institution_id=world.hospital,
            categories=one.categories,
            sensitive=one.sensitive,
            days=30,
            added_to=base,
        )
        await consent.give(world.pool, world.keys, resident, apart, visits.TOLD)


async def logged(world: World, resident: ResidentId, number: int) -> list[Item]:
    lines = await access.own_log(world.pool, world.keys, resident)
    line = next(one for one in lines if one.number == number)
    return [(EntryId(UUID(bytes=item[0])), item[1]) for item in line.detail["items"]]


@given(stories)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_previewed_is_shown_is_the_receipt_is_the_log(world: World, story: Story):
    resident, serial = await begun(world, story)
    request = await world.ask(resident, story.asked)
    preview = await access.preview(world.pool, world.keys, resident, request)
    assert await logged(world, resident, preview.number) == items(preview.entries)
    answer = story.answer & story.asked or story.asked
    covered = [
        (entry.entry_id, entry.version)
        for entry in preview.entries
        if entry.category in answer or entry.entry_id in preview.open_already
    ]
    before = preview.number
    await consent.allow(
        world.pool,
        world.keys,
        resident,
        request,
        categories=answer,
        previewed_number=preview.number,
        notice=visits.TOLD,
        with_what_is_added=story.with_what_is_added,
    )
    seen = await world.look(resident)
    asked = await consent.request(world.pool, world.keys, resident, request)
    receipt = await access.answered(world.pool, world.keys, resident, asked)
    assert items(seen.entries) == covered
    assert await logged(world, resident, seen.number) == covered
    assert items(receipt.entries) == covered

    await file_later(world, story, serial)
    again = await world.look(resident)
    assert await logged(world, resident, again.number) == items(again.entries)
    own = await access.own_record(world.pool, world.keys, resident)
    new = {item for item in items(own.entries) if item not in items(preview.entries)}
    later = set(items(again.entries)) - set(covered)
    assert later <= new
    if not story.with_what_is_added and not story.standing:
        assert not later
    assert before < again.number


async def file_later(world: World, story: Story, serial: int) -> None:
    """What is filed during the visit; entries only, no new version of what was previewed."""
    if not story.later:
        return
    sent = visits.bundle(visits.patient(serial), *story.later, key=f"later-{uuid4()}")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
