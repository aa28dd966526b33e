"""Without a phone: the same consent and log; under duress the same answer, and another record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

import presence
import visits
from clinic_desk import colleague
from openhealthcode import access, consent, identity
from openhealthcode.consent.presence import Helper, Means, Presence
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import PresentedBy
from openhealthcode.sign_in import BindingProof, MessageNotSent, Role, pin
from openhealthcode.standards import (
    Forbidden,
    InvalidInput,
    NotFound,
    Phone,
    RecordCategory,
    TooManyAttempts,
)
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId
from openhealthcode.trust import Keys
from presence import OWN, SECOND, WRONG
from signing_in import Phones
from visits import World

PHONE = Phone.parse("13912345678")
FEW = frozenset({RecordCategory.ALLERGIES, RecordCategory.LABORATORY})
PLAUSIBLE = {RecordCategory.DEMOGRAPHICS, RecordCategory.ALLERGIES}


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def li(world: World) -> ResidentId:
    resident = await world.resident()
    await presence.give_pins(world, resident)
    return resident


async def answered(world, typed, categories=visits.EVERYTHING, serial=2):
    staff = presence.session(world)
    presented = await presence.arrive(world, staff, serial)
    request = await presence.ask(world, presented)
    return await access.answer_with_pin(
        world.pool,
        world.keys,
        presented,
        request,
        typed=typed,
        spoken=presence.spoken(categories),
    )


async def assisted(world):
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    return await access.answer_assisted(
        world.pool,
        world.keys,
        Phones(),
        presented,
        request,
        helper=Helper(await colleague(world), world.hospital),
        spoken=presence.spoken(FEW),
    )


async def seen_by_the_region(world):
    """What a supervisor finds who belongs to another institution, but the sample of others."""
    supervisor = replace(presence.session(world), institution_id=InstitutionId(uuid4()))
    found = await access.presences(world.pool, world.keys, supervisor)
    return [one for one in found if one.is_under_duress or one.means is Means.ASSISTED]


async def test_a_card_identifies_and_opens_nothing(world, li):
    presented = await presence.arrive(world, presence.session(world))
    assert presented.resident_id == li
    assert presented.by is PresentedBy.CARD
    assert (await world.look(li)).entries == ()
    line = next(one for one in await presence.log(world, li) if one.action == "resident.identify")
    assert line.agent_id == world.wang
    assert line.detail["counter"] is True


@pytest.mark.usefixtures("li")
async def test_number_and_name_must_agree_and_nobody_tells_which_did_not(world):
    staff = presence.session(world)
    told = []
    for serial, name in ((2, "王别名"), (998, presence.NAME)):
        with pytest.raises(NotFound) as refused:
            await presence.arrive(world, staff, serial, name)
        told.append(str(refused.value))
    assert told[0] == told[1]


@pytest.mark.usefixtures("li")
async def test_a_desk_that_types_numbers_is_stopped(world):
    staff = presence.session(world)
    for _ in range(40):
        with pytest.raises(NotFound):
            await presence.arrive(world, staff, 998)
    with pytest.raises(TooManyAttempts):
        await presence.arrive(world, staff, 2)


async def test_the_pin_opens_exactly_what_was_left_switched_on(world, li):
    consent_id = await answered(world, OWN, FEW)
    shown = await world.look(li)
    assert {entry.category for entry in shown.entries} == FEW
    assert shown.consent_ids == {consent_id}
    (given,) = await consent.consents(world.pool, world.keys, li)
    assert (given.categories, given.practitioner_id) == (FEW, world.wang)
    assert given.notice == presence.TOLD
    grant = next(one for one in await presence.log(world, li) if one.action == "consent.grant")
    assert grant.agent_kind == "resident"
    assert grant.detail["means"] == "pin"
    preview = next(one for one in await presence.log(world, li) if one.action == "record.preview")
    shown_items = {entry.entry_id.bytes for entry in shown.entries}
    assert shown_items <= {item[0] for item in preview.detail["items"]}
    assert grant.detail["previewed"] == preview.number


async def test_it_is_the_same_consent_as_by_phone(world, li):
    by_phone, _ = await world.allow(li, FEW)
    on_phone = await world.look(li)
    await consent.withdraw(world.pool, world.keys, li, by_phone)
    await answered(world, OWN, FEW)
    at_the_desk = await world.look(li)
    assert at_the_desk.entries == on_phone.entries
    kept = ("purpose", "categories", "sensitive", "manner", "kind", "is_override", "department")
    ours, theirs = await consent.consents(world.pool, world.keys, li)
    assert [getattr(ours, name) for name in kept] == [getattr(theirs, name) for name in kept]


async def test_a_wrong_pin_opens_nothing_and_the_request_still_waits(world, li):
    with pytest.raises(pin.WrongPin):
        await answered(world, WRONG)
    assert (await world.look(li)).entries == ()
    (waiting,) = await consent.requests_waiting(world.pool, world.keys, li)
    assert waiting.answer is None


@pytest.mark.usefixtures("li")
async def test_a_pin_of_somebody_else_opens_nothing(world):
    other = await world.resident(serial=4)
    await pin.choose(world.pool, world.keys, other, WRONG)
    with pytest.raises(pin.WrongPin):
        await answered(world, OWN, serial=4)


@pytest.mark.usefixtures("li")
async def test_nobody_answers_for_whoever_was_found_unconscious(world):
    presented = await presence.arrive(world, presence.session(world))
    found = replace(presented, by=PresentedBy.DOCUMENT)
    request = await presence.ask(world, found)
    helper = Helper(await colleague(world), world.hospital)
    for answer in (
        access.answer_with_pin(
            world.pool, world.keys, found, request, typed=OWN, spoken=presence.spoken()
        ),
        access.answer_assisted(
            world.pool,
            world.keys,
            Phones(),
            found,
            request,
            helper=helper,
            spoken=presence.spoken(),
        ),
    ):
        with pytest.raises(Forbidden):
            await answer


@pytest.mark.usefixtures("li")
async def test_a_device_that_tries_pins_is_stopped_for_everybody(world):
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)

    async def enter(typed):
        await access.answer_with_pin(
            world.pool, world.keys, presented, request, typed=typed, spoken=presence.spoken()
        )

    for _ in range(40):
        with pytest.raises(pin.WrongPin):
            await enter("no pin")
    with pytest.raises(TooManyAttempts):
        await enter(OWN)


async def test_refusing_needs_no_pin(world, li):
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    await access.refuse_in_person(world.pool, world.keys, presented, request)
    assert not await consent.requests_waiting(world.pool, world.keys, li)
    assert (await world.look(li)).entries == ()


async def test_a_helper_is_named_in_the_log_and_on_the_regions_page(world, li):
    lin = await colleague(world)
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    helper = Helper(lin, world.hospital, "女儿李小花")
    phones = Phones()
    async with transaction(world.pool, resident=li) as connection:
        await identity.bind_phone(connection, world.keys, li, PHONE)
    await access.answer_assisted(
        world.pool,
        world.keys,
        phones,
        presented,
        request,
        helper=helper,
        spoken=presence.spoken(FEW),
    )
    (message,) = phones.arrived
    assert message.phone == PHONE
    assert not any(word in message.text for word in ("医院", "李", "过敏", "检验"))
    assert {entry.category for entry in (await world.look(li)).entries} == FEW
    grant = next(one for one in await presence.log(world, li) if one.action == "consent.grant")
    assert (grant.agent_kind, grant.agent_id) == ("practitioner", lin)
    assert (grant.detail["means"], grant.detail["companion"]) == ("assisted", "女儿李小花")
    (noted,) = await seen_by_the_region(world)
    assert (noted.means, noted.helper_id, noted.is_under_duress) == (Means.ASSISTED, lin, False)


@pytest.mark.usefixtures("li")
async def test_whoever_asks_cannot_help_and_neither_can_a_stranger(world):
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    elsewhere = InstitutionId(uuid4())
    for helper in (
        Helper(world.wang, world.hospital),
        Helper(await colleague(world), elsewhere),
    ):
        with pytest.raises(Forbidden):
            await access.answer_assisted(
                world.pool,
                world.keys,
                Phones(),
                presented,
                request,
                helper=helper,
                spoken=presence.spoken(),
            )


@pytest.mark.usefixtures("li")
async def test_nothing_switched_on_is_no_consent(world):
    with pytest.raises(InvalidInput):
        await answered(world, OWN, frozenset())


# ── under duress ──


async def test_under_duress_a_plausible_record_opens(world, li):
    await answered(world, SECOND)
    shown = await world.look(li)
    assert shown.is_permitted
    assert {entry.category for entry in shown.entries} == PLAUSIBLE
    (noted,) = await seen_by_the_region(world)
    assert noted.is_under_duress
    assert (noted.resident_id, noted.practitioner_id) == (li, world.wang)


@pytest.mark.usefixtures("li")
async def test_an_ordinary_answer_raises_no_flag(world):
    await answered(world, OWN)
    assert await seen_by_the_region(world) == []


async def told(world, resident):
    """Everything the resident's pages and the log say, but ids, digests and times."""
    lines = [
        (
            line.action,
            line.outcome,
            line.agent_kind,
            line.purpose,
            line.scene,
            sorted(line.detail),
            line.detail.get("allowed"),
            line.detail.get("means"),
            len(line.detail.get("items", ())),
            line.detail.get("because"),
        )
        for line in await presence.log(world, resident)
        if line.action not in {"record.file", "resident.register"}
    ]
    given = [
        (one.categories, one.sensitive, one.manner, one.kind, one.end_at - one.granted_at)
        for one in await consent.consents(world.pool, world.keys, resident)
    ]
    return lines, given


