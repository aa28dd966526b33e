"""The national health card on the phone and at a clinic's scanner: on, shown, scanned, off."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

import portals
import presence
import visits
from clinic_desk import Desk, application
from openhealthcode.database import transaction
from openhealthcode.healthcode import national_card
from openhealthcode.healthcode.national_card import CardForm
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys
from portals import Parts, scanned, words

PHONE = Phone.parse("13912345678")


@pytest.fixture
async def world(pool, tmp_path):
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
def parts(world):
    return Parts(world.pool, world.keys, None)


async def phone_of(world, parts, resident, serial):
    """A resident's phone, signed in."""
    subject = Subject(presence.card(serial), presence.NAME, PHONE)
    async with transaction(world.pool, resident=resident) as connection:
        begun = await begin_session(connection, world.keys, resident, subject)
    window = portals.browser(portals.application(parts))
    window.cookies.set("ohc_resident", begun.token)
    return window


@pytest.fixture
async def phone(world, parts):
    window = await phone_of(world, parts, await world.resident(), 2)
    async with window:
        yield window


@pytest.fixture
async def desk(world):
    opened = await Desk.opened(world, application(world))
    await opened.sign_in()
    return opened


async def choose(phone: httpx.AsyncClient, step: str) -> httpx.Response:
    return await phone.post("/national-card", data={"step": step})


async def test_nothing_is_shown_before_the_resident_switches_it_on(phone):
    page = await phone.get("/national-card")
    assert "终身不变" in words(page)
    assert 'class="qr"' not in page.text
    assert (await phone.get("/national-card/code")).status_code == 401


async def test_each_form_is_drawn_as_the_scheme_writes_it(phone):
    await choose(phone, "on")
    dynamic = national_card.read(scanned(await phone.get("/national-card")))
    static = national_card.read(scanned(await phone.get("/national-card?form=static")))
    page = await choose(phone, "temporary")
    temporary = national_card.read(scanned(page))
    forms = [card.form for card in (dynamic, static, temporary)]
    assert forms == [CardForm.DYNAMIC, CardForm.STATIC, CardForm.TEMPORARY]
    assert dynamic.card_id == static.card_id != temporary.card_id
    assert "有效期至" in words(page)
    part = await phone.get("/national-card/code")
    assert national_card.read(scanned(part)).card_id == static.card_id
    assert 'data-code="/national-card/code"' in part.text


async def test_a_clinic_that_scans_it_hears_who_and_is_asked_to_compare(desk, phone):
    await choose(phone, "on")
    text = scanned(await phone.get("/national-card"))
    page = await desk.scan(text)
    assert "扫了国家电子健康卡：请核对本人" in words(page)
    assert "青霉素" not in words(page)
    assert "已经用过" in words(await desk.scan(text))


async def test_a_clinic_that_scans_a_splice_is_told_so_and_its_owner_reads_of_it(
    world, parts, phone, desk
):
    await choose(phone, "on")
    static = scanned(await phone.get("/national-card?form=static"))
    async with await phone_of(world, parts, await world.resident(serial=4), 4) as another:
        await choose(another, "on")
        own = scanned(await another.get("/national-card"))
    page = await desk.scan(f"{static[:64]}:0:{own[-32:]}")
    assert "拼起来的" in words(page)
    assert presence.NAME not in words(page)
    assert "冒用您国家电子健康卡号码" in words(await phone.get("/looked"))


async def test_switched_off_it_identifies_no_more(desk, phone):
    await choose(phone, "on")
    static = scanned(await phone.get("/national-card?form=static"))
    await choose(phone, "off")
    assert "开通" in words(await phone.get("/national-card"))
    assert "没有人在本平台开通过" in words(await desk.scan(static))


async def test_who_cannot_have_a_card_reads_why(world, phone):
    other = await world.resident(serial=8)
    own = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(world.pool, resident=other) as connection:
        await national_card.link(connection, world.keys, other, [own], "", datetime.now(UTC))
    answer = await choose(phone, "on")
    assert answer.status_code == 422
    assert "已由另一份登记开通" in words(answer)
