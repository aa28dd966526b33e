"""An emergency summary over a real database: what it tells, what it does not, and what is logged."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

import visits
from openhealthcode import access, audit, consent
from openhealthcode.access.carried import LARGEST_BYTES, VALID_DAYS
from openhealthcode.consent import AdvanceChoice, EmergencyScope, Refusal
from openhealthcode.healthcode import picture
from openhealthcode.identity import Relation
from openhealthcode.standards import NotFound, Phone, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import NoteVerifier
from openhealthcode.trust import Keys, UnknownKey
from visits import World

LOG = "region.example/log"


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
    resident = await world.resident()
    await access.name_contact(
        world.pool, world.keys, resident, Phone.parse("13712345671"), Relation.SPOUSE
    )
    return resident


async def carry(world: World, resident: ResidentId, language="zh-CN") -> access.CarriedSummary:
    return await access.carry_emergency_summary(
        world.pool, world.keys, resident, log=LOG, language=language
    )


async def choose(world: World, resident: ResidentId, scope: EmergencyScope, *opened) -> None:
    choice = AdvanceChoice(scope=scope, opened=frozenset(opened))
    await consent.choose_for_emergencies(world.pool, world.keys, resident, choice)


def verifier(world: World) -> NoteVerifier:
    return NoteVerifier(access.summary_verifier_key(world.keys, LOG))


async def test_it_says_what_an_emergency_opens_and_is_verified_without_us(world, resident):
    carried = await carry(world, resident)
    assert carried.lines == (
        "李试，女，1959-04-18出生",
        "过敏：青霉素",
        "血型：未见记录，不等于没有",
        "疾病：高血压（2014）",
        "联系人：配偶 13712345671",
        "本人选择携带。可能不完整，请以询问和检查为准。",
    )
    read = access.read_summary(carried.note, verifier(world))
    assert (read.lines, read.made, read.until) == (carried.lines, carried.made, carried.until)
    assert read.until - read.made == timedelta(days=VALID_DAYS)
    for secret in ("抑郁", visits.national_id(2), "糖尿病", str(resident)):
        assert secret not in carried.note


@pytest.mark.parametrize(
    ("scope", "opened", "told", "not_told"),
    [
        ("nothing", (), "李试", "青霉素"),
        ("blood-type-and-allergies", (), "青霉素", "高血压"),
        ("emergency-set", ("mental-health",), "抑郁", "糖尿病"),
        ("all", (), "血糖", "抑郁"),
    ],
)
async def test_the_advance_choice_decides(world, resident, scope, opened, told, not_told):
    await choose(world, resident, EmergencyScope(scope), *map(SensitiveCategory, opened))
    note = (await carry(world, resident)).note
    assert told in note
    assert not_told not in note


async def test_it_is_in_the_log_with_every_entry_it_was_made_of(world, resident):
    carried = await carry(world, resident)
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    assert (line.number, line.action) == (carried.number, audit.Action.EMERGENCY_CARRY)
    assert line.detail["until"] == carried.until.isoformat()
    shown = await access.own_record(world.pool, world.keys, resident)
    kinds = {one.entry_id: one.type for one in shown.entries}
    named = sorted(kinds[UUID(bytes=item[0])] for item in line.detail["items"])
    assert named == ["AllergyIntolerance", "Condition", "Patient"]


async def test_the_qr_code_is_read_back_word_for_word(world, resident):
    note = (await carry(world, resident)).note
    assert "<svg" in picture.draw(note)
    assert len(note.encode()) < LARGEST_BYTES + 300


async def test_in_english(world, resident):
    lines = (await carry(world, resident, "en")).lines
    assert lines[0] == "李试, female, born 1959-04-18"
    assert lines[1].startswith("Allergies: Penicillin")
    assert lines[-1] == "Carried by choice. May be incomplete: ask and examine."


async def test_nobody_elses_key_and_no_other_key_of_ours_verifies_it(world, resident, tmp_path):
    carried = await carry(world, resident)
    beside = Keys.open(tmp_path / "other")
    others = (
        access.summary_verifier_key(beside, LOG),
        world.keys.checkpoint_signer(f"{LOG}/emergency-summaries").verifier_key,
        world.keys.receipt_signer(f"{LOG}/emergency-summaries").verifier_key,
    )
    for key in others:
        with pytest.raises(access.SummaryUntrusted):
            access.read_summary(carried.note, NoteVerifier(key))
    beside.close()


async def test_of_a_closed_account_nothing_is_carried(world, resident):
    await access.close_account(world.pool, world.keys, resident)
    with pytest.raises((NotFound, UnknownKey)):
        await carry(world, resident)


async def test_what_is_closed_to_anybody_at_all_is_not_on_it(world, resident):
    """Whoever finds the paper may be the one it was closed to."""
    conditions = frozenset({RecordCategory.CONDITIONS})
    refused = Refusal(categories=conditions, institution_id=world.hospital)
    await consent.restrict(world.pool, world.keys, resident, refused)
    note = (await carry(world, resident)).note
    assert "青霉素" in note
    assert "高血压" not in note


async def test_a_single_entry_that_is_hidden_is_not_on_it(world, resident):
    shown = await access.own_record(world.pool, world.keys, resident)
    allergy = next(one for one in shown.entries if one.type == "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy.entry_id)
    assert "过敏：未见记录，不等于没有" in (await carry(world, resident)).note