async def test_it_is_told_as_an_ordinary_consent_of_somebody_with_a_short_record(world, li):
    """Twins: one is made to answer, the other has nothing but an allergy and answers freely."""
    twin = await world.resident(visits.allergy("青霉素"), serial=4)
    await presence.give_pins(world, twin)
    found = []
    for resident, typed, serial in ((li, SECOND, 2), (twin, OWN, 4)):
        await answered(world, typed, serial=serial)
        shown = await world.look(resident)
        seen = [(entry.type, entry.category, entry.day) for entry in shown.entries]
        found.append((seen, shown.is_permitted, await told(world, resident)))
    assert found[0] == found[1]


async def test_the_rows_have_one_shape(world, li, owner_url):
    """Number of lines, of statements and every length, whichever PIN it was."""
    owner = await asyncpg.connect(owner_url)
    shapes = []
    for typed in (OWN, SECOND):
        consent_id = await answered(world, typed, FEW)
        rows = await owner.fetch(
            "SELECT line, rule, cardinality(category_tokens) AS many, category_tokens,"
            "       up_to_number IS NULL AS open_end, form, end_at - start_at AS lasts"
            "  FROM consent.provision WHERE consent_id = $1 ORDER BY line",
            consent_id,
        )
        length = await owner.fetchval(
            "SELECT octet_length(sealed) FROM consent.presence WHERE consent_id = $1", consent_id
        )
        shapes.append(([tuple(row) for row in rows], length))
        await consent.withdraw(world.pool, world.keys, li, consent_id)
    await owner.close()
    assert shapes[0] == shapes[1]
    assert len(shapes[0][0]) == 3


