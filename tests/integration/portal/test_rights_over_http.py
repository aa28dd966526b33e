"""What residents do about their record, over a real database: copied, corrected, closed."""

from __future__ import annotations

import re

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, audit, identity
from openhealthcode.database import Announcements, transaction
from openhealthcode.record.check import check
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words

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
    assert len(bundle["entry"]) == len(own.entries) == 1 + len(visits.LIFE)
    names = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(names)) == len(names)  # bdl-7
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


async def test_taking_a_copy_stands_in_the_log_with_every_entry(phone, parts, resident_id):
    await phone.post("/rights/copy", data={"form": "fhir"})
    line, *_ = await access.own_log(parts.pool, parts.keys, resident_id)
    assert line.action == audit.Action.RECORD_COPY
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
    for said in ("李试", "黛川县人民医院"):
        assert said in answer.text
    if language == "zh-CN":
        assert all(said in answer.text for said in ("青霉素", "高血压", "抑郁", "糖尿病"))
    assert not re.search(r"\b(?:src|href)=|<script|@import|url\(", answer.text)


async def test_an_old_verification_has_to_be_made_anew_before_anything_leaves(
    phone, parts, owner, resident_id
):
    await let_time_pass(owner)
    before = len(parts.outbox.arrived)
    asked = await phone.post("/rights/copy", data={"form": "fhir"})
    assert asked.headers["content-type"].startswith("text/html")
    assert "再确认一次是您本人" in words(asked)
    assert len(parts.outbox.arrived) == before + 1
    wrong = await phone.post("/rights/copy", data={"form": "fhir", "code": "000000"})
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
