"""The national card at a clinic: it identifies, opens nothing, and a spliced code is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

import presence
import visits
from openhealthcode import access, consent, healthcode
from openhealthcode.access import lookups
from openhealthcode.audit import Outcome
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import (
    ExpiredCode,
    PresentedBy,
    Scan,
    SpentCode,
    UnreadableCode,
    UntrustedCode,
    national_card,
)
from openhealthcode.healthcode.national_card import (
    CardForm,
    NationalCard,
    NoCardForCertificate,
    NoTimeLeft,
    SplicedCode,
    UnknownCard,
    store,
)
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    Conflict,
    InvalidInput,
    RecordCategory,
    Scene,
    TooManyAttempts,
)
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys, UnsuitableKeyStore
from openhealthcode.trust.national_card import NationalCardKeys, read_card_keys
from visits import World

STATIC, DYNAMIC, TEMPORARY = CardForm.STATIC, CardForm.DYNAMIC, CardForm.TEMPORARY


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def li(world):
    resident = await world.resident()
    await access.link_national_card(world.pool, world.keys, resident)
    return resident


@pytest.fixture
async def zhou(world):
    """Somebody else, whose own code is genuine."""
    resident = await world.resident(serial=4)
    await access.link_national_card(world.pool, world.keys, resident)
    return resident


def scan_of(world, **changes):
    there = Scan(world.wang, world.hospital, TerminalId(uuid4()), Scene.CONSULTATION)
    return replace(there, **changes)


async def shown(world, resident, form=DYNAMIC):
    made = await access.show_national_card(world.pool, world.keys, resident, form)
    assert made is not None
    return made


async def scanned(world, text, **changes):
    return await access.identify_by_national_card(
        world.pool, world.keys, text, scan_of(world, **changes)
    )


async def refused(world, text, kind):
    with pytest.raises(kind) as error:
        await scanned(world, text)
    assert type(error.value) is kind


@pytest.mark.parametrize("form", CardForm)
async def test_every_form_identifies_whose_it_is_and_stands_in_the_log(world, li, form):
    made = await shown(world, li, form)
    visit = await scanned(world, made.text)
    assert (visit.resident_id, visit.demographics.name) == (li, presence.NAME)
    assert any(line.action == "resident.identify" for line in await presence.log(world, li))


async def test_a_scan_opens_nothing_and_the_pin_still_can(world, li):
    await presence.give_pins(world, li)
    scan = scan_of(world)
    made = await shown(world, li, STATIC)
    visit = await access.identify_by_national_card(world.pool, world.keys, made.text, scan)
    presented = await access.presented_to(
        world.pool,
        li,
        visit.presentation_id,
        practitioner_id=scan.practitioner_id,
        terminal_id=scan.terminal_id,
    )
    assert presented.by is PresentedBy.NATIONAL_CARD
    assert not await consent.consents(world.pool, world.keys, li)
    request = await presence.ask(world, presented)
    given = await access.answer_with_pin(
        world.pool,
        world.keys,
        presented,
        request,
        typed=presence.OWN,
        spoken=presence.spoken(frozenset({RecordCategory.ALLERGIES})),
    )
    assert given


async def test_a_static_code_is_the_same_for_life_and_a_dynamic_one_for_a_minute(world, li):
    assert (await shown(world, li, STATIC)).text == (await shown(world, li, STATIC)).text
    began = datetime.now(UTC)
    made = await shown(world, li)
    assert made.text[:64] == (await shown(world, li, STATIC)).text[:64]
    assert made.until - began > timedelta(seconds=58)
    assert made.until - datetime.now(UTC) < timedelta(seconds=120)


async def test_no_two_cards_are_ever_given_the_same_time(world, li, zhou):
    """Else the one's time behind the other's number would be a code that exists."""
    now, made = datetime.now(UTC), []
    for resident in (li, zhou) * 10:
        async with transaction(world.pool, resident=resident) as connection:
            certificate = Certificate.parse(
                CertificateKind.NATIONAL_ID, visits.national_id(2 if resident == li else 4)
            )
            made.append(
                await national_card.emit(
                    connection, world.keys, resident, [certificate], "", DYNAMIC, now
                )
            )
    assert len({one.until for one in made}) == len(made)


async def test_when_every_second_is_taken_no_code_is_made(world, li):
    now = datetime.now(UTC)
    async with transaction(world.pool) as connection:
        for seconds in range(60, 120):
            until = now.replace(microsecond=0) + timedelta(seconds=seconds)
            validity = world.keys.national_card.validity(until)
            assert await store.take_time(connection, store.time_key(world.keys, validity), until)
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(world.pool, resident=li) as connection:
        with pytest.raises(NoTimeLeft):
            await national_card.emit(connection, world.keys, li, [certificate], "", DYNAMIC, now)


async def test_the_splice_a_valid_time_behind_somebody_elses_number_is_refused(world, li, zhou):
    """The scheme lets it pass: the time opens under the key and is to come, the number is known."""
    own, seen = await shown(world, zhou), await shown(world, li, STATIC)
    spliced = f"{seen.text[:64]}:0:{own.text[-32:]}"
    card = national_card.read(spliced)
    assert world.keys.national_card.open_validity(card.validity) > datetime.now(UTC)
    await refused(world, spliced, SplicedCode)
    line = next(one for one in await presence.log(world, li) if one.action == "resident.identify")
    assert line.outcome == Outcome.REFUSED
    (alarm,) = await lookups.alarms(world.pool)
    assert (alarm.kind, alarm.caller_id) == (lookups.AlarmKind.SPLICED, world.wang)
    assert (await scanned(world, own.text)).resident_id == zhou  # and the genuine one still passes


async def test_of_several_people_no_time_fits_another_number(world, li, zhou):
    people = [li, zhou, *[await world.resident(serial=serial) for serial in (6, 8)]]
    now, made = datetime.now(UTC), []
    for place, resident in enumerate(people):
        certificate = Certificate.parse(
            CertificateKind.NATIONAL_ID, visits.national_id(2 * place + 2)
        )
        async with transaction(world.pool, resident=resident) as connection:
            await national_card.link(connection, world.keys, resident, [certificate], "", now)
            code = await national_card.emit(
                connection, world.keys, resident, [certificate], "", DYNAMIC, now
            )
        made.append(code.text)
    assert len({text[-32:] for text in made}) == len(made)
    for one in made:
        for other in made:
            if one is not other:
                with pytest.raises(SplicedCode):
                    await national_card.examine_card(
                        world.pool, world.keys, one[:64] + other[64:], now
                    )
    for resident, text in zip(people, made, strict=True):
        assert (await scanned(world, text)).resident_id == resident


async def test_a_splice_onto_a_number_nobody_linked_is_refused_too(world, li):
    made = await shown(world, li)
    await refused(world, "AB" * 32 + made.text[64:], SplicedCode)


async def test_a_dynamic_code_is_used_once_and_a_static_one_again_and_again(world, li):
    made = await shown(world, li)
    await scanned(world, made.text)
    await refused(world, made.text, SpentCode)
    static = await shown(world, li, STATIC)
    assert (await scanned(world, static.text)).resident_id == li
    assert (await scanned(world, static.text)).resident_id == li


async def test_of_many_desks_at_once_exactly_one_redeems_a_dynamic_code(world, li):
    made = await shown(world, li)
    answers = await asyncio.gather(
        *(scanned(world, made.text) for _ in range(12)), return_exceptions=True
    )
    assert sum(not isinstance(one, Exception) for one in answers) == 1
    assert {type(one) for one in answers if isinstance(one, Exception)} == {SpentCode}


async def test_what_passed_the_look_at_the_same_time_is_spent_once(world, li):
    made, now = await shown(world, li), datetime.now(UTC)
    held = await national_card.examine_card(world.pool, world.keys, made.text, now)
    async with transaction(world.pool, resident=li) as connection:
        await national_card.spend_card(connection, world.keys, held, scan_of(world), now)
    async with transaction(world.pool, resident=li) as connection:
        with pytest.raises(SpentCode):
            await national_card.spend_card(connection, world.keys, held, scan_of(world), now)


async def test_what_was_made_elsewhere_or_is_over_is_refused_for_its_own_reason(world, li):
    card_id = national_card.read((await shown(world, li, STATIC)).text).card_id
    now = datetime.now(UTC)

    def dynamic(keys, until):
        return national_card.write(NationalCard(DYNAMIC, card_id, keys.validity(until)))

    elsewhere = NationalCardKeys(b"\1" * 16, b"\2" * 16)
    await refused(world, dynamic(elsewhere, now + timedelta(minutes=1)), UntrustedCode)
    ours = world.keys.national_card
    await refused(world, dynamic(ours, now - timedelta(seconds=1)), ExpiredCode)
    await refused(world, dynamic(ours, now + timedelta(minutes=9)), SplicedCode)
    await refused(world, "CD" * 32 + ":1", UnknownCard)
    await refused(world, "CD" * 32 + ":9", UnknownCard)
    await refused(world, card_id.hex() + ":9", UnknownCard)
    await refused(world, card_id.hex() + ":2", UnreadableCode)


async def test_a_code_made_here_ends_with_its_time(world, li):
    made = await shown(world, li)
    with pytest.raises(ExpiredCode):
        await national_card.examine_card(world.pool, world.keys, made.text, made.until)
    temporary = await shown(world, li, TEMPORARY)
    with pytest.raises(ExpiredCode):
        await national_card.examine_card(world.pool, world.keys, temporary.text, temporary.until)


async def test_a_temporary_number_says_nothing_and_gives_way_to_the_next(world, li):
    first, second = await shown(world, li, TEMPORARY), await shown(world, li, TEMPORARY)
    assert first.text != second.text
    assert (await shown(world, li, STATIC)).text[:64] not in {first.text[:64], second.text[:64]}
    await refused(world, first.text, UnknownCard)
    assert (await scanned(world, second.text)).resident_id == li
    assert (await scanned(world, second.text)).resident_id == li


async def test_nothing_identifies_before_the_resident_wishes_and_after(world, li):
    other = await world.resident(serial=6)
    assert await access.show_national_card(world.pool, world.keys, other, STATIC) is None
    assert not await access.has_national_card(world.pool, other)
    static, dynamic = await shown(world, li, STATIC), await shown(world, li)
    temporary = await shown(world, li, TEMPORARY)
    assert await access.has_national_card(world.pool, li)
    await access.unlink_national_card(world.pool, world.keys, li)
    assert not await access.has_national_card(world.pool, li)
    await refused(world, static.text, UnknownCard)
    await refused(world, temporary.text, UnknownCard)
    await refused(world, dynamic.text, SplicedCode)
    said = [line.action for line in await presence.log(world, li) if "card" in line.action]
    assert said == ["national-card.unlink", "national-card.link"]


async def test_a_desk_that_tries_numbers_is_stopped(world):
    for _ in range(40):
        await refused(world, "CD" * 32 + ":1", UnknownCard)
    await refused(world, "CD" * 32 + ":1", TooManyAttempts)


async def test_a_page_that_asks_without_end_is_stopped(world, li):
    for _ in range(60):
        await shown(world, li, STATIC)
    with pytest.raises(TooManyAttempts):
        await shown(world, li)


@pytest.mark.usefixtures("li")
async def test_a_card_is_one_residents_only(world, zhou):
    theirs = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(world.pool, resident=zhou) as connection:
        with pytest.raises(Conflict):
            await national_card.link(connection, world.keys, zhou, [theirs], "", datetime.now(UTC))


async def test_who_has_no_certificate_of_the_national_table_has_no_card(world, li):
    number = visits.patient()["identifier"][0]["value"]
    own = Certificate(CertificateKind.RESIDENCE_PERMIT, number)
    async with transaction(world.pool, resident=li) as connection:
        with pytest.raises(NoCardForCertificate):
            await national_card.link(connection, world.keys, li, [own], "", datetime.now(UTC))


async def test_no_row_tells_a_number_or_a_time(world, li, owner_url):
    made = await shown(world, li)
    temporary = await shown(world, li, TEMPORARY)
    owner = await asyncpg.connect(owner_url)
    rows = [
        *await owner.fetch("SELECT * FROM healthcode.national_card"),
        *await owner.fetch("SELECT * FROM healthcode.national_card_code"),
    ]
    await owner.close()
    stored = repr([list(row.values()) for row in rows])
    for text in (made.text, temporary.text):
        card = national_card.read(text)
        for secret in (card.card_id, card.validity):
            assert not secret or (repr(secret)[2:-1] not in stored)
    assert len(rows) == 3


async def test_codes_that_are_over_are_forgotten(world, li):
    made = await shown(world, li)
    assert await national_card.purge_card_codes(world.pool, made.until) == 0
    assert await national_card.purge_card_codes(world.pool, made.until + timedelta(hours=2)) == 1


async def test_a_closed_account_leaves_no_card(world, li):
    static = await shown(world, li, STATIC)
    await access.close_account(world.pool, world.keys, li)
    await refused(world, static.text, UnknownCard)


def test_the_schemes_own_keys_are_taken_over_before_the_first_card_only(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    keys.adopt_national_card(b"s" * 16, b"p" * 16)
    keys.adopt_national_card(b"s" * 16, b"p" * 16)
    made = keys.national_card.card_id(bytes(32), "01", "1")
    assert made == NationalCardKeys(b"s" * 16, b"p" * 16).card_id(bytes(32), "01", "1")
    for security, protection in ((b"t" * 16, b"p" * 16), (b"s" * 15, b"p" * 16), (b"s" * 16, b"")):
        with pytest.raises(UnsuitableKeyStore):
            keys.adopt_national_card(security, protection)
    keys.close()


def test_the_schemes_keys_come_from_a_file_that_nobody_else_reads(tmp_path):
    path = tmp_path / "card.keys"
    path.write_text(f"{'01' * 16}\n{'02' * 16}\n")
    path.chmod(0o600)
    assert read_card_keys(path) == (b"\1" * 16, b"\2" * 16)
    path.chmod(0o640)
    with pytest.raises(UnsuitableKeyStore, match="chmod"):
        read_card_keys(path)
    path.chmod(0o600)
    for content in ("", "01" * 16, "zz\n01", "01\n02\n03"):
        path.write_text(content)
        with pytest.raises(UnsuitableKeyStore, match="two lines"):
            read_card_keys(path)
    with pytest.raises(UnsuitableKeyStore):
        read_card_keys(tmp_path / "nothing")


def test_the_rule_of_the_main_index_is_chosen_by_name():
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    by_number = national_card.main_index_rule("sm3-certificate")
    by_name = national_card.main_index_rule("sm3-certificate-name")
    assert by_number(certificate, "甲") == by_number(certificate, "乙")
    assert by_name(certificate, "甲") != by_name(certificate, "乙")
    with pytest.raises(InvalidInput):
        national_card.choose_main_index("nobody's")
    assert healthcode.PresentedBy("national-card") is PresentedBy.NATIONAL_CARD


def test_another_package_brings_its_own_rule(tmp_path, monkeypatch):
    (tmp_path / "a_province.py").write_text(
        "def by_pinyin(certificate, name):\n    return name.encode().ljust(32, b'.')\n", "utf-8"
    )
    told = tmp_path / "a_province-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: a-province\nVersion: 1\n")
    (told / "entry_points.txt").write_text(
        "[openhealthcode.main_index]\na-province = a_province:by_pinyin\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rule = national_card.main_index_rule("a-province")
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    assert rule(certificate, "li") == b"li" + b"." * 30
