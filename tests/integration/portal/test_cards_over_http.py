"""Cards on paper: printed at a counter or at home, scanned at a clinic, replaced, taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import portals
import presence as visits_presence
import visits
from clinic_desk import Desk, application
from openhealthcode import access, audit, credential, healthcode, identity
from openhealthcode.access import carried
from openhealthcode.audit import Sequencer
from openhealthcode.collection import Arrived
from openhealthcode.consent.presence import recent
from openhealthcode.database import Announcements, transaction
from openhealthcode.healthcode import ScannedKind, signed
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.portal.paper import pdf as setting
from openhealthcode.sign_in import Role
from openhealthcode.standards import Certificate, CertificateKind, NotFound, Phone, Sex
from openhealthcode.transparency import NoteVerifier
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words
from printed import codes_of, text_of
from signing_in import employ
from trusting import trusted_region

CARD = {"number": visits.national_id(2), "name": "李试", "compared": "yes"}
PHONE = Phone.parse("13912345678")
CLAIM = {"number": CARD["number"], "name": "李试", "phone": PHONE.number}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        signer = keys.checkpoint_signer("test.invalid/log")
        sequencer = Sequencer(pool, tmp_path / "log", signer)
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        sequencer.close()
        keys.close()


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def li(world):
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, PHONE)
    return resident


@pytest.fixture
async def region(parts):
    """The region can sign codes, and its list is in force."""
    return await trusted_region(parts.pool, parts.keys)


@pytest.fixture
async def counter(parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


@pytest.fixture
async def desk(world):
    opened = await Desk.opened(world, application(world))
    await opened.sign_in()
    return opened


@pytest.fixture
async def phone(parts, li):  # noqa: ARG001 - must have been registered
    """Li's own phone, signed in just now; the region keeps a log, so it signs summaries."""
    async with browser(portals.application(parts)) as window:
        await window.post("/sign-in", data=CLAIM)
        await window.post("/sign-in/code", data={"code": parts.outbox.code(PHONE)})
        yield window


def named(page, field):
    return re.search(rf'name="{field}" value="([^"]+)"', page.text)[1]


async def show(counter):
    return await counter.post("/registrar/cards", data=CARD)


async def printed(counter, page, kind="printed"):
    done = await counter.post(
        "/registrar/cards/print", data={"resident": named(page, "resident"), "kind": kind}
    )
    assert done.headers["content-type"] == "application/pdf", words(done)
    return done


async def lines(parts, resident, action):
    log = await access.own_log(parts.pool, parts.keys, resident)
    return [line for line in log if line.action == action]


@pytest.mark.usefixtures("region")
async def test_a_card_printed_at_the_counter_names_its_holder_at_a_clinic(counter, desk, parts, li):
    page = await show(counter)
    assert "还没有卡" in words(page)
    assert "还没有授权密码" in words(page)
    done = await printed(counter, page)
    said = text_of(done.content)
    assert all(one in said for one in ("电子健康码卡", "李试", "第1张", "不是身份证件"))
    assert CARD["number"] not in said
    (code,) = codes_of(done.content)
    assert healthcode.route(code).kind is ScannedKind.PRINTED
    for _ in range(2):  # a card is not used up
        seen = await desk.scan(code)
        assert "李试" in words(seen)
        assert "扫了纸质码" in words(seen)
        assert "青霉素" not in seen.text
    logged = await lines(parts, li, audit.Action.CARD_ISSUE)
    assert [line.detail["version"] for line in logged] == [1]
    identified = await lines(parts, li, audit.Action.RESIDENT_IDENTIFY)
    assert [line.detail.get("by") for line in identified if "by" in line.detail] == ["printed"] * 2
    assert [message.phone for message in parts.outbox.arrived] == [PHONE]


@pytest.mark.usefixtures("li", "region")
async def test_a_new_card_makes_the_one_before_worthless(counter, desk):
    page = await show(counter)
    (first,) = codes_of((await printed(counter, page)).content)
    again = await printed(counter, page)
    assert "第2张" in text_of(again.content)
    (second,) = codes_of(again.content)
    refused = await desk.scan(first)
    assert refused.status_code == 422
    assert "李试" not in words(refused)
    assert "李试" in words(await desk.scan(second))
    assert "第 2 张" in words(await show(counter)).replace("\u2009", " ")


@pytest.mark.usefixtures("region")
async def test_a_lost_card_is_taken_back_and_listed_as_revoked(counter, desk, parts, li):
    page = await show(counter)
    (code,) = codes_of((await printed(counter, page)).content)
    (week,) = codes_of((await printed(counter, page, "temporary")).content)
    done = await counter.post(
        "/registrar/cards/take-back", data={"resident": named(page, "resident")}
    )
    assert "已作废" in words(done)
    for text in (code, week):
        assert (await desk.scan(text)).status_code == 422
    issuer = parts.keys.code_issuer((await lines(parts, li, audit.Action.CARD_ISSUE))[0].at)
    async with transaction(parts.pool, task="publishing") as connection:
        revoked = await signed.revoked_indexes(connection, issuer.key_id)
    assert len(revoked) == 2
    assert len(await lines(parts, li, audit.Action.CARD_TAKE_BACK)) == 1


