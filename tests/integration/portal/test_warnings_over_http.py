"""From an alert to the end of its case, as each person sees it in a browser of their own."""

from __future__ import annotations

import pytest

import overseeing
import portals
import visits
from openhealthcode import audit, registry
from openhealthcode.audit import Action
from openhealthcode.database import Announcements
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Role, staff
from openhealthcode.supervision import alerts
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, employ

POISON = "<script>alert(1)</script> \u202e =cmd() 请说明"


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def hospital(parts, tmp_path):
    signer = parts.keys.checkpoint_signer("log.example/region")
    sequencer = audit.Sequencer(parts.pool, tmp_path / "log", signer)
    yield overseeing.Hospital(await visits.world(parts.pool, parts.keys), sequencer)
    sequencer.close()


async def window(parts, hospital, number, role, home, department=""):
    """Somebody of the hospital who has signed in to their pages."""
    entry = PractitionerEntry(
        f"test|{number}",
        hospital.world.hospital,
        f"员工{number}",
        PractitionerRole.DOCTOR,
        staff_number=number,
        department=department,
    )
    who = await registry.register_practitioner(parts.pool, entry)
    made = await staff.create_account(
        parts.pool, parts.keys, who, staff_number=number, password=PASSWORD, roles=(role,)
    )
    opened = browser(portals.application(parts))
    account = Account(who, hospital.world.hospital, number, made.totp_secret)
    page = await portals.sign_in_clerk(opened, account, home)
    assert page.status_code == 200
    return opened, who


@pytest.fixture
async def people(parts, hospital):
    """A doctor who looked at their own record, two officers, and a supervisor."""
    doctor, who = await window(parts, hospital, "D001", Role.CLINICIAN, "/clinic", "内科")
    own = await hospital.resident(11)
    await hospital.tie(who, 11)
    detail = {"because": "kind-allowed", "items": []}
    await hospital.happens(who, own, Action.RECORD_DISCLOSE, detail=detail)
    await hospital.follow()
    same, _ = await window(parts, hospital, "P001", Role.PRIVACY_OFFICER, "/review", "内科")
    other, _ = await window(parts, hospital, "P002", Role.PRIVACY_OFFICER, "/review", "信息科")
    region, _ = await window(parts, hospital, "S001", Role.SUPERVISOR, "/supervision", "监督科")
    yield doctor, same, other, region, own
    for opened in (doctor, same, other, region):
        await opened.aclose()


async def address_of_the_alert(parts, hospital, home):
    follower = hospital.officer(await hospital.staff("看"), "别的科")
    queue = await alerts.alerts_for(parts.pool, parts.keys, follower)
    (row,) = [*queue.today, *queue.others, *queue.waiting]
    return f"{home}/alerts/{row.alert_id}"


async def test_an_alert_is_told_in_a_sentence_and_shows_no_resident(parts, hospital, people):
    _, same, other, region, own = people
    for opened, home in ((same, "/review"), (other, "/review"), (region, "/supervision")):
        page = await opened.get(f"{home}/alerts")
        assert "员工D001" in words(page)
        assert "自己的档案" in words(page)
        one = await opened.get(await address_of_the_alert(parts, hospital, home))
        assert one.status_code == 200
        for hidden in (str(own), "李试", visits.national_id(11)):
            assert hidden not in page.text + one.text


async def test_from_the_alert_to_the_appeal(parts, hospital, people):
    doctor, same, other, region, _ = people
    nothing = await doctor.get("/clinic/hearings")
    assert "没有对您的询问" in words(nothing)
    alert = await address_of_the_alert(parts, hospital, "/review")
    refused = await same.post(alert, data={"step": "dismiss", "words": "没有什么问题"})
    assert refused.status_code == 409  # of the own unit
    page = await same.post(alert, data={"step": "case"})
    case = str(page.url.path)
    assert case.startswith("/review/conduct/")
    again = await other.post(alert, data={"step": "case"})
    assert again.status_code == 409
    number = case.rpartition("/")[2]
    hearing = f"/clinic/hearings/{number}"
    assert (await doctor.get(hearing)).status_code == 404
    asked = await same.post(case, data={"step": "hear", "words": POISON})
    assert "<script>alert" not in asked.text
    assert "等待当事人说明" in words(asked)
    account = await doctor.get("/clinic/account")
    assert "1 项" in words(account)
    seen = await doctor.get(hearing)
    assert "\u202e" not in seen.text
    assert "请您说明" in words(seen)  # said to whom it concerns, not of them
    assert "作出结论的人会看到" in words(seen)
    short = await doctor.post(hearing, data={"step": "answer", "words": "是"})
    assert short.status_code == 422
    answered = await doctor.post(hearing, data={"step": "answer", "words": "只是看看自己的结果"})
    assert "已记录" in words(answered)
    against = {
        "step": "judge",
        "verdict": "unjustified",
        "sanction": "warning",
        "words": "应当通过居民页面查看",
    }
    judged = await same.post(case, data=against)
    assert "等待第二人" in words(judged)
    own = await same.post(case, data={"step": "confirm", "words": "我自己同意"})
    assert own.status_code == 409
    confirmed = await other.post(case, data={"step": "confirm", "words": "同意此结论"})
    assert "已有结论" in words(confirmed)
    appealed = await doctor.post(hearing, data={"step": "appeal", "words": "我不同意这个结论"})
    assert "已申诉" in words(appealed)
    late = await other.post(case, data=against)
    assert late.status_code == 409
    final = await region.post(
        f"/supervision/conduct/{number}",
        data={"step": "judge", "verdict": "explained", "words": "情节轻微，予以说明"},
    )
    assert "已结" in words(final)
    assert "已结" in words(await doctor.get(hearing))


