"""The clinician's pages over HTTP and a real database: scan, ask, wait, read, be refused."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

import visits
from clinic_desk import SITE, Desk, Phone, application, browser_of, colleague
from openhealthcode import access
from openhealthcode.database import Announcements, Pool
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.standards import RecordCategory
from openhealthcode.trust import Keys
from visits import World

CHINESE = catalogue("zh-CN")


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def desk(world) -> Desk:
    opened = await Desk.opened(world, application(world))
    answer = await opened.sign_in()
    assert answer.status_code == 200, answer.text
    return opened


@pytest.fixture
async def phone(world) -> Phone:
    return await Phone.of(world, await world.resident())


def text_of(page) -> str:
    """What a reader sees, without markup and thin spaces."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    plain = re.sub(r"<[^>]+>", "", body).replace("\u2009", " ").replace("\u00a0", " ")
    return re.sub(r"\s+", " ", plain)


async def asked(desk: Desk, phone: Phone):
    """The waiting page of a fresh request; its visit's address."""
    form = await desk.scan(phone.code())
    assert form.status_code == 200, text_of(form)
    waiting = await desk.ask(form.url.path)
    return waiting, form.url.path


async def allowed(desk: Desk, phone: Phone, *withheld: RecordCategory):
    """A record page that was allowed; its consent."""
    waiting, _ = await asked(desk, phone)
    consent_id = await phone.allow(*withheld)
    return await desk.get(waiting.url.path), consent_id


async def test_nobody_reaches_a_page_of_the_clinic_without_signing_in(world):
    browser = browser_of(application(world))
    answer = await browser.get("/clinic/visits/x/record")
    assert answer.url.path == "/clinic/sign-in"
    assert answer.url.params["back"] == "/clinic/visits/x/record"
    assert (await browser.get("/clinic/visits/x/record/state")).status_code == 401


async def test_a_failed_sign_in_never_says_what_was_wrong(world):
    desk = await Desk.opened(world, application(world))
    wrong = await desk.sign_in(password="nothing of the sort")
    unknown = await desk.post("/clinic/sign-in", account="9999", password="x", totp="123456")
    sentence = CHINESE.plain("clinic.sign-in.problem.wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert sentence in text_of(wrong)
    assert sentence in text_of(unknown)


async def test_signing_in_leads_on_within_the_clinic_only(world):
    desk = await Desk.opened(world, application(world))
    assert (await desk.sign_in(back="//evil.example/")).url.path == "/clinic"


async def test_the_start_page_carries_the_name_and_number_of_whoever_looks(desk):
    page = await desk.get("/clinic")
    assert "王敏 0217" in page.text
    assert "wasm-unsafe-eval" in page.headers["content-security-policy"]


async def test_a_scan_tells_who_it_is_and_nothing_more(desk, phone):
    page = await desk.scan(phone.code())
    text = text_of(page)
    assert page.url.path.startswith("/clinic/visits/")
    assert "李试" in text
    assert "1959 年 4 月 18 日出生" in text
    assert "青霉素" not in text
    assert "wasm-unsafe-eval" not in page.headers["content-security-policy"]


async def test_asking_waits_and_the_answer_opens_the_record(desk, phone):
    waiting, _ = await asked(desk, phone)
    assert waiting.url.path.startswith("/clinic/requests/")
    assert (await desk.get(f"{waiting.url.path}/state")).status_code == 204
    await phone.allow()
    assert (await desk.get(f"{waiting.url.path}/state")).status_code == 200
    record = await desk.get(waiting.url.path)
    text = text_of(record)
    assert record.url.path.endswith("/record")
    for shown in ("青霉素", "高血压", "血糖", "糖尿病", "黛川县人民医院", "可看到"):
        assert shown in text
    assert "已记入居民的查看记录第" in text


async def test_a_look_is_made_at_the_step_of_care_that_was_previewed(desk, phone, world):
    visit = (await desk.scan(phone.code(), scene="consultation")).url.path
    await desk.post(visit, scene="dispensing", category=["allergies"], hours="4", step="ask")
    await phone.allow()
    assert (await desk.get(f"{visit}/record")).status_code == 200
    lines = await access.own_log(world.pool, world.keys, phone.resident)
    scenes = {line.action: line.scene for line in reversed(lines) if line.scene}
    assert scenes["resident.identify"] == "consultation"
    assert scenes["record.preview"] == scenes["record.disclose"] == "dispensing"


async def test_a_withheld_category_looks_like_an_absent_one(desk, phone, world):
    withheld, _ = await allowed(desk, phone, RecordCategory.FAMILY_HISTORY)
    other = await world.resident(*visits.LIFE[:-1], serial=4)
    absent, _ = await allowed(desk, await Phone.of(world, other))
    numbers = re.compile(r"第 \d+ 条|data-\w+=\"[^\"]*\"|/visits/[^\"?/]+|\d\d:\d\d|static/\w+")
    assert "糖尿病" not in withheld.text
    assert numbers.sub("", text_of(withheld)) == numbers.sub("", text_of(absent))


async def test_what_is_sensitive_stays_closed_under_a_general_consent(desk, phone):
    record, _ = await allowed(desk, phone)
    assert "抑郁" not in record.text


async def test_after_a_withdrawal_the_very_next_request_is_refused(desk, phone):
    record, consent_id = await allowed(desk, phone)
    await phone.withdraw(consent_id)
    refused = await desk.get(record.url.path)
    assert refused.status_code == 403
    assert CHINESE.plain("clinic.ending.closed.title") in text_of(refused)
    assert "青霉素" not in refused.text
    assert (await desk.get(f"{record.url.path}/state")).status_code == 200


async def test_a_refusal_is_said_in_one_sentence_with_the_next_step(desk, phone):
    waiting, visit = await asked(desk, phone)
    await phone.refuse()
    page = await desk.get(waiting.url.path)
    assert page.status_code == 403
    assert "李试 这次没有同意" in text_of(page)
    assert f'href="{visit}"' in page.text


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("130000000000000000", "clinic.problem.code-foreign.wechat-payment"),
        ("https://example.org/", "clinic.problem.code-foreign.web-address"),
        ("850000", "clinic.problem.code-unreadable"),
        ("", "clinic.problem.empty"),
    ],
)
async def test_a_code_that_opens_nothing_is_explained_in_one_sentence(desk, code, sentence):
    page = await desk.scan(code)
    assert page.status_code == 422
    assert CHINESE.plain(sentence).replace("\u2009", " ") in text_of(page)


