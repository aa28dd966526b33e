"""What residents do about their record, over a real database: copied, corrected, closed."""

from __future__ import annotations

import re

import asyncpg
import pypdfium2
import pytest

import portals
import visits
from openhealthcode import access, audit, identity
from openhealthcode.database import Announcements, transaction
from openhealthcode.record.check import check
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words
from signing_in import PASSWORD, Account

PHONE = Phone.parse("13912345678")
CLAIM = {"number": visits.national_id(2), "name": "李试", "phone": PHONE.number}


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
async def resident_id(world, parts):
    resident_id = await world.resident()
    async with transaction(parts.pool, resident=resident_id) as connection:
        await identity.bind_phone(connection, parts.keys, resident_id, PHONE)
    return resident_id


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def phone(app, parts, resident_id):  # noqa: ARG001 - must have been registered
    """The resident's phone, bound and signed in just now."""
    async with browser(app) as window:
        await window.post("/sign-in", data=CLAIM)
        await window.post("/sign-in/code", data={"code": parts.outbox.code(PHONE)})
        yield window


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def let_time_pass(owner) -> None:
    """Six minutes since the code was entered."""
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")


async def test_the_whole_record_is_taken_along_as_a_valid_bundle(phone, parts, resident_id):
    answer = await phone.post("/rights/copy", data={"form": "fhir"})
    assert answer.headers["content-type"] == "application/fhir+json"
    assert re.fullmatch(
        r'attachment; filename="health-record-\d{4}-\d\d-\d\d\.json"',
        answer.headers["content-disposition"],
    )
    bundle = answer.json()
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert set(bundle) == {"resourceType", "type", "timestamp", "entry"}
    own = await access.own_record(parts.pool, parts.keys, resident_id)
    names = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(names)) == len(names)  # bdl-7
    is_event = [entry["resource"]["resourceType"] == "AuditEvent" for entry in bundle["entry"]]
    bundle["entry"] = [e for e, is_log in zip(bundle["entry"], is_event, strict=True) if not is_log]
    assert len(bundle["entry"]) == len(own.entries) == 1 + len(visits.LIFE)
    for entry in bundle["entry"]:
        check(entry["resource"])
        kind, fhir_id = entry["resource"]["resourceType"], entry["resource"]["id"]
        assert entry["fullUrl"] == f"{portals.ORIGIN}/fhir/{kind}/{fhir_id}"
    (patient,) = [name for name in names if "/Patient/" in name]
    about = {
        entry["resource"][who]["reference"]
        for entry in bundle["entry"]
        for who in ("patient", "subject")
        if who in entry["resource"]
    }
    assert {f"{portals.ORIGIN}/fhir/{reference}" for reference in about} == {patient}


async def test_the_copy_holds_the_log_as_audit_events(phone, parts, world, resident_id):
    await world.allow(resident_id)
    shown = await world.look(resident_id)
    answer = await phone.post("/rights/copy", data={"form": "fhir"})
    events = [
        entry["resource"]
        for entry in answer.json()["entry"]
        if entry["resource"]["resourceType"] == "AuditEvent"
    ]
    lines = await access.own_log(parts.pool, parts.keys, resident_id)
    assert lines[0].action == audit.Action.LOG_OWN_VIEW  # taking it is logged, after it was taken
    assert [one["subtype"][0]["code"] for one in events] == [line.action for line in lines[1:]]
    allowed = {"resourceType", "type", "subtype", "action", "recorded", "outcome", "agent", "source",
               "entity", "purposeOfEvent"}  # fmt: skip
    for event in events:
        assert event.keys() <= allowed
        assert event["source"]["observer"]
        assert [agent["requestor"] for agent in event["agent"]].count(True) == 1
        assert all(agent["who"] for agent in event["agent"])
    look = next(one for one in events if one["subtype"][0]["code"] == "record.disclose")
    assert [agent["who"]["display"] for agent in look["agent"]] == ["王敏", "黛川县人民医院"]
    line, *named = look["entity"]
    said = {one["type"]: one["valueString"] for one in line["detail"]}
    assert said["number"] == str(shown.number)
    assert said["because"] == "practitioner-allowed"
    seen = {f"{one.type}/{parts.keys.seal_id(resident_id, one.entry_id)}" for one in shown.entries}
    assert {one["what"]["reference"].partition("/_history")[0] for one in named} == seen