async def test_withdrawing_ends_it_like_any_other(world, li):
    consent_id = await answered(world, SECOND)
    await consent.withdraw(world.pool, world.keys, li, consent_id)
    assert (await world.look(li)).entries == ()


async def test_the_region_learns_whom_to_find_and_the_log_does_not_say_why(world, li):
    supervisor = replace(
        presence.session(world, role=Role.SUPERVISOR), institution_id=InstitutionId(uuid4())
    )
    said, names = [], []
    for answer in (answered(world, SECOND), assisted(world)):
        consent_id = await answer
        found = await access.examine_presence(world.pool, world.keys, li, consent_id, supervisor)
        names.append((found.name, found.certificates[0].startswith("880102********")))
        line = next(o for o in await presence.log(world, li) if o.action == "presence.examine")
        said.append((line.agent_id, line.detail, line.outcome))
    assert said[0] == said[1]
    assert names == [(presence.NAME, False), ("李*", True)]
    noted = await seen_by_the_region(world)
    assert all(one.examined_at is not None for one in noted)
    assert await access.presences(world.pool, world.keys, presence.session(world)) == []
    with pytest.raises(NotFound):
        await access.examine_presence(world.pool, world.keys, li, ConsentId(uuid4()), supervisor)


def test_no_text_of_a_program_tells_duress():
    """What is printed of the values in an error or a log says nothing of it."""
    texts = {repr(Presence(means=Means.PIN, is_under_duress=pressed)) for pressed in (True, False)}
    assert len(texts) == 1


