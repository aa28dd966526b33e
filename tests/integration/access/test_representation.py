"""Guardians, helpers and relatives at the doors: what they reach, who the log says it was, the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

import presence
import visits
from clinic_desk import colleague
from openhealthcode import (
    access,
    audit,
    collection,
    consent,
    healthcode,
    identity,
    representation,
)
from openhealthcode.access import ActingFor, Appointment, Named
from openhealthcode.audit import Action, AgentKind
from openhealthcode.consent import AdvanceChoice, ConsentKind, EmergencyScope, Notice, Terms, seal
from openhealthcode.consent.presence import Helper
from openhealthcode.database import transaction
from openhealthcode.representation import (
    GuardianNeeded,
    Power,
    Proof,
    RepresentationKind,
    RepresentationOver,
    RepresentationUnsuitable,
    Wishes,
)
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    Scene,
    SensitiveCategory,
    TooManyAttempts,
)
from openhealthcode.standards.ids import (
    PresentationId,
    RepresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import Keys
from signing_in import Phones

PARENT = "1985-03-04"
ALLERGY_ONLY = frozenset({RecordCategory.ALLERGIES})


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
def clerk(world):
    return audit.Agent(AgentKind.PRACTITIONER, world.wang, world.hospital)


def today() -> date:
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def years_ago(years: int, days: int = 0) -> str:
    """The birth date of somebody who turned so many years old that many days ago."""
    day = today() - timedelta(days=days)
    try:
        return day.replace(year=day.year - years).isoformat()
    except ValueError:  # nobody turns that many years old on this 29 February
        past = date(day.year - years, 2, 28), date(day.year - years, 3, 1)
        return past[days < 0].isoformat()


def card(serial: int, born: str, name: str) -> Named:
    number = visits.national_id(serial, born.replace("-", ""))
    return Named(Certificate.parse(CertificateKind.NATIONAL_ID, number), name)


async def person(world, serial: int, born: str, name: str, *entries) -> ResidentId:
    """Somebody with a record, born on a day."""
    who = visits.patient(serial, name)
    who["identifier"][0]["value"] = card(serial, born, name).certificate.number
    who["birthDate"] = born
    sent = visits.bundle(who, *(entries or visits.LIFE), key=f"person-{serial}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


async def parent(world) -> ResidentId:
    return await person(world, 20, PARENT, "张敏", visits.glucose("2026-01-01"))


MOTHER = Appointment(
    kind=RepresentationKind.GUARDIAN,
    representative=card(20, PARENT, "张敏"),
    proof=Proof.BIRTH_CERTIFICATE,
)


def helping(*powers: Power, days: int = 30, proof: Proof = Proof.OWN_PHONE) -> Appointment:
    return Appointment(
        kind=RepresentationKind.HELPER,
        representative=card(20, PARENT, "张敏"),
        powers=frozenset(powers),
        proof=proof,
        days=days,
    )


async def child(
    world, born: str, clerk, **changes
) -> tuple[ResidentId, ResidentId, RepresentationId]:
    """A minor, a mother appointed as guardian, and the appointment."""
    mother = await parent(world)
    minor = await person(world, 30, born, "张小")
    appointed = await access.appoint_at_counter(
        world.pool, world.keys, clerk, card(30, born, "张小"), replace(MOTHER, **changes)
    )
    return minor, mother, appointed


def acts(world, resident, representative, appointed):
    return audit.acting_as(ActingFor(world.keys, resident, appointed, representative))


def said(disclosure) -> str:
    return " ".join(entry.body.decode() for entry in disclosure.entries)


async def newest(world, resident) -> access.LogLine:
    """The newest line of a log, read past its own door so that reading it adds none."""
    async with transaction(world.pool, resident=resident) as connection:
        (line,) = await audit.reading.lines(connection, world.keys, resident, limit=1)
    return line


async def test_a_guardian_turns_to_a_child_and_both_logs_say_so(world, clerk):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    (known,) = await access.represented_by(world.pool, world.keys, mother)
    assert (known.resident_id, known.name) == (minor, "张小")
    turned = await access.act_for(world.pool, world.keys, mother, appointed)
    assert turned.mandate.kind is RepresentationKind.GUARDIAN
    line = await newest(world, minor)
    assert (line.action, line.agent_kind) == (Action.REPRESENTATION_ACT, AgentKind.REPRESENTATIVE)
    assert line.agent_id == appointed
    assert UUID(bytes=line.detail["representative"]) == mother
    own = await newest(world, mother)
    assert (own.action, own.agent_id) == (Action.REPRESENTATION_ACT, mother)
    assert UUID(bytes=own.detail["represented"]) == minor


async def test_every_act_for_somebody_else_names_both_persons(world, clerk):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    request = await world.ask(minor)
    refused = await world.ask(minor)
    pool, keys = world.pool, world.keys
    notice = Notice("1", "zh-CN", ("告知",))
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=ALLERGY_ONLY,
        days=30,
    )
    with acts(world, minor, mother, appointed):
        own = await access.own_record(pool, keys, minor)
        await access.own_copy(pool, keys, minor)
        shown = await access.preview(pool, keys, minor, request)
        consent_id = await consent.allow(
            pool, keys, minor, request,
            categories=ALLERGY_ONLY, previewed_number=shown.number, notice=notice,
        )  # fmt: skip
        await consent.withdraw(pool, keys, minor, consent_id)
        await consent.refuse(pool, keys, minor, refused)
        await consent.give(pool, keys, minor, terms, notice)
        await consent.choose_for_emergencies(
            pool, keys, minor, AdvanceChoice(scope=EmergencyScope.NOTHING)
        )
        await access.ask_correction(pool, keys, minor, own.entries[0].entry_id, "写错了")
        await access.object_to_secondary_use(pool, keys, minor, objects=True)
        lines = await access.own_log(pool, keys, minor)
        done = {line.action for line in lines if line.agent_kind == AgentKind.REPRESENTATIVE}
    assert done == {
        Action.RECORD_OWN_VIEW,
        Action.RECORD_COPY,
        Action.RECORD_PREVIEW,
        Action.CONSENT_GRANT,
        Action.CONSENT_WITHDRAW,
        Action.CONSENT_REFUSE,
        Action.EMERGENCY_CHOOSE,
        Action.RIGHTS_EXERCISE,
    }
    for line in await access.own_log(pool, keys, minor):
        assert line.agent_kind != AgentKind.RESIDENT
        if line.agent_kind == AgentKind.REPRESENTATIVE:
            assert line.agent_id == appointed
            assert UUID(bytes=line.detail["representative"]) == mother
            assert line.purpose != PurposeOfUse.RESIDENT_REQUEST


async def test_the_representatives_own_acts_stay_their_own(world, clerk):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    with acts(world, minor, mother, appointed):
        await access.own_record(world.pool, world.keys, mother)
    assert (await newest(world, mother)).agent_kind == AgentKind.RESIDENT


@pytest.mark.parametrize(
    ("age", "days_ago", "powers"),
    [(14, -1, "everything"), (14, 0, "record"), (18, -1, "record")],
)
async def test_the_birthday_narrows_what_a_guardian_may(world, clerk, age, days_ago, powers):
    minor, mother, appointed = await child(world, years_ago(age, days_ago), clerk)
    (known,) = await access.represented_by(world.pool, world.keys, mother)
    is_narrow = powers == "record"
    assert (known.mandate.powers == {Power.RECORD}) is is_narrow
    with acts(world, minor, mother, appointed):
        shown = said(await access.own_record(world.pool, world.keys, minor))
        assert "青霉素" in shown
        assert ("抑郁" in shown) is not is_narrow
        if is_narrow:
            for act in (
                access.own_log(world.pool, world.keys, minor),
                access.own_copy(world.pool, world.keys, minor),
                consent.choose_for_emergencies(world.pool, world.keys, minor, AdvanceChoice()),
            ):
                with pytest.raises(RepresentationOver):
                    await act


async def test_nobody_becomes_guardian_of_an_adult(world, clerk):
    born = years_ago(18)
    await person(world, 30, born, "张小")
    with pytest.raises(RepresentationUnsuitable):
        await access.appoint_at_counter(
            world.pool, world.keys, clerk, card(30, born, "张小"), MOTHER
        )


async def test_a_youth_keeps_more_or_less_from_the_guardian(world, clerk):
    minor, mother, appointed = await child(world, years_ago(15), clerk)
    wishes = Wishes(frozenset({RecordCategory.LABORATORY}), frozenset())
    await access.wish(world.pool, world.keys, minor, wishes)
    with acts(world, minor, mother, appointed):
        shown = said(await access.own_record(world.pool, world.keys, minor))
    assert "抑郁" in shown
    assert "血糖" not in shown


async def test_a_guardian_cannot_change_what_is_kept_from_them(world, clerk):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    with acts(world, minor, mother, appointed):
        for act in (
            access.wish(world.pool, world.keys, minor, Wishes(kinds=frozenset())),
            access.revoke(world.pool, world.keys, minor, appointed),
            access.appoint_helper(world.pool, world.keys, minor, helping(Power.RECORD)),
            access.close_account(world.pool, world.keys, minor),
        ):
            with pytest.raises((RepresentationOver, RepresentationUnsuitable)):
                await act
    own = await access.own_representatives(world.pool, world.keys, minor)
    assert own.wishes == Wishes()
    assert own.standing[0].mandate is not None


async def test_a_courts_guardian_acts_for_an_adult_and_is_ended_at_a_counter_only(world, clerk):
    ward, mother, appointed = await child(
        world, years_ago(40), clerk, kind=RepresentationKind.ADULT_GUARDIAN,
        proof=Proof.COURT_RULING, days=365,
    )  # fmt: skip
    with acts(world, ward, mother, appointed):
        assert (await access.own_record(world.pool, world.keys, ward)).entries
    request = await world.ask(ward)
    preview = await access.preview(world.pool, world.keys, ward, request)
    here = (world.pool, world.keys, ward, request)
    with audit.acting_as(access.Oneself(world.keys, ward)), pytest.raises(GuardianNeeded):
        await consent.allow(
            *here, categories=visits.EVERYTHING, previewed_number=preview.number, notice=visits.TOLD
        )
    await consent.refuse(*here)  # costs nothing and stays the ward's own
    with pytest.raises(Forbidden):
        await access.revoke(world.pool, world.keys, ward, appointed)
    (standing,) = (await access.own_representatives(world.pool, world.keys, ward)).standing
    await access.revoke_at_counter(world.pool, world.keys, clerk, standing.public_id)
    with acts(world, ward, mother, appointed), pytest.raises(RepresentationOver):
        await access.own_record(world.pool, world.keys, ward)


@pytest.fixture
def regional_default():
    yield representation.keep_from_guardians
    representation.keep_from_guardians(frozenset())


async def test_the_region_keeps_categories_from_guardians_until_the_minor_says_otherwise(
    world, clerk, regional_default
):
    minor, mother, appointed = await child(world, years_ago(15), clerk)

    async def seen():
        with acts(world, minor, mother, appointed):
            own = await access.own_record(world.pool, world.keys, minor)
        return {entry.category for entry in own.entries}

    assert RecordCategory.LABORATORY in await seen()
    regional_default(frozenset({RecordCategory.LABORATORY}))
    assert RecordCategory.LABORATORY not in await seen()
    assert RecordCategory.ALLERGIES in await seen()
    own = await access.own_representatives(world.pool, world.keys, minor)
    assert own.wishes.categories == {RecordCategory.LABORATORY}
    await access.wish(world.pool, world.keys, minor, Wishes())
    assert RecordCategory.LABORATORY in await seen()


async def test_wishes_that_were_altered_keep_everything(world, clerk, owner):
    minor, mother, appointed = await child(world, years_ago(15), clerk)
    await access.wish(world.pool, world.keys, minor, Wishes(kinds=frozenset()))
    await owner.execute("UPDATE representation.wishes SET sealed = sealed || '\\x00'")
    with acts(world, minor, mother, appointed):
        assert (await access.own_record(world.pool, world.keys, minor)).entries == ()


async def test_a_helper_may_what_was_said_and_sees_no_sensitive_kind_anywhere(world):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    request = await world.ask(elder)
    appointed = await access.appoint_helper(
        world.pool, world.keys, elder, helping(Power.VISITS, Power.LOG)
    )
    await world.allow(elder)
    await world.look(elder)
    pool, keys = world.pool, world.keys
    with acts(world, elder, mother, appointed):
        shown = await access.preview(pool, keys, elder, request)
        assert "抑郁" not in " ".join(entry.body.decode() for entry in shown.entries)
        own = await access.own_record(pool, keys, elder)
        assert "抑郁" not in said(own)
        there = {entry.entry_id.bytes for entry in own.entries}
        for line in await access.own_log(pool, keys, elder):
            assert {item[0] for item in line.detail.get("items", ())} <= there
        with pytest.raises(RepresentationOver):
            await access.own_copy(pool, keys, elder)


async def test_a_helper_consents_to_no_sensitive_kind(world):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helping(Power.CONSENTS))
    first, _ = await world.allow(elder)
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=frozenset({RecordCategory.CONDITIONS}),
        sensitive=frozenset({SensitiveCategory.MENTAL_HEALTH}),
        days=30,
        added_to=first,
    )
    with acts(world, elder, mother, appointed), pytest.raises(RepresentationOver):
        await consent.give(world.pool, world.keys, elder, terms, Notice("1", "zh-CN", ("告知",)))
    (only,) = await consent.consents(world.pool, world.keys, elder)
    assert only.consent_id == first


async def test_revoked_by_phone_or_at_a_counter_the_next_act_is_refused(world, clerk):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    for end in ("phone", "counter"):
        appointed = await access.appoint_helper(
            world.pool, world.keys, elder, helping(Power.RECORD)
        )
        if end == "phone":
            await access.revoke(world.pool, world.keys, elder, appointed)
        else:
            named = card(40, "1949-12-31", "李秀英")
            desk = await access.representatives_at_counter(world.pool, world.keys, clerk, named)
            assert desk.masked_name == "李**"
            (one,) = desk.standing
            await access.revoke_at_counter(world.pool, world.keys, clerk, one.public_id)
            with pytest.raises(NotFound):
                await access.revoke_at_counter(world.pool, world.keys, clerk, one.public_id)
        with acts(world, elder, mother, appointed), pytest.raises(RepresentationOver):
            await access.own_record(world.pool, world.keys, elder)
        assert await access.represented_by(world.pool, world.keys, mother) == []
        with pytest.raises(NotFound):
            await access.act_for(world.pool, world.keys, mother, appointed)


async def test_no_act_commits_after_an_acknowledged_revocation(world):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helping(Power.RECORD))
    looked, acknowledged = asyncio.Event(), asyncio.Event()
    late = 0

    async def look() -> None:
        nonlocal late
        with acts(world, elder, mother, appointed):
            while True:
                begun_after = acknowledged.is_set()
                try:
                    await access.own_record(world.pool, world.keys, elder)
                except RepresentationOver:
                    return
                looked.set()
                late += begun_after

    lookers = [asyncio.create_task(look()) for _ in range(4)]
    async with asyncio.timeout(60):
        await looked.wait()
    await access.revoke(world.pool, world.keys, elder, appointed)
    acknowledged.set()
    await asyncio.gather(*lookers)
    assert late == 0
    lines = await access.own_log(world.pool, world.keys, elder, limit=500)
    ended = next(line for line in lines if line.action == Action.REPRESENTATION_REVOKE)
    acted = [line for line in lines if line.agent_kind == AgentKind.REPRESENTATIVE]
    assert acted
    assert all(line.number < ended.number for line in acted)


async def test_an_act_that_waits_while_it_is_revoked_is_refused(world):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helping(Power.RECORD))
    event = audit.Event(
        action=Action.REPRESENTATION_REVOKE, agent=audit.Agent(AgentKind.RESIDENT, elder)
    )

    async def look() -> None:
        with acts(world, elder, mother, appointed):
            await access.own_record(world.pool, world.keys, elder)

    async with transaction(world.pool, resident=elder) as connection:
        logged = await audit.append(connection, world.keys, elder, event)
        looking = asyncio.create_task(look())
        await asyncio.sleep(0.5)  # long enough to read whatever is read before the chain is held
        await representation.revoke(connection, elder, appointed, logged)
    with pytest.raises(RepresentationOver):
        await looking


async def test_a_helpers_code_is_worthless_once_the_helper_is_revoked(world):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helping(Power.VISITS))
    acting = ActingFor(world.keys, elder, appointed, mother)
    now = datetime.now(UTC)
    await healthcode.enrol_device(world.pool, acting.device_reference, elder, now)
    code = healthcode.issue(world.keys, acting.device_reference, now)
    opened = healthcode.open(world.keys, code, now)
    assert await healthcode.shown_by(world.pool, opened) == elder
    await access.revoke(world.pool, world.keys, elder, appointed)
    with pytest.raises(healthcode.UnknownDevice):
        await healthcode.shown_by(world.pool, opened)


async def test_whoever_is_not_the_one_named_acts_for_nobody(world, clerk):
    minor, _, appointed = await child(world, years_ago(9), clerk)
    stranger = await person(world, 50, PARENT, "张敏敏")
    assert await access.represented_by(world.pool, world.keys, stranger) == []
    for who in (stranger, minor):
        with pytest.raises(NotFound):
            await access.act_for(world.pool, world.keys, who, appointed)


async def test_an_appointment_altered_or_moved_in_the_database_gives_nothing(world, clerk, owner):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    stranger = await person(world, 50, PARENT, "王五")
    key = access.acting.representative_key(world.keys, card(50, PARENT, "王五").certificate, "王五")
    await owner.execute("UPDATE representation.representation SET representative_key = $1", key)
    assert await access.represented_by(world.pool, world.keys, stranger) == []
    with acts(world, minor, mother, appointed), pytest.raises(RepresentationOver):
        await access.own_record(world.pool, world.keys, minor)


@pytest.mark.parametrize(
    "wanted",
    [
        helping(Power.RECORD, days=0),
        helping(Power.RECORD, days=367),
        helping(),
        helping(Power.CLOSING),
        helping(Power.RECORD, proof=Proof.BOTH_PRESENT),
        MOTHER,
        Appointment(
            kind=RepresentationKind.RELATIVE,
            representative=card(20, PARENT, "张敏"),
            proof=Proof.KINSHIP_DOCUMENT,
            days=30,
        ),
        Appointment(
            kind=RepresentationKind.HELPER,
            representative=card(40, "1949-12-31", "李秀英"),
            powers=frozenset({Power.RECORD}),
            proof=Proof.OWN_PHONE,
            days=30,
        ),
        Appointment(
            kind=RepresentationKind.HELPER,
            representative=card(21, years_ago(17), "小朋友"),
            powers=frozenset({Power.RECORD}),
            proof=Proof.OWN_PHONE,
            days=30,
        ),
    ],
    ids=[
        "no-days", "too-long", "no-powers", "not-a-helpers-power", "counters-proof", "guardian",
        "relative", "oneself", "a-minor",
    ],
)  # fmt: skip
async def test_what_no_phone_can_appoint(world, wanted):
    elder = await person(world, 40, "1949-12-31", "李秀英")
    with pytest.raises(RepresentationUnsuitable):
        await access.appoint_helper(world.pool, world.keys, elder, wanted)
    own = await access.own_representatives(world.pool, world.keys, elder)
    assert own.standing == ()


async def test_a_minor_appoints_no_helper(world):
    minor = await person(world, 30, years_ago(16), "张小")
    with pytest.raises(RepresentationUnsuitable):
        await access.appoint_helper(world.pool, world.keys, minor, helping(Power.RECORD))


async def test_a_wrong_name_at_the_counter_is_nobody(world, clerk):
    await person(world, 40, "1949-12-31", "李秀英")
    wrong = card(40, "1949-12-31", "李秀兰")
    with pytest.raises(NotFound):
        await access.representatives_at_counter(world.pool, world.keys, clerk, wrong)
    with pytest.raises(NotFound):
        await access.register_death(world.pool, world.keys, clerk, wrong, today())
    with pytest.raises(NotFound):
        await access.revoke_at_counter(
            world.pool, world.keys, clerk, world.keys.seal_id(ResidentId(uuid4()), uuid4())
        )


async def test_death_ends_what_was_the_residents_own(world, clerk):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    named = card(40, "1949-12-31", "李秀英")
    appointed = await access.appoint_helper(world.pool, world.keys, elder, helping(Power.RECORD))
    await world.allow(elder)
    assert (await world.look(elder)).entries
    await access.register_death(world.pool, world.keys, clerk, named, today())
    assert (await world.look(elder)).entries == ()
    assert all(one.withdrawn_at for one in await consent.consents(world.pool, world.keys, elder))
    with acts(world, elder, mother, appointed), pytest.raises(RepresentationOver):
        await access.own_record(world.pool, world.keys, elder)
    with pytest.raises(Conflict):
        await access.register_death(world.pool, world.keys, clerk, named, today())
    await access.take_death_back(world.pool, world.keys, clerk, named)
    with acts(world, elder, mother, appointed):
        assert (await access.own_record(world.pool, world.keys, elder)).entries
    assert (await world.look(elder)).entries == ()  # consents are given anew


@pytest.mark.parametrize("day", [date(1949, 12, 30), today() + timedelta(days=2)])
async def test_nobody_dies_before_birth_or_later_than_today(world, clerk, day):
    await person(world, 40, "1949-12-31", "李秀英")
    with pytest.raises(InvalidInput):
        await access.register_death(
            world.pool, world.keys, clerk, card(40, "1949-12-31", "李秀英"), day
        )


async def test_close_relatives_read_copy_correct_and_delete(world, clerk):
    mother = await parent(world)
    elder = await person(world, 40, "1949-12-31", "李秀英")
    named = card(40, "1949-12-31", "李秀英")
    relative = Appointment(
        kind=RepresentationKind.RELATIVE,
        representative=card(20, PARENT, "张敏"),
        proof=Proof.KINSHIP_DOCUMENT,
        days=30,
    )
    with pytest.raises(RepresentationUnsuitable):
        await access.appoint_at_counter(world.pool, world.keys, clerk, named, relative)
    await access.register_death(world.pool, world.keys, clerk, named, today())
    appointed = await access.appoint_at_counter(world.pool, world.keys, clerk, named, relative)
    pool, keys = world.pool, world.keys
    with acts(world, elder, mother, appointed):
        own = await access.own_record(pool, keys, elder)
        assert "青霉素" in said(own)
        assert (await access.own_copy(pool, keys, elder)).entries
        await access.ask_correction(pool, keys, elder, own.entries[0].entry_id, "写错了")
        with pytest.raises(RepresentationOver):
            await access.own_log(pool, keys, elder)
        await access.close_account(pool, keys, elder)
    assert await access.represented_by(pool, keys, mother) == []
    with pytest.raises(NotFound):
        await access.act_for(pool, keys, mother, appointed)


async def test_who_wished_no_relatives_has_none(world, clerk):
    elder = await person(world, 40, "1949-12-31", "李秀英")
    named = card(40, "1949-12-31", "李秀英")
    await access.wish(world.pool, world.keys, elder, Wishes(relatives_may=False))
    await access.register_death(world.pool, world.keys, clerk, named, today())
    relative = Appointment(
        kind=RepresentationKind.RELATIVE,
        representative=card(20, PARENT, "张敏"),
        proof=Proof.KINSHIP_DOCUMENT,
        days=30,
    )
    with pytest.raises(RepresentationUnsuitable):
        await access.appoint_at_counter(world.pool, world.keys, clerk, named, relative)


async def test_no_name_lies_in_the_tables(world, clerk, owner):
    await child(world, years_ago(9), clerk)
    for table in ("representation", "wishes", "death"):
        rows = await owner.fetch(f"SELECT t::text AS line FROM representation.{table} t")
        text = " ".join(row["line"] for row in rows)
        assert "张敏" not in text
        assert "张敏".encode().hex() not in text


async def test_another_resident_sees_none_of_the_rows(world, clerk):
    minor, mother, _ = await child(world, years_ago(9), clerk)
    async with transaction(world.pool, resident=mother) as connection:
        assert await connection.fetchval("SELECT count(*) FROM representation.representation") == 0
    async with transaction(world.pool, resident=minor) as connection:
        assert await connection.fetchval("SELECT count(*) FROM representation.representation") == 1


async def test_a_phone_of_the_deceased_is_bound_to_nobody(world, clerk):
    elder = await person(world, 40, "1949-12-31", "李秀英")
    phone = identity.model.Phone.parse("13912345678")
    async with transaction(world.pool, resident=elder) as connection:
        await identity.bind_phone(connection, world.keys, elder, phone)
    await access.register_death(
        world.pool, world.keys, clerk, card(40, "1949-12-31", "李秀英"), today()
    )
    async with transaction(world.pool, resident=elder) as connection:
        assert not await identity.phone_is_bound(connection, world.keys, elder, phone)


async def own_answer(world, resident) -> None:
    with audit.acting_as(access.Oneself(world.keys, resident)):
        await world.allow(resident)


async def test_under_fourteen_the_guardian_consents_and_not_the_childs_phone(world, clerk):
    alone = await person(world, 31, years_ago(9), "孤")
    await own_answer(world, alone)  # no guardian is known: the phone bound to the record decides
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    with pytest.raises(GuardianNeeded):
        await own_answer(world, minor)
    assert await consent.consents(world.pool, world.keys, minor) == []
    with acts(world, minor, mother, appointed):
        await world.allow(minor)
    (given,) = await consent.consents(world.pool, world.keys, minor)
    with audit.acting_as(access.Oneself(world.keys, minor)):
        await consent.withdraw(world.pool, world.keys, minor, given.consent_id)


async def test_from_fourteen_on_the_minor_consents_and_not_the_guardian(world, clerk):
    minor, mother, appointed = await child(world, years_ago(14), clerk)
    await own_answer(world, minor)
    with acts(world, minor, mother, appointed), pytest.raises(RepresentationOver):
        await world.allow(minor)


async def test_a_clerk_who_tries_cards_is_stopped(world, clerk):
    unknown = card(60, "1960-01-01", "无名")
    for _ in range(40):
        with pytest.raises(NotFound):
            await access.representatives_at_counter(world.pool, world.keys, clerk, unknown)
    await person(world, 40, "1949-12-31", "李秀英")
    with pytest.raises(TooManyAttempts):
        await access.representatives_at_counter(
            world.pool, world.keys, clerk, card(40, "1949-12-31", "李秀英")
        )


async def test_a_childs_shown_code_is_no_consent_whatever_was_chosen(world, clerk):
    minor, _, _ = await child(world, years_ago(9), clerk)
    told = consent.Notice("showing-v1", "zh-CN", ("给谁",))
    chosen = consent.Showing.CONSENT
    await consent.choose_showing(world.pool, world.keys, minor, chosen, notice=told)
    presented = healthcode.Presentation(
        minor,
        PresentationId(uuid4()),
        world.wang,
        world.hospital,
        TerminalId(uuid4()),
        PurposeOfUse.TREATMENT,
        Scene.CONSULTATION,
        datetime.now(UTC),
        healthcode.PresentedBy.COUNTER,
    )
    assert await access.open_by_showing(world.pool, world.keys, presented) is None


@pytest.mark.parametrize("typed", [presence.OWN, presence.SECOND])
async def test_a_childs_pin_consents_to_nothing_either(world, clerk, typed):
    minor, _, _ = await child(world, years_ago(9), clerk)
    await presence.give_pins(world, minor)
    staff = presence.session(world)
    named = card(30, years_ago(9), "张小")
    visit = await access.identify_by_card(
        world.pool, world.keys, named.certificate, named.name, staff, Scene.CONSULTATION
    )
    presented = await access.presented_to(
        world.pool, minor, visit.presentation_id,
        practitioner_id=staff.practitioner_id, terminal_id=staff.terminal_id,
    )  # fmt: skip
    request = await presence.ask(world, presented)
    with pytest.raises(GuardianNeeded):
        await access.answer_with_pin(
            world.pool, world.keys, presented, request, typed=typed, spoken=presence.spoken()
        )
    helper = Helper(await colleague(world), world.hospital)
    with pytest.raises(GuardianNeeded):  # nor does a helper's word for the child
        await access.answer_assisted(
            world.pool,
            world.keys,
            Phones(),
            presented,
            request,
            helper=helper,
            spoken=presence.spoken(),
        )
    assert await consent.consents(world.pool, world.keys, minor) == []


async def sealed(world, resident) -> None:
    """The record is sealed by order."""
    order = seal.SealOrder(
        order_id=uuid4(),
        reason=seal.SealReason.MISUSE,
        words="接到举报，正在核查",
        placed_by=world.wang,
        institution_id=world.hospital,
        until=datetime.now(UTC) + timedelta(days=9),
    )
    async with transaction(world.pool, resident=resident) as connection:
        assert await seal.seal(connection, world.keys, resident, order)


async def test_a_sealed_record_stays_open_to_a_guardian_and_to_no_helper(world, clerk):
    minor, mother, appointed = await child(world, years_ago(9), clerk)
    grown = await person(world, 31, years_ago(40), "张大")
    helper = await access.appoint_helper(
        world.pool, world.keys, grown, helping(Power.RECORD, Power.LOG)
    )
    with acts(world, grown, mother, helper):
        assert (await access.own_record(world.pool, world.keys, grown)).entries
    for resident in (minor, grown):
        await sealed(world, resident)
    with acts(world, minor, mother, appointed):
        assert (await access.own_record(world.pool, world.keys, minor)).entries
    with acts(world, grown, mother, helper):
        assert (await access.own_record(world.pool, world.keys, grown)).entries == ()
    assert (await access.own_record(world.pool, world.keys, grown)).entries
