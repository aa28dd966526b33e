"""Copies to erase, on the pages of the officer, the supervisor and the resident."""

from __future__ import annotations

import re
from datetime import timedelta

import asyncpg
import httpx
import pytest

import portals
import visits
from openhealthcode import access, consent, registry
from openhealthcode.consent import ConsentKind, Manner, Notice, Terms
from openhealthcode.consent.erasure import ATTEST_WITHIN
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role, staff
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, employ

LAW = "医疗机构须依法保存病历"


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def resident(world):
    return await world.resident()


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def desk(app, parts, world):
    """The privacy officer of the hospital, signed in."""
    practitioner = await registry.register_practitioner(
        parts.pool,
        registry.PractitionerEntry(
            "test|P1", world.hospital, "陈立", registry.PractitionerRole.OFFICER, staff_number="P1"
        ),
    )
    made = await staff.create_account(
        parts.pool,
        parts.keys,
        practitioner,
        staff_number="P1",
        password=PASSWORD,
        roles=(Role.PRIVACY_OFFICER,),
    )
    async with browser(app) as window:
        account = Account(practitioner, world.hospital, "P1", made.totp_secret)
        await portals.sign_in_clerk(window, account, "/review")
        yield window


@pytest.fixture
async def supervisor(app, parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


@pytest.fixture
async def phone(app, parts, resident):
    """The resident's own browser, signed in."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    about = Subject(card, "李试", Phone.parse("13912345678"))
    async with transaction(parts.pool, resident=resident) as connection:
        begun = await begin_session(connection, parts.keys, resident, about)
    async with browser(app) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


async def give_and_take_back(world, resident, phone: httpx.AsyncClient) -> None:
    """Let the hospital keep, then take it back on the phone."""
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        manner=Manner.KEEP,
        days=30,
    )
    told = Notice("v1", "zh-CN", ("谁可以看。",))
    given = await consent.give(world.pool, world.keys, resident, terms, told)
    await phone.post(f"/consents/{given}/withdraw")


def link(page: httpx.Response) -> str:
    (found,) = re.findall(r'href="(/review/erasures/[^"]+)"', page.text)
    return found


async def test_from_taking_back_to_the_answer_on_the_phone(desk, phone, world, resident):
    assert "没有须删除的副本" in words(await desk.get("/review/erasures"))
    assert "没有机构被要求删除副本" in words(await phone.get("/erasures"))
    await give_and_take_back(world, resident, phone)
    assert "应在" in words(await phone.get("/erasures"))
    listed = await desk.get("/review/erasures")
    one = await desk.get(link(listed))
    assert "平台没有记录到系统取走内容" in words(one)
    for secret in ("李试", visits.national_id(2), "青霉素", str(resident)):
        assert secret not in listed.text + one.text
    answered = await desk.post(link(listed), data={"answer": "retained", "reason": LAW})
    assert "已说明依法保存" in words(answered)
    own = words(await phone.get("/erasures"))
    assert "依法须继续保存" in own
    assert LAW in own
    assert "黛川县人民医院" in own
    looked = words(await phone.get("/looked"))
    assert f"说明依法须继续保存副本：{LAW}" in looked
    assert "查看了须删除哪些副本" in looked
    again = await desk.get(link(answered))
    assert "从未留存副本" not in words(again)
    assert "已确认删除" in words(await desk.post(link(answered), data={"answer": "erased"}))
    assert "没有须删除的副本" in words(await desk.get("/review/erasures"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"answer": "retained", "reason": "法"}, "请用文字写明依据"),
        ({"answer": "retained"}, "请用文字写明依据"),
        ({"answer": "perhaps", "reason": LAW}, "请选择确认内容"),
        ({}, "请选择确认内容"),
    ],
)
async def test_an_answer_is_one_of_three_and_retaining_has_its_reason(
    desk, phone, world, resident, typed, said
):
    await give_and_take_back(world, resident, phone)
    page = await desk.post(link(await desk.get("/review/erasures")), data=typed)
    assert (page.status_code, said in words(page)) == (422, True)
    (own,) = await access.own_erasures(world.pool, world.keys, resident)
    assert own.answer is None


async def test_what_is_overdue_is_named_to_the_supervisor_without_whom_it_concerns(
    supervisor, desk, phone, world, resident, owner
):
    await give_and_take_back(world, resident, phone)
    assert "没有逾期的确认" in words(await supervisor.get("/supervision/erasures"))
    await owner.execute(
        "UPDATE consent.erasure SET asked_at = asked_at - $1::interval,"
        " due_at = due_at - $1::interval",
        ATTEST_WITHIN + timedelta(hours=1),
    )
    page = await supervisor.get("/supervision/erasures")
    assert "黛川县人民医院" in words(page)
    for secret in ("李试", str(resident), 'name="seal"', "/review/erasures"):
        assert secret not in page.text
    assert "已逾期" in words(await desk.get("/review/erasures"))
    assert "已转交监管人员" in words(await phone.get("/erasures"))


async def test_in_english(desk, phone, world, resident):
    await give_and_take_back(world, resident, phone)
    english = {"accept-language": "en"}
    assert "Answer by" in words(await desk.get("/review/erasures", headers=english))
    assert "Answer due by" in words(await phone.get("/erasures", headers=english))


async def test_another_institution_sees_and_attests_nothing(
    app, parts, desk, phone, world, resident
):
    await give_and_take_back(world, resident, phone)
    path = link(await desk.get("/review/erasures"))
    elsewhere = await employ(parts.pool, parts.keys, Role.PRIVACY_OFFICER)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, elsewhere, "/review")
        assert "没有须删除的副本" in words(await window.get("/review/erasures"))
        assert (await window.get(path)).status_code == 404
        assert (await window.post(path, data={"answer": "erased"})).status_code == 404
