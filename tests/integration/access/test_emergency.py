"""Emergency over a real database: what was chosen, what opens, what is told, what is refused."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, consent, healthcode, identity
from openhealthcode.audit import Action, Outcome
from openhealthcode.consent import AdvanceChoice, EmergencyScope
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Relation
from openhealthcode.sign_in import Message, MessageNotSent
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NotFound,
    Phone,
    PurposeOfUse,
    SensitiveCategory,
)
from openhealthcode.standards.ids import PractitionerId, ResidentId, TerminalId
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


OWN_PHONE = Phone.parse("13912345678")
WIFE = Phone.parse("13712345671")
SON = Phone.parse("13612345672")


@pytest.fixture
async def known(world: World, resident: ResidentId) -> ResidentId:
    """A resident with a phone and two contacts."""
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OWN_PHONE)
    await access.name_contact(world.pool, world.keys, resident, WIFE, Relation.SPOUSE)
    await access.name_contact(world.pool, world.keys, resident, SON, Relation.CHILD)
    return resident


@pytest.mark.usefixtures("known")
async def test_the_resident_and_the_relatives_they_named_are_told_and_nothing_is_betrayed(world):
    outbox = Phones()
    await break_glass(world, outbox=outbox)
    assert {message.phone for message in outbox.arrived} == {OWN_PHONE, WIFE, SON}
    for message in outbox.arrived:
        for betrayal in (
            "医院",
            "人民",
            "王敏",
            "科",
            "昏迷",
            "车祸",
            "过敏",
            "用药",
            "病",
            "李试",
        ):
            assert betrayal not in message.text
    to_wife = next(message for message in outbox.arrived if message.phone == WIFE)
    assert "李*" in to_wife.text


async def test_who_was_removed_is_told_no_more_and_the_number_is_gone(world, known, owner):
    wife, _ = await access.own_contacts(world.pool, world.keys, known)
    await access.remove_contact(world.pool, world.keys, known, wife.contact_id)
    outbox = Phones()
    await break_glass(world, outbox=outbox)
    assert WIFE not in {message.phone for message in outbox.arrived}
    assert await owner.fetchval("SELECT count(*) FROM identity.emergency_contact") == 1
    with pytest.raises(NotFound):
        await access.remove_contact(world.pool, world.keys, known, wife.contact_id)


@pytest.mark.usefixtures("known")
async def test_nobody_is_told_of_an_override_that_was_refused(world):
    outbox = Phones()
    with pytest.raises(consent.TriageTooLow):
        await break_glass(world, level=4, outbox=outbox)
    assert outbox.arrived == []


class SlowPhones(Phones):
    """A gateway that takes its time with every message, and notes when each was handed over."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.at: list[float] = []
        self.all_told = asyncio.Event()

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self.seconds)
        await super().send(message)
        self.at.append(time.time())
        if len(self.at) == 3:
            self.all_told.set()


class HangingPhones(SlowPhones):
    """A gateway that takes every message and does nothing with it until it goes on."""

    def __init__(self) -> None:
        super().__init__(0)
        self.goes_on = asyncio.Event()

    async def send(self, message: Message) -> None:
        await self.goes_on.wait()
        await super().send(message)


@pytest.mark.usefixtures("known")
async def test_all_are_told_within_five_seconds_by_the_databases_clock(world, owner):
    outbox = SlowPhones(1.5)
    await break_glass(world, outbox=outbox)
    began = await owner.fetchval(
        "SELECT recorded_at FROM audit.event WHERE action = 'access.break-glass'"
    )
    assert len(outbox.at) == 3
    assert max(outbox.at) - began.timestamp() < 5
    assert max(outbox.at) - min(outbox.at) < outbox.seconds  # none waits for another


@pytest.mark.usefixtures("known")
async def test_a_gateway_that_hangs_holds_up_no_care(world, monkeypatch):
    monkeypatch.setattr("openhealthcode.access.notices._LONGEST_WAIT_SECONDS", 0.1)
    outbox = HangingPhones()
    await break_glass(world, outbox=outbox)
    assert outbox.arrived == []
    outbox.goes_on.set()
    async with asyncio.timeout(60):
        await outbox.all_told.wait()  # they go on by themselves