async def test_under_duress_an_older_consent_opens_no_more_to_whoever_stands_there(world, li):
    """A standing consent of the whole hospital: closed to all of it, until this answer ends."""
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=30,
    )
    await consent.give(world.pool, world.keys, li, terms, presence.TOLD)
    before = await world.look(li)
    other = await colleague(world)
    pressed = await answered(world, SECOND)
    for doctor in (world.wang, other):
        shown = await world.look(li, practitioner_id=doctor)
        assert {entry.category for entry in shown.entries} == PLAUSIBLE
        assert shown.is_permitted
    await consent.withdraw(world.pool, world.keys, li, pressed)
    assert (await world.look(li)).entries == before.entries
    await answered(world, OWN)
    assert (await world.look(li)).entries == before.entries


# ── the region hears of it by itself ──


class Gateway(Phones):
    """Takes messages while it is up."""

    is_up = True

    async def send(self, message) -> None:
        if not self.is_up:
            raise MessageNotSent
        await super().send(message)


def elsewhere(world):
    return replace(
        presence.session(world, role=Role.SUPERVISOR), institution_id=InstitutionId(uuid4())
    )


async def alarms(world, supervisor):
    return await access.alarms(world.pool, world.keys, supervisor, is_fresh=True)


async def test_whoever_is_on_duty_is_told_though_nobody_opens_a_page(world, li, owner_url):
    gateway, duty = Gateway(), (PHONE, Phone.parse("13912345679"))
    here = (world.pool, world.keys, gateway, duty)
    await answered(world, OWN, FEW)
    assert await access.watch_presences(*here) == 1
    assert gateway.arrived == []
    consent_id = await answered(world, SECOND, FEW)
    gateway.is_up = False
    assert await access.watch_presences(*here) == 0
    gateway.is_up = True
    assert await access.watch_presences(*here) == 0  # taken up a moment ago
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE consent.presence SET watch_at = watch_at - interval '30 seconds'")
    assert await access.watch_presences(*here) == 1
    assert {one.phone for one in gateway.arrived} == set(duty)
    assert not any(word in gateway.arrived[0].text for word in ("医院", "李", "过敏", "王"))
    assert await access.watch_presences(*here) == 0
    assert await owner.fetchval("SELECT count(watch_at) FROM consent.presence") == 0
    await owner.close()
    supervisor = elsewhere(world)
    assert await alarms(world, supervisor) == 1
    assert await alarms(world, presence.session(world)) == 0  # of that institution itself
    await access.examine_presence(world.pool, world.keys, li, consent_id, supervisor)
    assert await access.alarms(world.pool, world.keys, supervisor) == 0
    await answered(world, SECOND, FEW)
    assert await access.alarms(world.pool, world.keys, supervisor) == 0  # remembered for seconds
    assert await alarms(world, supervisor) == 1


@pytest.mark.usefixtures("li")
async def test_without_a_duty_phone_the_lines_are_gone_through_all_the_same(world):
    await answered(world, SECOND)
    assert await access.watch_presences(world.pool, world.keys, Gateway(), ()) == 1
    assert await alarms(world, elsewhere(world)) == 1


