"""Residents are told that somebody looked: when they want, once, and never who or where."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import visits
from openhealthcode import access, audit, identity, registry
from openhealthcode.access import ActingFor, Appointment, Named, telling
from openhealthcode.access.telling import About, NoticeChoice, TellLooks, rules
from openhealthcode.access.telling.model import Looked
from openhealthcode.database import Pool, transaction
from openhealthcode.representation import Power, Proof, RepresentationKind
from openhealthcode.sign_in import look_notice, looks_notice
from openhealthcode.standards import (
    OFFICIAL_TIME,
    Certificate,
    CertificateKind,
    InvalidInput,
    Phone,
    PurposeOfUse,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, Keys
from signing_in import Phones

OWN, DAUGHTER = Phone.parse("13912345678"), Phone.parse("13712345671")
BEIJING = OFFICIAL_TIME


class Told:
    """One hospital, one resident with a phone, and the chore."""

    def __init__(self, world: visits.World, sequencer: audit.Sequencer) -> None:
        self.world, self.sequencer = world, sequencer
        self.chore = TellLooks(world.pool, world.keys)
        self.outbox = Phones()

    async def follow(self) -> int:
        """Let the log be sequenced, followed, and what is owed be sent."""
        await self.sequencer.sequence()
        return await self.chore.tell()

    async def owed(self, owner) -> int:
        return await owner.fetchval("SELECT count(*) FROM access.notice")


async def with_phone(world, phone: Phone, serial: int = 2) -> ResidentId:
    resident = await world.resident(serial=serial)
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, phone)
    return resident


@pytest.fixture
async def told(pool: Pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    sequencer = audit.Sequencer(pool, tmp_path / "log", keys.checkpoint_signer("a.example/log"))
    found = Told(await visits.world(pool, keys), sequencer)
    await found.follow()
    yield found
    sequencer.close()
    keys.close()


@pytest.fixture
async def resident(told) -> ResidentId:
    resident = await with_phone(told.world, OWN)
    await told.world.allow(resident)
    return resident


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def choose(told, resident, about: About, quiet: tuple[int, int] = (0, 0)) -> None:
    choice = NoticeChoice(about, *quiet)
    await telling.choose_notices(told.world.pool, told.world.keys, resident, choice)


async def test_each_person_is_told_of_once_a_day(told, resident, owner):
    await choose(told, resident, About.EVERY)
    for _ in range(3):
        await told.world.look(resident)
    assert await told.follow() == 1
    assert await told.follow() == 0
    await told.world.look(resident)
    assert await told.follow() == 0
    assert await told.owed(owner) == 1
    again = TellLooks(told.world.pool, told.world.keys)  # another process, from its own place
    assert await again.tell() == 0


async def test_whoever_chose_it_is_told_of_nothing_but_emergencies(told, resident, owner):
    await choose(told, resident, About.EMERGENCY)
    await told.world.look(resident)
    assert await told.follow() == 0
    assert await told.owed(owner) == 0


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (audit.AgentKind.SYSTEM, PurposeOfUse.TREATMENT),  # by the hundred; the own log has it
        (audit.AgentKind.PRACTITIONER, PurposeOfUse.EMERGENCY),  # told at once by another message
    ],
)
async def test_what_systems_read_and_emergencies_are_not_told_here(
    told, resident, owner, kind, purpose
):
    await choose(told, resident, About.EVERY)
    agent = audit.Agent(kind, uuid4(), told.world.hospital)
    event = audit.Event(action=audit.Action.RECORD_DISCLOSE, agent=agent, purpose=purpose)
    async with transaction(told.world.pool, resident=resident) as connection:
        await audit.append(connection, told.world.keys, resident, event)
    assert await told.follow() == 0
    assert await told.owed(owner) == 0


async def test_unusual_is_whom_no_code_was_shown_to_or_who_was_refused(told, resident, owner):
    await choose(told, resident, About.UNUSUAL)
    await told.world.look(resident)  # nobody scanned a code here
    assert await told.follow() == 1
    nurse = await registry.register_practitioner(
        told.world.pool,
        registry.PractitionerEntry(
            "test|nurse", told.world.hospital, "周晓", registry.PractitionerRole.NURSE
        ),
    )
    assert not (await told.world.look(resident, practitioner_id=nurse)).is_permitted
    assert await told.follow() == 1
    assert await told.owed(owner) == 2


async def test_what_waits_is_told_together_in_the_evening(told, resident, owner):
    await choose(told, resident, About.DAILY)
    await told.world.look(resident)
    await told.follow()
    assert await told.owed(owner) == 0
    await owner.execute(
        "INSERT INTO access.look_told VALUES ($1, $2, $3, now() + interval '1 hour')",
        resident,
        date(2026, 3, 1),
        uuid4(),
    )
    await owner.execute("UPDATE access.look_told SET due_at = now() - interval '1 minute'")
    assert await told.follow() == 1
    assert await told.owed(owner) == 1
    assert await told.follow() == 0
    await access.notices.send_waiting(told.world.pool, told.world.keys, told.outbox)


async def test_whoever_chose_otherwise_meanwhile_is_not_told_in_the_evening(told, resident, owner):
    await choose(told, resident, About.DAILY)
    await told.world.look(resident)
    await told.follow()
    await choose(told, resident, About.EMERGENCY)
    await owner.execute("UPDATE access.look_told SET due_at = now() - interval '1 minute'")
    assert await told.follow() == 0
    assert await told.owed(owner) == 0


async def test_who_acts_for_somebody_and_chose_for_them_is_told_until_it_ends(told, owner):
    world = told.world
    elder = await with_phone(world, OWN)
    daughter = await with_phone(world, DAUGHTER, serial=4)
    await world.allow(elder)
    number = visits.national_id(4)
    who = Named(Certificate.parse(CertificateKind.NATIONAL_ID, number), "李试")
    helper = Appointment(
        kind=RepresentationKind.HELPER,
        representative=who,
        powers=frozenset({Power.LOG}),
        proof=Proof.OWN_PHONE,
        days=30,
    )
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helper)
    with audit.acting_as(ActingFor(world.keys, elder, appointed, daughter)):
        for _ in range(2):
            await choose(told, elder, About.EVERY)
    choice = await telling.notice_choice(world.pool, world.keys, elder)
    assert [one.representative_id for one in choice.told] == [daughter]
    await world.look(elder)
    assert await told.follow() == 1
    assert await told.owed(owner) == 2
    await access.revoke(world.pool, world.keys, elder, appointed)
    await owner.execute("DELETE FROM access.look_told")
    await world.look(elder)
    assert await told.follow() == 1
    assert await told.owed(owner) == 3  # the elder's own phone alone


async def test_a_choice_altered_in_the_database_tells_everything(told, resident, owner):
    await choose(told, resident, About.EMERGENCY)
    await owner.execute("UPDATE access.notice_choice SET sealed = '\\x00'")
    choice = await telling.notice_choice(told.world.pool, told.world.keys, resident)
    assert choice == NoticeChoice()


async def test_a_closed_account_stops_nobody_elses_messages(told, resident, owner):
    other = await with_phone(told.world, DAUGHTER, serial=4)
    await told.world.allow(other)
    for one in (resident, other):
        await choose(told, one, About.EVERY)
        await told.world.look(one)
    told.world.keys.destroy(resident, *KeyClass)
    assert await told.follow() == 1
    await owner.execute("UPDATE access.look_told SET due_at = now() - interval '1 minute'")
    assert await told.follow() == 1  # the other's again; the closed one's is passed over


async def test_what_was_told_long_ago_is_dropped(told, resident, owner):
    await choose(told, resident, About.EVERY)
    await told.world.look(resident)
    await told.follow()
    await owner.execute("UPDATE access.look_told SET on_day = on_day - 50")
    await telling.forget_told(told.world.pool)
    assert await owner.fetchval("SELECT count(*) FROM access.look_told") == 0


def test_the_messages_say_neither_who_nor_where():
    for language in ("zh-CN", "en"):
        one, some = look_notice(OWN, language), looks_notice(OWN, language, 3)
        assert "3" in some.text
        assert "3" not in one.text
        assert all("医院" not in text and "hospital" not in text for text in (one.text, some.text))


HOURS = st.integers(0, 23)
MOMENTS = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(HOURS, HOURS, MOMENTS)
def test_nothing_is_told_in_quiet_hours_and_nothing_waits_a_day(start, stop, at):
    choice = NoticeChoice(About.EVERY, start, stop)
    due = rules.told_at(choice, Looked(at, uuid4(), is_refused=False, has_code=True))
    assert at <= due < at + timedelta(days=1)
    assert start == stop or not rules.is_quiet(choice, due.astimezone(BEIJING).hour)
    if not choice.has_quiet_hours or not rules.is_quiet(choice, at.astimezone(BEIJING).hour):
        assert due == at


@given(MOMENTS, st.booleans(), st.booleans(), st.sampled_from(About))
def test_what_is_chosen_decides_whether_and_when(at, is_refused, has_code, about):
    looked = Looked(at, uuid4(), is_refused, has_code)
    due = rules.told_at(NoticeChoice(about, 0, 0), looked)
    if about is About.EMERGENCY:
        assert due is None
    elif about is About.DAILY:
        assert is_refused == (due is None)
        assert due is None or (due.astimezone(BEIJING).hour == 20 and at < due)
    elif about is About.UNUSUAL:
        assert (due is not None) == (is_refused or not has_code)
    else:
        assert due == at


@pytest.mark.parametrize(("start", "stop"), [(24, 0), (0, -1)])
def test_no_day_has_such_hours(start, stop):
    with pytest.raises(InvalidInput):
        NoticeChoice(About.EVERY, start, stop)