class DeadPhones(Phones):
    """A gateway that refuses everything."""

    async def send(self, message: Message) -> None:  # noqa: ARG002 - nobody gets it
        raise MessageNotSent


@pytest.mark.usefixtures("known")
async def test_a_gateway_that_refuses_holds_up_no_care(world, resident):
    await break_glass(world, outbox=DeadPhones())
    assert (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted


async def test_contacts_are_few_different_and_real(world, known):
    with pytest.raises(identity.TooManyContacts):
        await access.name_contact(world.pool, world.keys, known, WIFE, Relation.FRIEND)
    nobody = Phone.parse("13800000000")
    with pytest.raises(identity.PlaceholderPhone):
        await access.name_contact(world.pool, world.keys, known, nobody, Relation.FRIEND)
    friend, cousin = Phone.parse("13512345673"), Phone.parse("13412345674")
    await access.name_contact(world.pool, world.keys, known, friend, Relation.FRIEND)
    with pytest.raises(identity.TooManyContacts):
        await access.name_contact(world.pool, world.keys, known, cousin, Relation.OTHER_RELATIVE)
    assert len(await access.own_contacts(world.pool, world.keys, known)) == 3


async def test_a_contact_is_sealed_logged_without_its_number_and_of_one_resident(
    world, known, owner
):
    stored = await owner.fetch("SELECT c::text AS row FROM identity.emergency_contact c")
    for row in stored:
        assert WIFE.number[3:] not in row["row"]
        assert WIFE.number[3:].encode().hex() not in row["row"]
    lines = await access.own_log(world.pool, world.keys, known)
    named = [line for line in lines if line.action == Action.CONTACT_NAME]
    assert [line.detail for line in named] == [{"relation": "child"}, {"relation": "spouse"}]
    other = await world.resident(serial=4)
    assert await access.own_contacts(world.pool, world.keys, other) == ()
    mine, _ = await access.own_contacts(world.pool, world.keys, known)
    with pytest.raises(NotFound):
        await access.remove_contact(world.pool, world.keys, other, mine.contact_id)


async def call(world: World, resident: ResidentId, practitioner=None):
    return await access.contacts_to_call(
        world.pool,
        world.keys,
        resident,
        practitioner_id=practitioner or world.wang,
        institution_id=world.hospital,
    )


@pytest.mark.parametrize("scope", list(EmergencyScope))
async def test_whom_to_call_is_told_whatever_was_chosen(world, known, scope):
    await choose(world, known, scope)
    await break_glass(world)
    assert {one.phone for one in await call(world, known)} == {WIFE, SON}
    line = (await access.own_log(world.pool, world.keys, known))[0]
    assert (line.action, line.outcome) == (Action.CONTACT_SHOW, Outcome.DONE)
    assert WIFE.number not in str(line.detail)


async def test_without_an_override_of_ones_own_nobody_is_told_whom_to_call(world, known):
    await world.allow(known)  # a consent to treatment is none for emergencies
    other = PractitionerId(uuid4())
    with pytest.raises(NotFound):
        await call(world, known)
    await break_glass(world)
    with pytest.raises(NotFound):
        await call(world, known, other)
    lines = await access.own_log(world.pool, world.keys, known)
    shown = [line for line in lines if line.action == Action.CONTACT_SHOW]
    assert [line.outcome for line in shown] == [Outcome.REFUSED, Outcome.REFUSED]


async def test_an_override_that_was_taken_back_tells_no_more_whom_to_call(world, known):
    await break_glass(world)
    assert await call(world, known)
    (override,) = await consent.consents(world.pool, world.keys, known)
    await consent.withdraw(world.pool, world.keys, known, override.consent_id)
    with pytest.raises(NotFound):
        await call(world, known)