async def test_whoever_is_suspended_is_out_at_once(parts, hospital, people):
    doctor, _, _, region, _ = people
    alert = await address_of_the_alert(parts, hospital, "/supervision")
    case = str((await region.post(alert, data={"step": "case"})).url.path)
    assert (await doctor.get("/clinic/account")).url.path == "/clinic/account"
    stopped = await region.post(case, data={"step": "suspend", "words": "先停用再核实"})
    assert "因本案停用" in words(stopped)
    assert (await doctor.get("/clinic/account")).url.path == "/clinic/sign-in"
    await region.post(case, data={"step": "hear", "words": "请书面说明"})
    handed_in = await region.post(case, data={"step": "answer", "words": "书面说明：为本人体检"})
    assert "书面说明：为本人体检" in words(handed_in)
    await region.post(case, data={"step": "lift", "words": "恢复使用"})
    assert (await doctor.get("/clinic/account")).url.path == "/clinic/sign-in"  # sign in anew


@pytest.mark.usefixtures("people")
async def test_another_institutions_officer_is_told_there_is_nothing(parts, hospital):
    account = await employ(parts.pool, parts.keys, Role.PRIVACY_OFFICER, number="X001")
    async with browser(portals.application(parts)) as stranger:
        await portals.sign_in_clerk(stranger, account, "/review")
        alert = await address_of_the_alert(parts, hospital, "/review")
        assert (await stranger.get(alert)).status_code == 404
        assert (await stranger.post(alert, data={"step": "case"})).status_code == 404
        assert "员工D001" not in words(await stranger.get("/review/alerts"))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"step": "promote"},
        {"step": "judge", "words": "没有结论的结论"},
        {"step": "judge", "verdict": "guilty", "words": "没有这种结论"},
        {"step": "judge", "verdict": "explained", "sanction": "prison", "words": "没有这种处理"},
    ],
)
async def test_a_step_our_pages_do_not_offer_is_refused(parts, hospital, people, data):
    _, _, _, region, _ = people
    alert = await address_of_the_alert(parts, hospital, "/supervision")
    case = str((await region.post(alert, data={"step": "case"})).url.path)
    assert (await region.post(case, data=data)).status_code == 422


async def test_rules_are_changed_by_two_and_shown_to_officers(parts, hospital, people):
    _, same, _, region, _ = people
    second, _ = await window(parts, hospital, "S002", Role.SUPERVISOR, "/supervision")
    weaker = alerts.shipped_text().replace('name = "2026-1"', 'name = "2026-2"')
    weaker = weaker.replace("[rules.self]", "[rules.self]\nenabled = false")
    bad = await region.post("/supervision/rules", data={"document": "x = 1", "reason": "试一试看"})
    assert bad.status_code == 422
    shown = await region.post("/supervision/rules", data={"document": weaker, "reason": "误报太多"})
    assert "第 1 版待审" in words(shown)
    assert "不起作用" in words(shown)
    own = await region.post("/supervision/rules/1", data={"answer": "approve"})
    assert own.status_code == 409
    officers = await same.get("/review/rules")
    assert "第 1 版待审" in words(officers)
    assert (await same.post("/review/rules", data={})).status_code == 405
    approved = await second.post("/supervision/rules/1", data={"answer": "approve"})
    assert "现行版本：2026-2" in words(approved)
    assert "已不起作用的规则：查看本人档案" in words(await same.get("/review/rules"))
    assert (await same.get("/review/rules/1")).status_code == 200
    assert (await same.get("/review/rules/2")).status_code == 404
    await second.aclose()