async def test_taking_a_copy_stands_in_the_log_with_every_entry(phone, parts, resident_id):
    await phone.post("/rights/copy", data={"form": "fhir"})
    lines = await access.own_log(parts.pool, parts.keys, resident_id)
    line = next(line for line in lines if line.action == audit.Action.RECORD_COPY)
    assert len(line.detail["items"]) == 1 + len(visits.LIFE)
    assert "您下载了自己的档案" in words(await phone.get("/looked"))


@pytest.mark.parametrize(
    ("language", "title"), [("zh-CN", "我的健康档案"), ("en", "My health record")]
)
async def test_the_document_holds_every_entry_and_loads_nothing(phone, language, title):
    answer = await phone.post(
        "/rights/copy", data={"form": "document"}, headers={"accept-language": language}
    )
    assert answer.headers["content-disposition"].endswith('.html"')
    assert title in answer.text
    assert answer.text.count("<tr><td>") == 1 + len(visits.LIFE)
    for said in ("李试", "黛川县人民医院", visits.national_id(2)):
        assert said in answer.text
    if language == "zh-CN":
        assert all(said in answer.text for said in ("青霉素", "高血压", "抑郁", "糖尿病"))
    assert not re.search(r"\b(?:src|href)=|<script|@import|url\(", answer.text)


async def test_the_pdf_says_what_the_document_says(phone, parts, resident_id):
    answer = await phone.post("/rights/copy", data={"form": "pdf"})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.pdf"')
    document = pypdfium2.PdfDocument(answer.content)
    said = "".join(page.get_textpage().get_text_bounded() for page in document)
    for one in ("我的健康档案", "李试", "黛川县人民医院", visits.national_id(2), "青霉素", "抑郁"):
        assert one in said
    lines = await access.own_log(parts.pool, parts.keys, resident_id)
    copies = [line for line in lines if line.action == audit.Action.RECORD_COPY]
    assert len(copies) == 1
    assert 'value="pdf"' in (await phone.get("/rights")).text


async def test_an_old_verification_has_to_be_made_anew_before_anything_leaves(
    phone, parts, owner, resident_id
):
    await let_time_pass(owner)
    before = len(parts.outbox.arrived)
    asked = await phone.post("/rights/copy", data={"form": "fhir"})
    assert asked.headers["content-type"].startswith("text/html")
    assert "再确认一次是您本人" in words(asked)
    assert len(parts.outbox.arrived) == before + 1
    other = "000000" if parts.outbox.code(PHONE) != "000000" else "000001"
    wrong = await phone.post("/rights/copy", data={"form": "fhir", "code": other})
    assert wrong.headers["content-type"].startswith("text/html")
    log = await access.own_log(parts.pool, parts.keys, resident_id)
    assert audit.Action.RECORD_COPY not in {line.action for line in log}
    sent = {name: value for name, (value, *_) in fields(asked).items()}
    right = await phone.post("/rights/copy", data=sent | {"code": parts.outbox.code(PHONE)})
    assert right.json()["type"] == "collection"


async def test_a_stranger_is_sent_to_sign_in(app):
    async with browser(app) as stranger:
        answer = await stranger.post("/rights/copy", data={"form": "fhir"})
        assert answer.url.path == "/sign-in"