async def test_an_old_and_a_used_code_are_told_apart(desk, phone):
    old = await desk.scan(phone.code(datetime.now(UTC) - timedelta(seconds=90)))
    assert CHINESE.plain("clinic.problem.code-expired") in text_of(old)
    code = phone.code()
    await desk.scan(code)
    used = await desk.scan(code)
    assert CHINESE.plain("clinic.problem.code-spent") in text_of(used)


def photograph(text: str) -> bytes:
    image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8)
    written = BytesIO()
    pixels = memoryview(image).tobytes()
    Image.frombuffer("L", image.shape[::-1], pixels).save(written, "PNG")
    return written.getvalue()


async def test_a_picture_of_a_code_is_read(desk, phone):
    files = {"picture": ("code.png", photograph(phone.code()), "image/png")}
    page = await desk.browser.post(
        "/clinic/scan/picture", files=files, data={"scene": "dispensing"}, headers={"Origin": SITE}
    )
    assert page.url.path.startswith("/clinic/visits/"), text_of(page)
    assert 'value="dispensing" data-preset' in page.text


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (photograph("85"), "code-unreadable"),
        (b"no picture", "picture-unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(11_000_000), "picture-too-large"),
    ],
)
async def test_a_picture_without_a_health_code_is_explained(desk, content, name):
    files = {"picture": ("code.png", content, "image/png")}
    page = await desk.browser.post("/clinic/scan/picture", files=files, headers={"Origin": SITE})
    assert page.status_code == 422
    assert CHINESE.plain(f"clinic.problem.{name}") in text_of(page)


async def test_an_upload_that_is_no_form_is_refused_quietly(desk):
    headers = {"Origin": SITE, "Content-Type": "multipart/form-data; boundary=x"}
    page = await desk.browser.post("/clinic/scan/picture", content=b"--y\r\n", headers=headers)
    assert page.status_code == 422


async def test_another_clinician_or_another_terminal_cannot_use_the_address_of_a_visit(
    world, desk, phone
):
    record, _ = await allowed(desk, phone)
    lin = await Desk.opened(world, application(world), "0318", await colleague(world))
    await lin.sign_in()
    assert (await lin.get(record.url.path)).status_code == 404
    assert (await lin.get(f"{record.url.path}/state")).status_code == 404


