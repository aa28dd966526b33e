"""The resident's page of what the code is used for, and what the supervisor hears of."""

from __future__ import annotations

import pytest

import portals
import visits
from cash_desk import Terminal
from clinic_desk import Phone
from openhealthcode import registry
from openhealthcode.access import uses
from openhealthcode.access.uses import BeyondRole
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, CodeUse
from openhealthcode.standards import Phone as Number
from portals import Parts, browser, words
from signing_in import Phones, employ

TREAT, SETTLE, PAY = CodeUse.TREAT, CodeUse.SETTLE, CodeUse.PAY


@pytest.fixture
async def parts(market, database):
    async with Announcements(database.url) as announcements:
        yield Parts(market.pool, market.keys, announcements, partners=market.partners)


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def li(market):
    return await Phone.of(market.world, await market.world.resident(serial=2))


@pytest.fixture
async def window(app, parts, li):
    """The resident's browser, signed in a moment ago."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    about = Subject(card, "李试", Number.parse("13912345678"))
    async with transaction(parts.pool, resident=li.resident) as connection:
        begun = await begin_session(connection, parts.keys, li.resident, about)
    async with browser(app) as opened:
        opened.cookies.set("ohc_resident", begun.token)
        yield opened


async def resolve(market, terminal, code, *asked):
    return await uses.resolve(
        market.pool,
        market.keys,
        Phones(),
        market.partners,
        await terminal.proven(),
        code=code,
        uses=asked,
    )


async def test_partners_are_switched_on_and_off(market, window):
    page = await window.get("/uses")
    assert "还没有用过" in words(page)
    assert market.switching.address in page.text
    on = await window.post(f"/uses/{market.insurer.partner_id}/on")
    assert "已经开通" in words(on)
    number = (await market.account())["number"]
    await window.post(f"/uses/{market.payment.partner_id}/on", data={"number": f" {number} "})
    page = await window.get("/uses")
    assert page.text.count('/off"') == 2
    assert page.text.count('/on"') == 0
    off = await window.post(f"/uses/{market.insurer.partner_id}/off")
    assert "已经关闭" in words(off)
    assert off.text.count('/off"') == 1
    log = words(await window.get("/looked"))
    assert "您让一家医保或支付机构参与使用您的码" in log
    assert "您不再让一家医保或支付机构参与使用您的码" in log


async def test_what_does_not_work_says_so_and_changes_nothing(market, window):
    wrong = await window.post(f"/uses/{market.payment.partner_id}/on", data={"number": "1"})
    assert wrong.status_code == 422
    assert "没有接受" in words(wrong)
    missing = await window.post(f"/uses/{market.payment.partner_id}/on")
    assert "绑定号填得不对" in words(missing)
    entry = registry.PartnerEntry(
        "test|nowhere",
        SETTLE,
        registry.Joining.FUSION,
        "外县医保",
        "",
        "http://127.0.0.1:9",
        bytes(32),
    )
    nowhere = await registry.register_partner(market.pool, entry)
    away = await window.post(f"/uses/{nowhere}/on")
    assert "暂时联系不上" in words(away)
    assert (await window.get("/uses")).text.count('/off"') == 0


async def test_a_partner_that_cannot_be_told_is_off_all_the_same(market, window, li):
    await window.post(f"/uses/{market.insurer.partner_id}/on")
    gone = registry.PartnerEntry(
        "demonstration|insurer",
        SETTLE,
        registry.Joining.FUSION,
        "黛川县医疗保障局",
        "",
        "http://127.0.0.1:9",
        market.insurer.public_key,
    )
    await registry.register_partner(market.pool, gone)
    off = await window.post(f"/uses/{market.insurer.partner_id}/off")
    assert "还没有收到通知" in words(off)
    till = await Terminal.certified(market.world, SETTLE)
    assert not (await resolve(market, till, li.code(), SETTLE)).tokens


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ((TREAT,), "请您同意查看档案"),
        ((SETTLE,), "结算医保"),
        ((PAY,), "想结算或收款"),
        ((TREAT, SETTLE), "结算医保，并请您同意"),
    ],
)
async def test_each_use_is_told_in_words(market, window, li, asked, sentence):
    await window.post(f"/uses/{market.insurer.partner_id}/on")
    desk = await Terminal.certified(market.world, *CodeUse)
    await resolve(market, desk, li.code(), *asked)
    assert sentence in words(await window.get("/looked")).replace(" ", "")
    page = words(await window.get("/uses"))
    assert "黛川县人民医院" in page
    assert ("没有给出：付款" in page) is (asked == (PAY,))


async def test_a_terminal_beyond_its_role_is_told_to_resident_and_supervisor(
    market, window, li, app, parts
):
    machine = await Terminal.certified(market.world, PAY)
    with pytest.raises(BeyondRole):
        await resolve(market, machine, li.code(), TREAT)
    assert "什么也没有得到" in words(await window.get("/uses"))
    assert "没有资格的用途" in words(await window.get("/looked"))
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(app) as region:
        await portals.sign_in_clerk(region, account, "/supervision")
        listed = words(await region.get("/supervision/lookups"))
    assert "终端要求了未获认证的用途" in listed
    assert "收费窗口一" in listed
    assert "黛川县人民医院" in listed


async def test_an_emergency_and_a_payment_are_told_too(market, window, li):
    number = (await market.account())["number"]
    await window.post(f"/uses/{market.payment.partner_id}/on", data={"number": number})
    desk = await Terminal.certified(market.world, *CodeUse)
    await resolve(market, desk, li.code(), PAY)
    found = await uses.resolve(
        market.pool,
        market.keys,
        Phones(),
        market.partners,
        await desk.proven(),
        code=li.code(),
        uses=[CodeUse.EMERGENCY],
        wanted=uses.Wanted(triage_level=1, reason="昏迷，路边发现，无人陪同"),
    )
    assert found.emergency
    log = words(await window.get("/looked"))
    assert "收款" in log
    assert "紧急救治" in log