@pytest.mark.usefixtures("region")
async def test_a_temporary_code_names_somebody_for_seven_days(counter, desk, parts, li):
    done = await printed(counter, await show(counter), "temporary")
    assert "临时码" in text_of(done.content)
    (code,) = codes_of(done.content)
    read = signed.printed.read(code, CodeType.TEMPORARY)
    logged = (await lines(parts, li, audit.Action.CARD_ISSUE))[0]
    day = (logged.at + timedelta(hours=8)).date()
    assert read.last_day == day + timedelta(days=7)
    assert logged.detail["until"] == read.last_day.isoformat()
    assert "李试" in words(await desk.scan(code))


@pytest.mark.usefixtures("region")
async def test_a_document_seen_an_hour_ago_prints_nothing(counter, parts, li, monkeypatch):
    page = await show(counter)
    monkeypatch.setattr(access.phones, "_CARD_COUNTS_FOR", timedelta(0))
    for path in ("print", "take-back"):
        form = {"resident": named(page, "resident")}
        late = await counter.post(f"/registrar/cards/{path}", data=form)
        assert late.status_code == 403
        assert "重新核对" in words(late)
        forged = await counter.post(f"/registrar/cards/{path}", data={"resident": "A" * 64})
        assert forged.status_code == 404
    assert await lines(parts, li, audit.Action.CARD_ISSUE) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "李四"}, 404),
        ({"number": "12"}, 422),
        ({"name": ""}, 422),
        ({"compared": ""}, 422),
    ],
)
@pytest.mark.usefixtures("li")
async def test_without_the_right_document_no_card_is_shown(counter, change, status):
    page = await counter.post("/registrar/cards", data=CARD | change)
    assert page.status_code == status
    assert "还没有卡" not in words(page)


@pytest.mark.usefixtures("li")
async def test_a_region_without_a_key_on_the_list_says_so(counter):
    page = await show(counter)
    answer = await counter.post(
        "/registrar/cards/print", data={"resident": named(page, "resident"), "kind": "printed"}
    )
    assert answer.status_code == 503
    assert "没有生效的签发密钥" in words(answer)


@pytest.mark.usefixtures("region")
async def test_nobody_who_died_gets_a_card(counter, parts, li):
    page = await show(counter)
    await counter.post(
        "/registrar/death",
        data={"number": CARD["number"], "name": "李试", "day": "2026-01-02", "seen": "yes"},
    )
    answer = await counter.post(
        "/registrar/cards/print", data={"resident": named(page, "resident")}
    )
    assert "登记死亡" in words(answer)
    assert await lines(parts, li, audit.Action.CARD_ISSUE) == []


@pytest.mark.usefixtures("li", "region")
async def test_where_printing_is_not_installed_nothing_is_offered(counter, phone, monkeypatch):
    monkeypatch.setattr(setting, "_PACKAGES", ("typst", "no_such_font_anywhere"))
    page = await show(counter)
    assert "没有安装排印功能" in words(page)
    assert "/registrar/cards/print" not in page.text
    form = {"resident": named(page, "resident")} if 'name="resident"' in page.text else {}
    assert (await counter.post("/registrar/cards/print", data=form)).status_code >= 400
    assert "请到登记窗口" in words(await phone.get("/card"))
    assert (await phone.post("/card", data={})).status_code >= 400
    assert 'value="pdf"' not in (await phone.get("/rights")).text


@pytest.mark.usefixtures("region")
async def test_a_resident_prints_a_card_with_the_summary_they_chose_to_carry(
    phone, desk, parts, li
):
    done = await phone.post("/card", data={"summary": "words"})
    assert done.headers["content-type"] == "application/pdf", words(done)
    code, note = codes_of(done.content)
    assert "李试" in words(await desk.scan(code))
    key = access.summary_verifier_key(parts.keys, parts.sequencer.log)
    told = access.read_summary(note, NoteVerifier(key))
    assert any("青霉素" in line for line in told.lines)
    assert "青霉素" not in text_of(done.content)  # only whoever scans the back reads it
    (bare,) = codes_of((await phone.post("/card", data={})).content)
    assert (await desk.scan(code)).status_code == 422
    assert "李试" in words(await desk.scan(bare))
    assert len(await lines(parts, li, audit.Action.CARD_ISSUE)) == 2
    assert len(await lines(parts, li, audit.Action.EMERGENCY_CARRY)) == 1
    await phone.post("/card/take-back")
    assert "不再有效" in words(await phone.get("/card?done=taken-back"))
    assert (await desk.scan(bare)).status_code == 422
    looked = words(await phone.get("/looked"))
    assert "您做了一张电子健康码卡" in looked
    assert "您让自己的电子健康码卡作废了" in looked
    assert "扫了您的电子健康码卡" in looked