async def test_an_emergency_opens_the_minimum_set_and_says_what_follows(desk, phone):
    form = await desk.scan(phone.code())
    page = await desk.get(f"{form.url.path}/emergency")
    assert "李试 立即收到通知" in text_of(page)
    assert "12 小时后自动关上" in text_of(page)
    record = await desk.post(f"{form.url.path}/emergency", level="1", reason="昏迷，无法答复")
    text = text_of(record)
    assert record.url.path.endswith("/emergency/record")
    assert "紧急调阅" in text
    assert "青霉素" in text
    assert "糖尿病" not in text  # family history is no part of the minimum set
    assert (await desk.get(f"{record.url.path}/state")).status_code == 204


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"level": "4", "reason": "昏迷，无法答复"}, "clinic.emergency.problem.can-wait"),
        ({"level": "6", "reason": "昏迷，无法答复"}, "clinic.emergency.problem.level"),
        ({"level": "1", "reason": "12345"}, "clinic.emergency.problem.reason"),
        ({"level": "2", "reason": "急"}, "clinic.emergency.problem.reason"),
    ],
)
async def test_an_override_needs_a_triage_level_and_a_reason(desk, phone, fields, sentence):
    form = await desk.scan(phone.code())
    page = await desk.post(f"{form.url.path}/emergency", **fields)
    assert page.status_code == 422
    assert CHINESE.plain(sentence).replace("\u2009", " ") in text_of(page)


async def test_somebody_unconscious_is_found_by_the_card_they_carry(desk, world):
    await world.resident()
    number = visits.national_id(2)
    record = await desk.post(
        "/clinic/emergency", kind="01", number=number, level="1", reason="车祸昏迷，无法出示"
    )
    assert record.url.path.endswith("/emergency/record"), text_of(record)
    assert "青霉素" in record.text
    assert "李试" in record.text
    nobody = await desk.post(
        "/clinic/emergency", kind="01", number=visits.national_id(88), level="1", reason="车祸昏迷"
    )
    assert nobody.status_code == 404
    assert CHINESE.plain("clinic.emergency.problem.nobody") in text_of(nobody)


async def test_the_list_of_today_lives_in_the_session_and_holds_no_name_in_clear(desk, phone):
    record, _ = await allowed(desk, phone)
    page = await desk.get("/clinic")
    assert "李试" in page.text
    assert f'href="{record.url.path}"' in page.text
    sealed = desk.browser.cookies["ohc_clinic_visits"]
    assert "李" not in sealed
    assert len(sealed) < 4096
    await desk.post("/clinic/sign-out")
    assert "ohc_clinic_visits" not in desk.browser.cookies


async def test_filter_and_search_work_without_scripts(desk, phone):
    record, _ = await allowed(desk, phone)
    filtered = await desk.get(record.url.path, params={"category": "laboratory"})
    found = await desk.get(record.url.path, params={"q": "gxy"})
    nothing = await desk.get(record.url.path, params={"q": "<img src=x>"})
    assert entries(filtered) == {"laboratory"}
    assert entries(found) == {"conditions"}
    assert entries(nothing) == set()
    assert "<img src=x>" not in nothing.text
    assert (await desk.get(record.url.path, params={"category": "x"})).status_code == 400


def entries(page) -> set[str]:
    return set(re.findall(r'class="entry" data-category="([\w-]+)"', page.text))


async def test_names_and_findings_written_by_an_attacker_stay_text(desk, world):
    hostile = visits.condition("Q00.0", "<script>alert(1)</script>\u202e", "2014-03-02")
    person = visits.bundle(visits.patient(6, "<b>李</b>\u202e"), hostile, key="hostile")
    filed = await visits.collection.file_bundle(
        world.pool, world.keys, bundle=person, source=world.source
    )
    record, _ = await allowed(desk, await Phone.of(world, filed.resident_id))
    assert "<script>alert" not in record.text
    assert "<b>李" not in record.text
    assert "\u202e" not in record.text
    assert "&lt;script&gt;alert(1)" in record.text


async def test_an_open_record_hears_of_the_withdrawal(world, phone, database):
    async with Announcements(database.url) as announcements:
        app = application(world, announcements)
        desk = await Desk.opened(world, app)
        await desk.sign_in()
        record, consent_id = await allowed(desk, phone)
        stream = asyncio.create_task(first_change(app, desk, f"{record.url.path}/live"))
        await asyncio.sleep(0.3)
        assert not stream.done()
        await phone.withdraw(consent_id)
        said = await asyncio.wait_for(stream, 15)
    assert re.fullmatch(r"event: change\ndata: [0-9a-f]{16}\n\n", said)


async def first_change(app, desk: Desk, path: str) -> str:
    """The first event of a stream, read as a browser reads it: while it is still open."""
    said: asyncio.Queue[str] = asyncio.Queue()
    cookies = "; ".join(f"{name}={value}" for name, value in desk.browser.cookies.items())
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": "https",
        "server": ("clinic.test", 443),
        "headers": [(b"host", b"clinic.test"), (b"cookie", cookies.encode())],
    }

    async def receive():
        await asyncio.sleep(3600)

    async def send(message):
        said.put_nowait(message.get("body", b"").decode())

    serving = asyncio.create_task(app(scope, receive, send))
    try:
        while True:
            text = await said.get()
            if text.startswith("event:"):
                return text
    finally:
        serving.cancel()
