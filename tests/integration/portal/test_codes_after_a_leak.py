"""After a leak codes are taken back: scanned afterwards they are refused, and what was allowed stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

import portals
import visits
from clinic_desk import Phone
from openhealthcode import access, audit, consent, healthcode, identity
from openhealthcode.access import affected, carried
from openhealthcode.access.affected import Code
from openhealthcode.audit import Sequencer
from openhealthcode.credential import Form
from openhealthcode.database import Announcements, transaction
from openhealthcode.healthcode import PresentedBy, RevokedCode, Scan
from openhealthcode.sign_in import Role, residents
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import OFFICIAL_TIME, Certificate, CertificateKind, Scene
from openhealthcode.standards import Phone as Number
from openhealthcode.standards.ids import TerminalId
from openhealthcode.supervision import breach as dealing
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ
from trusting import trusted_region

CASE = {
    "suspect": "practitioner",
    "institution": "黛川县人民医院",
    "number": "0217",
    "kinds": "健康码卡的照片",
    "cause": "窗口拍照外传",
    "harm": "可能被他人冒用",
    "measures": "账号已停用",
    "advice": "请重新领卡",
    "contact": "黛川县卫生健康局",
}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer("region.example/log"))
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def trusted(parts):
    return (await trusted_region(parts.pool, parts.keys))[1]


@pytest.fixture
async def supervisor(parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number="0900")
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


async def begun(supervisor) -> str:
    now = datetime.now(UTC)
    moments = {
        "since": now - timedelta(days=2),
        "until": now + timedelta(minutes=5),
        "known_at": now - timedelta(hours=1),
    }
    said = {
        name: at.astimezone(OFFICIAL_TIME).strftime("%Y-%m-%dT%H:%M")
        for name, at in moments.items()
    }
    page = await supervisor.post("/supervision/breaches/new", data=CASE | said)
    assert page.status_code == 200, page.text
    return f"{page.url.path}/steps"


async def seen_with_cards(parts, world):
    """Two whose records were shown and one whose was not, each with a card."""
    cards = {}
    for serial in (2, 4, 6):
        resident = await world.resident(serial=serial)
        async with transaction(parts.pool, resident=resident) as connection:
            number = Number.parse(f"1391234567{serial}")
            await identity.bind_phone(connection, parts.keys, resident, number)
        cards[resident] = await access.give_own_card(parts.pool, parts.keys, resident)
        if serial != 6:
            await world.allow(resident)
            await world.look(resident)
    await parts.sequencer.sequence()
    return cards


async def scanned(parts, world, trusted, card) -> PresentedBy:
    scan = Scan(world.wang, world.hospital, TerminalId(uuid4()), Scene.CONSULTATION)
    found = await healthcode.redeem_signed(parts.pool, parts.keys, card.given.digits, trusted, scan)
    return found.by


async def test_a_card_scanned_afterwards_is_refused_and_the_consent_stands(
    parts, world, trusted, supervisor
):
    cards = await seen_with_cards(parts, world)
    first, second, untouched = cards
    for card in cards.values():
        assert await scanned(parts, world, trusted, card) is PresentedBy.PRINTED
    allowed = await consent.consents(parts.pool, parts.keys, first)
    address = await begun(supervisor)
    nothing = await supervisor.post(address, data={"step": "take-back"})
    assert nothing.status_code == 422
    parts.outbox.arrived.clear()
    for _ in range(2):  # nobody's are taken back twice
        page = await supervisor.post(address, data={"step": "take-back", "code": "paper"})
        assert "2 / 2 人" in words(page)
        assert "打印的卡和临时码" in words(page)
    assert len(parts.outbox.arrived) == 2
    assert "授权不变" in parts.outbox.arrived[0].text
    for resident in (first, second):
        with pytest.raises(RevokedCode):
            await scanned(parts, world, trusted, cards[resident])
        log = await access.own_log(parts.pool, parts.keys, resident)
        taken = [line for line in log if line.action == audit.Action.BREACH_TAKE_BACK]
        assert [line.detail["codes"] for line in taken] == [["paper"]]
    assert await scanned(parts, world, trusted, cards[untouched]) is PresentedBy.PRINTED
    assert await consent.consents(parts.pool, parts.keys, first) == allowed
    assert (await world.look(first)).entries
    anew = await access.give_own_card(parts.pool, parts.keys, first)
    assert await scanned(parts, world, trusted, anew) is PresentedBy.PRINTED
    ((_, steps, _),) = await dealing.breaches(parts.pool, parts.keys)
    assert [(step.kind, step.words) for step in steps] == [("take-back", "paper")] * 2


async def phone_of(parts, world, resident) -> Phone:
    """A phone that is signed in and shows codes."""
    subject = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        "李试",
        Number.parse("13912345678"),
    )
    async with transaction(parts.pool, resident=resident) as connection:
        begun = await begin_session(connection, parts.keys, resident, subject)
    device = begun.session.device_reference
    await healthcode.enrol_device(parts.pool, device, resident, datetime.now(UTC))
    return Phone(world, resident, device)


async def identified(parts, world, phone: Phone) -> None:
    await access.identify(
        parts.pool,
        parts.keys,
        phone.code(),
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        scene=Scene.CONSULTATION,
    )


async def test_phones_and_certificates_are_taken_back_where_chosen(parts, world, supervisor):
    resident = await world.resident()
    issuer = carried.card_issuer(
        parts.keys, address="https://region.example", name="Example", language="zh-CN"
    )
    await carried.make_emergency_card(parts.pool, parts.keys, resident, Form.HEALTH_CARD, issuer)
    phone = await phone_of(parts, world, resident)
    await world.allow(resident)
    await world.look(resident)
    await parts.sequencer.sequence()
    address = await begun(supervisor)
    await supervisor.post(address, data={"step": "take-back", "code": "certificate"})
    assert len(await carried.revoked_cards(parts.pool)) == 1
    await identified(parts, world, phone)
    await supervisor.post(address, data={"step": "take-back", "code": ["certificate", "phone"]})
    with pytest.raises(healthcode.UnknownDevice):
        await identified(parts, world, phone)
    assert await residents.sessions_of(parts.pool, resident) == []


async def test_a_closed_account_has_nothing_to_take_back(parts, world):
    resident = await world.resident()
    await world.allow(resident)
    await world.look(resident)
    await parts.sequencer.sequence()
    await access.close_account(parts.pool, parts.keys, resident)
    now = datetime.now(UTC)
    told = await affected.take_codes_back(
        parts.pool,
        parts.keys,
        parts.outbox,
        affected.Scope(agent_id=world.wang, since=now - timedelta(days=1), until=now),
        uuid4(),
        frozenset(Code),
        audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), world.hospital),
    )
    assert (told.done, told.of) == (0, 0)