@pytest.mark.usefixtures("region")
async def test_the_back_can_be_a_certificate_that_others_read(phone, parts, li):
    done = await phone.post("/card", data={"summary": "certificate"})
    assert done.headers["content-type"] == "application/pdf", words(done)
    code, certificate = codes_of(done.content)
    assert healthcode.route(code).kind is ScannedKind.PRINTED
    assert certificate.startswith("HC1:")
    issuers = await carried.own_issuers(parts.pool, parts.keys, address=portals.ORIGIN, name="test")
    read = credential.read(certificate, issuers, datetime.now(UTC))
    (allergy,) = read.statement.emergency.allergies
    assert "青霉素" in allergy.what.text
    assert len(await lines(parts, li, audit.Action.HEALTH_CARD_MAKE)) == 1
    for nothing in ("none", "all", ""):
        assert len(codes_of((await phone.post("/card", data={"summary": nothing})).content)) == 1


async def test_an_old_verification_prints_nothing(phone, parts, li, owner):
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")
    asked = await phone.post("/card", data={"summary": "words"})
    assert "再确认一次是您本人" in words(asked)
    assert await lines(parts, li, audit.Action.CARD_ISSUE) == []


async def test_twenty_four_digits_read_out_name_somebody_once(phone, desk, parts, li):
    assert "855" not in words(await phone.get("/short-code"))
    shown = await phone.post("/short-code")
    digits = re.search(r'class="short-code"[^>]*>(.*?)</p>', shown.text, re.DOTALL)[1]
    spoken = " ".join(re.findall(r"<span>(\d{4})</span>", digits))
    assert len(spoken) == 29
    seen = await desk.scan(spoken)
    assert "李试" in words(seen)
    assert "收到短码" in words(seen)
    assert 'value="here"' not in seen.text
    again = await desk.scan(spoken)
    assert again.status_code == 422
    assert "用过" in words(again)
    (line,) = [
        one
        for one in await lines(parts, li, audit.Action.RESIDENT_IDENTIFY)
        if one.detail.get("by") == "short"
    ]
    assert line.detail["presentation"]


async def test_whoever_read_a_code_out_answers_on_the_phone(phone, desk, li, world):
    await visits_presence.give_pins(world, li)
    shown = await phone.post("/short-code")
    spoken = "".join(re.findall(r"<span>(\d{4})</span>", shown.text))
    visit = await desk.scan(spoken)
    pad = await desk.post(
        visit.url.path, scene="consultation", category=["allergies"], hours="4", step="here"
    )
    form = {name: value for name, (value, *_) in fields(pad).items()}
    given = {"answer": "allow", "category": "allergies", "pin": visits_presence.OWN}
    tried = await desk.post(pad.url.path, **(form | given))
    assert tried.status_code == 403
    assert "青霉素" not in tried.text


async def with_summary(counter, typed):
    page = await show(counter)
    form = {"resident": named(page, "resident"), "kind": "printed", "summary": "yes", "pin": typed}
    return await counter.post("/registrar/cards/print", data=form)


@pytest.mark.usefixtures("region")
async def test_at_a_counter_the_summary_is_its_holder_s_by_pin(counter, parts, li, world):
    await visits_presence.give_pins(world, li)
    wrong = await with_summary(counter, visits_presence.WRONG)
    assert wrong.status_code == 422
    assert "授权密码不对" in words(wrong)
    assert await lines(parts, li, audit.Action.CARD_ISSUE) == []
    own = await with_summary(counter, visits_presence.OWN)
    card, note = codes_of(own.content)
    key = access.summary_verifier_key(parts.keys, parts.sequencer.log)
    assert any("青霉素" in line for line in access.read_summary(note, NoteVerifier(key)).lines)
    assert healthcode.route(card).kind is ScannedKind.PRINTED
    bare = await counter.post(
        "/registrar/cards/print", data={"resident": named(await show(counter), "resident")}
    )
    assert len(codes_of(bare.content)) == 1


@pytest.mark.usefixtures("region")
async def test_under_pressure_the_summary_says_nothing_and_the_region_hears_of_it(
    counter, parts, li, world
):
    await visits_presence.give_pins(world, li)
    made = await with_summary(counter, visits_presence.SECOND)
    _, note = codes_of(made.content)
    key = access.summary_verifier_key(parts.keys, parts.sequencer.log)
    told = access.read_summary(note, NoteVerifier(key)).lines
    assert any("李试" in line for line in told)
    assert not any("青霉素" in line for line in told)
    heard = await recent(parts.pool, parts.keys)
    assert [one.is_under_duress for one in heard] == [True]
    await with_summary(counter, visits_presence.OWN)
    heard = await recent(parts.pool, parts.keys)
    assert sorted(one.is_under_duress for one in heard) == [False, True]


