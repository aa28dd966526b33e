"""Emergency over a real database: what was chosen, what opens, what is told, what is refused."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, consent, healthcode
from openhealthcode.audit import Action, Outcome
from openhealthcode.consent import AdvanceChoice, EmergencyScope
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    PurposeOfUse,
    SensitiveCategory,
)
from openhealthcode.standards.ids import ResidentId, TerminalId
from openhealthcode.trust import Keys
from signing_in import Phones
from visits import World

UNCONSCIOUS = "车祸昏迷，无法答复"


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def resident(world: World) -> ResidentId:
    return await world.resident()


@pytest.fixture
async def owner(owner_url: str):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def break_glass(
    world: World, *, level: int = 1, reason: str = UNCONSCIOUS, outbox: Phones | None = None
) -> healthcode.Presentation:
    return await access.break_glass_for(
        world.pool,
        world.keys,
        outbox or Phones(),
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=level,
        reason=reason,
    )


async def seen(world: World, resident: ResidentId) -> set[str]:
    """What the doctor who broke the glass is shown, by resource type and text."""
    shown = await world.look(resident, purpose=PurposeOfUse.EMERGENCY)
    resources = [orjson.loads(entry.body) for entry in shown.entries]
    return {one.get("code", {}).get("text") or one["resourceType"] for one in resources}


async def choose(world: World, resident: ResidentId, scope: EmergencyScope, *opened) -> None:
    choice = AdvanceChoice(scope=scope, opened=frozenset(opened))
    await consent.choose_for_emergencies(world.pool, world.keys, resident, choice)


async def test_without_a_choice_the_emergency_set_opens(world, resident):
    await break_glass(world)
    assert await seen(world, resident) == {"Patient", "青霉素", "高血压"}


@pytest.mark.parametrize(
    ("scope", "opened", "expected"),
    [
        ("all", (), {"Patient", "青霉素", "高血压", "血糖", "FamilyMemberHistory"}),
        ("emergency-set", ("mental-health",), {"Patient", "青霉素", "高血压", "中度抑郁发作"}),
        ("blood-type-and-allergies", (), {"Patient", "青霉素"}),
        ("nothing", (), {"Patient"}),
    ],
)
async def test_an_override_opens_what_was_chosen(world, resident, scope, opened, expected):
    await choose(world, resident, EmergencyScope(scope), *map(SensitiveCategory, opened))
    await break_glass(world)
    assert await seen(world, resident) == expected


async def test_the_newest_choice_counts_and_is_read_back(world, resident):
    await choose(world, resident, EmergencyScope.NOTHING)
    await choose(world, resident, EmergencyScope.ALL, SensitiveCategory.ABUSE)
    chosen = await consent.choice_for_emergencies(world.pool, world.keys, resident)
    assert (chosen.scope, chosen.opened) == (EmergencyScope.ALL, {SensitiveCategory.ABUSE})
    assert chosen.chosen_at


async def test_a_choice_is_logged_and_lies_in_no_table(world, resident, owner):
    await choose(world, resident, EmergencyScope.NOTHING, SensitiveCategory.GENETIC)
    lines = await access.own_log(world.pool, world.keys, resident)
    assert lines[0].action == Action.EMERGENCY_CHOOSE
    assert lines[0].detail["scope"] == "nothing"
    assert lines[0].detail["opened"] == ["genetic"]
    stored = await owner.fetchval("SELECT a::text FROM consent.advance_choice a")
    assert "nothing" not in stored
    assert b"genetic".hex() not in stored


async def test_a_choice_that_was_altered_or_moved_opens_nothing(world, resident, owner):
    await choose(world, resident, EmergencyScope.ALL)
    await choose(world, resident, EmergencyScope.NOTHING)
    await owner.execute(
        """UPDATE consent.advance_choice SET sealed = (SELECT sealed FROM consent.advance_choice
                                                        ORDER BY event_number LIMIT 1)"""
    )
    await break_glass(world)
    assert await seen(world, resident) == {"Patient"}


async def test_it_ends_twelve_hours_after_the_database_says_it_began(world, resident, owner):
    await break_glass(world)
    shown = await world.look(resident, purpose=PurposeOfUse.EMERGENCY)
    began = await owner.fetchval(
        "SELECT recorded_at FROM audit.event WHERE action = 'access.break-glass'"
    )
    assert shown.until - began == consent.OVERRIDE_LIFETIME


@pytest.mark.parametrize("level", [4, 5])
async def test_care_that_can_wait_opens_nothing_and_is_logged(world, resident, owner, level):
    with pytest.raises(consent.TriageTooLow):
        await break_glass(world, level=level)
    assert not (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted
    lines = await access.own_log(world.pool, world.keys, resident)
    (refused,) = [line for line in lines if line.action == Action.BREAK_GLASS]
    assert refused.outcome == Outcome.REFUSED
    assert (refused.detail["triage"], refused.detail["reason"]) == (level, UNCONSCIOUS)
    assert await owner.fetchval("SELECT count(*) FROM consent.consent") == 0
    assert await owner.fetchval("SELECT count(*) FROM healthcode.presentation") == 0


@pytest.mark.parametrize("level", [1, 2, 3])
async def test_care_that_cannot_wait_opens(world, resident, level):
    await break_glass(world, level=level)
    assert (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted


@pytest.mark.parametrize(
    ("level", "reason"),
    [(0, UNCONSCIOUS), (6, UNCONSCIOUS), (1, ""), (1, "急"), (1, "1234 ... !!"), (1, "昏" * 501)],
)
async def test_no_such_level_and_no_words_are_refused_whole(world, resident, owner, level, reason):
    before = await owner.fetchval("SELECT count(*) FROM audit.event")
    with pytest.raises(InvalidInput):
        await break_glass(world, level=level, reason=reason)
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == before
    assert not (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted


async def test_the_choice_of_one_resident_cannot_be_read_in_the_context_of_another(world, resident):
    other = await world.resident(serial=4)
    await choose(world, resident, EmergencyScope.NOTHING)
    async with transaction(world.pool, resident=other) as connection:
        assert await connection.fetchval("SELECT count(*) FROM consent.advance_choice") == 0
