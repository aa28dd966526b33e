"""「不认识此人」: one tap, a clock, an answer, what followed, and whoever does not accept it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, registry
from openhealthcode.access import reporting, telling
from openhealthcode.audit import REGION, reading
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import report_notice
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    NotFound,
    Phone,
    working_days_after,
)
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import cases, reports
from openhealthcode.supervision.cases import (
    NotInThisCase,
    Office,
    Person,
    Said,
    Sanction,
    State,
    StepKind,
    Verdict,
    store,
)
from openhealthcode.trust import KeyClass, Keys
from portals import Parts, browser, words

WHY = "该员工不在接诊科室，没有接诊记录。"
BECAUSE = "当日会诊，病历中有记录。"


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
    resident = await world.resident()
    await world.allow(resident)
    await world.look(resident)
    return resident


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def app(parts):
    return portals.application(parts)


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


async def officer(world, key="test|officer") -> Person:
    entry = registry.PractitionerEntry(key, world.hospital, key, registry.PractitionerRole.OFFICER)
    id_ = await registry.register_practitioner(world.pool, entry)
    return Person(Office.OFFICER, id_, world.hospital, "信息科")


def supervisor() -> Person:
    return Person(Office.SUPERVISOR, PractitionerId(uuid4()))


async def number_of_the_look(world, resident) -> int:
    log = await access.own_log(world.pool, world.keys, resident)
    return next(line.number for line in log if line.action == "record.disclose")


async def judged(world, resident, by: Person, verdict: Verdict, words: str, sanction=Sanction.NONE):
    """The case of this resident, heard and judged."""
    (one,) = await reports.reports_of(world.pool, world.keys, resident)

    async def step(person, kind, said):
        return await cases.take_step(world.pool, world.keys, one.case_id, person, kind, said)

    await step(by, StepKind.HEAR, Said("请说明查看理由。"))
    accused = Person(Office.ACCUSED, world.wang, world.hospital, "")
    await step(accused, StepKind.ANSWER, Said("说明如下。"))
    await step(by, StepKind.JUDGE, Said(words, verdict, sanction))
    return one


async def test_one_tap_opens_a_case_whose_answer_and_sanction_come_back(
    phone, parts, world, resident
):
    number = await number_of_the_look(world, resident)
    looked = await phone.get("/looked")
    assert f"/looked/{number}/unknown" in looked.text
    asked = await phone.post(f"/looked/{number}/unknown")
    assert asked.url.path == "/looked/reports"
    assert "黛川县人民医院须在" in words(asked)
    assert "王敏" in words(asked)
    again = await phone.get("/looked")
    assert f"/looked/{number}/unknown" not in again.text
    assert "黛川县人民医院须在" in words(again)
    assert await reports.follow_reports(parts.pool, parts.keys) == 0
    await judged(world, resident, supervisor(), Verdict.UNJUSTIFIED, WHY, Sanction.SUSPENSION)
    assert await reports.follow_reports(parts.pool, parts.keys) == 1
    assert await reports.follow_reports(parts.pool, parts.keys) == 0  # told once
    page = words(await phone.get("/looked/reports"))
    for said in ("没有正当理由", "已停止其查看权限", WHY):
        assert said in page
    lines = words(await phone.get("/looked"))
    assert "您表示不认识某个查看的人" in lines
    assert "您问过的那次查看有了答复：没有正当理由" in lines


async def test_a_second_tap_finds_the_same_case(phone, world, resident, owner):
    number = await number_of_the_look(world, resident)
    await world.look(resident)
    other = await number_of_the_look(world, resident)
    assert other != number
    for tapped in (number, other, number):
        await phone.post(f"/looked/{tapped}/unknown")
    assert await owner.fetchval("SELECT count(*) FROM supervision.case_file") == 1


async def test_who_does_not_accept_the_answer_has_the_region_decide(phone, parts, world, resident):
    await phone.post(f"/looked/{await number_of_the_look(world, resident)}/unknown")
    judge = supervisor()
    one = await judged(world, resident, judge, Verdict.EXPLAINED, BECAUSE)
    assert await reports.follow_reports(parts.pool, parts.keys) == 1
    page = await phone.get("/looked/reports")
    assert "有正当理由" in words(page)
    assert BECAUSE in words(page)
    address = f"/looked/reports/{one.case_id}/contest"
    wrong = await phone.post(address, data={"words": "打电话 13912345678"})
    assert "不要写任何人的电话" in words(wrong)
    contested = await phone.post(address, data={"words": ""})
    assert "您不接受答复" in words(contested)
    late = await phone.post(address, data={"words": ""})
    assert "已经不能再提出异议" in words(late)
    await reports.follow_reports(parts.pool, parts.keys)
    with pytest.raises(NotInThisCase):  # who judged does not decide the appeal
        await cases.take_step(
            parts.pool, parts.keys, one.case_id, judge, StepKind.JUDGE, Said(WHY, Verdict.EXPLAINED)
        )
    await cases.take_step(
        parts.pool,
        parts.keys,
        one.case_id,
        supervisor(),
        StepKind.JUDGE,
        Said(WHY, Verdict.UNJUSTIFIED, Sanction.WARNING),
    )
    assert await reports.follow_reports(parts.pool, parts.keys) == 1
    (over,) = await reports.reports_of(parts.pool, parts.keys, resident)
    assert (over.state, over.answer) == (State.CLOSED, Verdict.UNJUSTIFIED)
    assert "已对其警告" in words(await phone.get("/looked/reports"))
    assert await reports.follow_reports(parts.pool, parts.keys) == 0


async def test_what_one_person_judged_of_their_own_unit_is_not_told_yet(phone, world, resident):
    await phone.post(f"/looked/{await number_of_the_look(world, resident)}/unknown")
    await judged(world, resident, await officer(world), Verdict.EXPLAINED, BECAUSE)
    (one,) = await reports.reports_of(world.pool, world.keys, resident)
    assert one.state is State.SECOND
    assert (one.answer, one.words) == (None, "")
    assert BECAUSE not in words(await phone.get("/looked/reports"))


async def test_an_answer_that_does_not_come_in_time_is_told(phone, parts, world, resident):
    """The case as it was opened 40 days ago: rows are sealed, so its clock is in the seal."""
    number = await number_of_the_look(world, resident)
    long_ago = datetime.now(UTC) - timedelta(days=40)
    async with transaction(parts.pool, resident=resident) as connection:
        looked = await reporting.look_to_report(connection, parts.keys, resident, number)
    case = cases.Case(
        case_id=uuid4(),
        kind=cases.CaseKind.RESIDENT_REPORT,
        accused=world.wang,
        institution_id=world.hospital,
        department="",
        about=cases.About(resident_mark=looked.mark, resident_reference=looked.reference),
        opened_at=long_ago,
        due_at=working_days_after(long_ago, 15),
    )
    async with transaction(parts.pool, resident=REGION, task="supervision") as connection:
        await store.open_case(connection, parts.keys, case)
    assert "已过答复期限" in words(await phone.get("/looked"))
    assert await reports.follow_reports(parts.pool, parts.keys) == 1
    assert await reports.follow_reports(parts.pool, parts.keys) == 0
    assert "逾期未答复" in words(await phone.get("/looked"))


async def test_nobody_else_and_nothing_else_can_be_asked_about(phone, parts, world, resident):
    log = await access.own_log(parts.pool, parts.keys, resident)
    filed = next(line.number for line in log if line.agent_kind == "system")
    own = next(line.number for line in log if line.agent_kind == "resident")
    for number in (filed, own, 999_999):
        assert (await phone.post(f"/looked/{number}/unknown")).status_code == 404
    stranger = await world.resident(serial=4)
    await phone.post(f"/looked/{await number_of_the_look(world, resident)}/unknown")
    (one,) = await reports.reports_of(parts.pool, parts.keys, resident)
    assert await reports.reports_of(parts.pool, parts.keys, stranger) == []
    with pytest.raises(NotFound):
        await reports.contest(parts.pool, parts.keys, stranger, one.case_id, "")
    assert (await phone.post(f"/looked/reports/{uuid4()}/contest")).status_code == 404


async def test_the_answer_stands_in_the_residents_log_and_the_regions_names_nobody(
    phone, parts, world, resident
):
    await phone.post(f"/looked/{await number_of_the_look(world, resident)}/unknown")
    await judged(world, resident, supervisor(), Verdict.EXPLAINED, BECAUSE)
    await reports.follow_reports(parts.pool, parts.keys)
    log = await access.own_log(parts.pool, parts.keys, resident)
    told = next(line for line in log if line.action == "look.answer")
    assert (told.detail["verdict"], told.agent_kind) == ("explained", "platform")
    asked = next(line for line in log if line.action == "look.report")
    assert (asked.agent_kind, asked.agent_id) == ("resident", resident)
    assert asked.detail["line"] == told.detail["line"]
    async with transaction(parts.pool, resident=REGION) as connection:
        own = await reading.lines(connection, parts.keys, REGION)
    opened = next(line for line in own if line.action == "case.open")
    assert opened.agent_kind == "platform"
    assert resident.bytes not in opened.detail.values()


def test_the_message_says_nothing_of_it():
    for language in ("zh-CN", "en"):
        said = report_notice(Phone.parse("13912345678"), language).text
        assert not {"王敏", "黛川"} & set(said.split())
        assert any(word in said for word in ("谁看过", "Who looked"))


async def test_a_closed_account_is_told_nothing_and_stops_nothing(phone, parts, world, resident):
    await phone.post(f"/looked/{await number_of_the_look(world, resident)}/unknown")
    await judged(world, resident, supervisor(), Verdict.EXPLAINED, BECAUSE)
    parts.keys.destroy(resident, *KeyClass)
    assert await reports.follow_reports(parts.pool, parts.keys) == 1
    assert await reports.follow_reports(parts.pool, parts.keys) == 0


async def test_what_is_told_is_chosen_on_a_page(phone, parts, resident):
    page = await phone.get("/notices")
    assert "每次有人查看" in words(page)
    kept = await phone.post("/notices", data={"about": "daily", "from": "21", "until": "6"})
    assert "已保存" in words(kept)
    chosen = await telling.notice_choice(parts.pool, parts.keys, resident)
    assert (chosen.about, chosen.quiet_from, chosen.quiet_until) == ("daily", 21, 6)
    assert "您选了有人查看时怎么告诉您" in words(await phone.get("/looked"))
    for wrong in ({"about": "never"}, {"from": "24"}, {"until": "-1"}, {"until": "noon"}):
        sent = {"about": "daily", "from": "21", "until": "6"} | wrong
        assert (await phone.post("/notices", data=sent)).status_code == 400