@pytest.mark.usefixtures("li", "region")
async def test_without_a_pin_no_summary_is_printed_at_a_counter(counter, monkeypatch):
    page = await show(counter)
    assert 'name="pin"' not in page.text
    none = await with_summary(counter, "480271")
    assert none.status_code == 422
    assert "没有可用的授权密码" in words(none)
    monkeypatch.setattr(access.phones, "_CARD_COUNTS_FOR", timedelta(0))
    assert (await with_summary(counter, "480271")).status_code == 403


async def received(counter, **changes):
    form = {"called": "李试之女", "sex": "female", "born": "", "document": ""} | changes
    return await counter.post("/registrar/temporary", data=form)


@pytest.mark.usefixtures("region")
async def test_a_newborn_has_a_code_at_once_and_a_name_later(counter, desk):
    done = await received(counter, born="2026-11-20")
    assert done.headers["content-type"] == "application/pdf", words(done)
    (code,) = codes_of(done.content)
    assert "李试之女" in text_of(done.content)
    assert "李试之女" in words(await desk.scan(code))
    number = visits.national_id(2, born="20261120")
    papers = {"number": number, "name": "李小苗", "compared": "yes"}
    bound = await counter.post(
        "/registrar/temporary/bind", data=papers | {"code": code, "why": "named"}
    )
    assert "临时码已作废" in words(bound)
    assert (await desk.scan(code)).status_code == 422
    page = await counter.post("/registrar/cards", data=papers)
    assert "还没有卡" in words(page)
    (card,) = codes_of((await printed(counter, page)).content)
    assert "李小苗" in words(await desk.scan(card))


@pytest.mark.usefixtures("li", "region")
async def test_an_unidentified_patient_who_was_registered_before_is_put_before_a_registrar(
    counter, desk
):
    done = await received(counter, called="无名女甲", sex="unknown")
    (code,) = codes_of(done.content)
    bound = await counter.post("/registrar/temporary/bind", data=CARD | {"code": code})
    assert "等待比对" in words(bound)
    assert "无名女甲" in words(await desk.scan(code))  # nothing is merged without a decision
    queue = await counter.get("/registrar/duplicates")
    assert re.search(r'href="/registrar/duplicates/[^"]+"', queue.text)


@pytest.mark.usefixtures("region")
async def test_a_visitor_is_registered_by_passport(counter, desk, parts):
    done = await received(counter, called="JOHN SMITH", sex="male", document="X1234567")
    (code,) = codes_of(done.content)
    assert "JOHN SMITH" in words(await desk.scan(code))
    certificate = Certificate.parse(CertificateKind.PASSPORT, "X1234567")
    assert await identity.find(parts.pool, parts.keys, certificate)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"called": ""}, "填写称呼"),
        ({"born": "2026-13-40"}, "日期或证件号码不对"),
        ({"document": "|"}, "日期或证件号码不对"),
        ({"called": "某某省某某市某某路 1 号"}, "放在一边"),
    ],
)
@pytest.mark.usefixtures("region")
async def test_what_cannot_be_is_not_received(counter, changes, says):
    answer = await received(counter, **changes)
    assert answer.status_code == 422
    assert says in words(answer)


@pytest.mark.usefixtures("region")
async def test_only_a_temporary_code_is_bound_and_only_with_papers(counter, li):  # noqa: ARG001
    (card,) = codes_of((await printed(counter, await show(counter))).content)
    other = {"number": visits.national_id(8), "name": "王实", "compared": "yes"}
    for code in (card, "855", "hello", ""):
        answer = await counter.post("/registrar/temporary/bind", data=other | {"code": code})
        assert answer.status_code == 422
        assert "不是在此有效的临时码" in words(answer)
    for change in ({"compared": ""}, {"number": "1"}, {"name": ""}):
        answer = await counter.post(
            "/registrar/temporary/bind", data=other | change | {"code": card}
        )
        assert answer.status_code == 422


async def test_a_clerk_of_no_institution_receives_nobody(parts):
    nobody = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4())
    arrived = Arrived(name="无名男甲", sex=Sex.UNKNOWN)
    with pytest.raises(NotFound):
        await access.receive_temporary(parts.pool, parts.keys, nobody, arrived)


async def test_without_a_key_on_the_list_nobody_is_received(counter):
    answer = await received(counter)
    assert answer.status_code == 503
    bound = await counter.post("/registrar/temporary/bind", data=CARD | {"code": "856"})
    assert bound.status_code == 503