async def test_closing_needs_a_tick_and_a_code_and_ends_in_a_receipt_shown_once(
    app, phone, parts, owner
):
    page = await phone.get("/rights/close")
    assert "黛川县人民医院" in words(page)
    unticked = await phone.post("/rights/close", data={})
    assert "请先在上面打勾" in words(unticked)
    await let_time_pass(owner)
    asked = await phone.post("/rights/close", data={"understood": "yes"})
    sent = {name: value for name, (value, *_) in fields(asked).items()}
    closed = await phone.post("/rights/close", data=sent | {"code": parts.outbox.code(PHONE)})
    assert "已注销，档案已销毁" in words(closed)
    assert "黛川县人民医院" in words(closed)
    assert re.search(r'class="digits">[0-9a-f]{64}<', closed.text)
    assert (await phone.get("/")).url.path == "/sign-in"
    async with browser(app) as again:
        await owner.execute("DELETE FROM sign_in.attempt")
        gone = await again.post("/sign-in", data=CLAIM)
        await owner.execute("DELETE FROM sign_in.attempt")
        nobody = await again.post("/sign-in", data=CLAIM | {"number": visits.national_id(9)})
        assert words(gone) == words(nobody)


@pytest.fixture
async def desk(app, parts, world):
    """The registration counter of the hospital that filed the record."""
    account = await staff.create_account(
        parts.pool, parts.keys, world.wang,
        staff_number="0217", password=PASSWORD, roles=(Role.REGISTRAR,),
    )  # fmt: skip
    async with browser(app) as window:
        await portals.sign_in_clerk(
            window, Account(world.wang, world.hospital, "0217", account.totp_secret)
        )
        yield window


async def test_a_mistake_is_named_on_the_phone_and_answered_at_the_desk(phone, desk):
    page = await phone.get("/rights/correct")
    entry = re.search(r'href="(/rights/correct/[0-9a-f-]{36})"', page.text)[1]
    assert "给" in words(await phone.get(entry))
    empty = await phone.post(entry, data={"words": ""})
    assert "请写几句话" in words(empty)
    listed = await phone.post(entry, data={"words": "我对<b>青霉素</b>不过敏"})
    assert listed.url.path == "/rights"
    assert "还有 15 天" in words(listed)
    assert "<b>青霉素" not in listed.text
    waiting = await desk.get("/registrar/corrections")
    assert "还有 15 天" in words(waiting)
    assert "青霉素" not in waiting.text
    one = re.search(r'href="(/registrar/corrections/[^"]+)"', waiting.text)[1]
    opened = await desk.get(one)
    assert "青霉素" in opened.text
    assert "<b>青霉素" not in opened.text
    too_soon = await desk.post(one, data={"answer": "accept"})
    assert (too_soon.status_code, "不能答复" in words(too_soon)) == (400, True)
    silent = await desk.post(one, data={"answer": "refuse", "reason": ""})
    assert (silent.status_code, "必须写明理由" in words(silent)) == (400, True)
    done = await desk.post(one, data={"answer": "refuse", "reason": "皮试阳性"})
    assert "没有等待答复的请求" in words(done)
    assert "没有更正，理由：“皮试阳性”" in words(await phone.get("/rights"))
    looked = words(await phone.get("/looked"))
    assert "答复了您的更正请求" in looked
    assert (await desk.get(one)).status_code == 404


async def test_the_page_says_how_much_stands_open_and_takes_an_objection(phone, world, resident_id):
    assert "现在没有人凭您的同意看得到" in words(await phone.get("/rights"))
    await world.allow(resident_id)
    assert "1 个 同意" in words(await phone.get("/rights")).replace("\u2009", " ")
    said = await phone.post("/rights/secondary-use", data={"objects": "yes"})
    assert "只用于您自己看病" in words(said)
    taken_back = await phone.post("/rights/secondary-use", data={"objects": "no"})
    assert "您没有反对" in words(taken_back)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", ["/rights", "/rights/correct", "/rights/close"])
async def test_a_page_of_rights_has_no_small_print(phone, path, language):
    page = await phone.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    assert 'class="small' not in page.text
    assert f'lang="{language}"' in page.text