@pytest.mark.usefixtures("li")
async def test_two_processes_alarm_once(world):
    gateway, duty = Gateway(), (PHONE,)
    for _ in range(3):
        await answered(world, SECOND)
    turns = [access.watch_presences(world.pool, world.keys, gateway, duty) for _ in range(4)]
    assert sum(await asyncio.gather(*turns)) == 3
    assert 1 <= len(gateway.arrived) <= 3


async def test_the_second_pin_raises_the_flag_wherever_it_is_entered(world, li, owner_url):
    """To set another one, too; the line is there whichever PIN it was, and of one length."""
    supervisor = elsewhere(world)
    await access.change_pin(world.pool, world.keys, li, OWN, "314159")
    await access.choose_second_pin(world.pool, world.keys, li, "314159", SECOND)
    assert await alarms(world, supervisor) == 0
    await access.change_pin(world.pool, world.keys, li, SECOND, "271828")
    await access.choose_second_pin(world.pool, world.keys, li, "271828", "161803")
    assert await alarms(world, supervisor) == 2
    noted = await seen_by_the_region(world)
    assert {(one.means, one.institution_id) for one in noted} == {(Means.PIN_SETTING, None)}
    choice = consent.AdvanceChoice()
    pressed = Presence(means=Means.PIN_ON_PHONE, is_under_duress=True)
    await consent.choose_for_emergencies(world.pool, world.keys, li, choice, pressed)
    assert await alarms(world, supervisor) == 3
    owner = await asyncpg.connect(owner_url)
    lengths = await owner.fetch("SELECT octet_length(sealed) FROM consent.presence")
    await owner.close()
    assert len(lengths) == 5
    assert len(set(lengths)) == 1


async def test_a_notice_of_a_helper_or_a_new_pin_survives_the_gateway(world, li, owner_url):
    """Stored with what it tells of; told later by whichever process finds it."""
    async with transaction(world.pool, resident=li) as connection:
        await identity.bind_phone(connection, world.keys, li, PHONE)
    gateway = Gateway()
    gateway.is_up = False
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    helper = Helper(await colleague(world), world.hospital)
    await access.answer_assisted(
        world.pool, world.keys, gateway, presented, request, helper=helper,
        spoken=presence.spoken(FEW),
    )  # fmt: skip
    clerk = presence.session(world, role=Role.REGISTRAR)
    await access.set_pin_at_counter(
        world.pool, world.keys, gateway, presence.card(), presence.NAME, typed="314159",
        clerk=clerk, proof=BindingProof.CARD_AND_PERSON,
    )  # fmt: skip
    owner = await asyncpg.connect(owner_url)
    numbers = await owner.fetch("SELECT event_number FROM access.notice ORDER BY event_number")
    actions = [
        await owner.fetchval(
            "SELECT action FROM audit.event WHERE resident_id = $1 AND number = $2", li, number
        )
        for (number,) in numbers
    ]
    assert actions == ["consent.grant", "pin.set"]
    await owner.execute("UPDATE access.notice SET next_try_at = next_try_at - interval '1 minute'")
    gateway.is_up = True
    assert await access.send_waiting_notices(world.pool, world.keys, gateway) == 2
    assert {one.phone for one in gateway.arrived} == {PHONE}
    await owner.close()


@pytest.mark.usefixtures("li")
async def test_an_answer_that_fails_owes_nobody_a_notice(world, owner_url):
    presented = await presence.arrive(world, presence.session(world))
    request = await presence.ask(world, presented)
    helper = Helper(await colleague(world), world.hospital)
    here = (world.pool, world.keys, Gateway(), presented, request)
    await access.answer_assisted(*here, helper=helper, spoken=presence.spoken(FEW))
    owner = await asyncpg.connect(owner_url)
    owed = await owner.fetchval("SELECT count(*) FROM access.notice")
    with pytest.raises(consent.RequestExpired):
        await access.answer_assisted(*here, helper=helper, spoken=presence.spoken(FEW))
    assert await owner.fetchval("SELECT count(*) FROM access.notice") == owed
    await owner.close()
