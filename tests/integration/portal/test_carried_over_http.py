"""The emergency summary on the phone, on paper, and checked by others with and without a network."""

from __future__ import annotations

import html
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

import portals
import visits
from openhealthcode import access
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements, transaction
from openhealthcode.identity import Relation
from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.layout.pages import environment
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.transparency import NoteSigner
from openhealthcode.trust import Keys
from portals import Parts, browser, scanned, words

LOG = "region.example/log"
OWN_PHONE = Phone.parse("13912345678")


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(LOG))
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        sequencer.close()
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def resident(world):
    resident = await world.resident()
    wife = Phone.parse("13712345671")
    await access.name_contact(world.pool, world.keys, resident, wife, Relation.SPOUSE)
    return resident


@pytest.fixture
async def phone(parts, resident):
    """The resident's own browser, signed in just now."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(parts.pool, resident=resident) as connection:
        about = Subject(card, "李试", OWN_PHONE)
        begun = await begin_session(connection, parts.keys, resident, about)
    async with browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


@pytest.fixture
async def anybody(parts):
    async with browser(portals.application(parts)) as window:
        yield window


async def make(phone: httpx.AsyncClient, form: str = "show") -> httpx.Response:
    return await phone.post("/emergency/summary", data={"form": form})


async def test_nothing_is_made_until_the_resident_asks(phone, world, resident):
    page = words(await phone.get("/emergency/summary"))
    assert "紧急救治所需的内容" in page
    assert "青霉素" not in page
    lines = await access.own_log(world.pool, world.keys, resident)
    assert "emergency.carry" not in [line.action for line in lines]


async def test_it_is_shown_with_a_code_any_telephone_reads_and_stands_in_the_log(phone):
    page = await make(phone)
    assert page.status_code == 200
    told = words(page)
    for line in ("李试", "过敏：青霉素", "疾病：高血压", "配偶 13712345671"):
        assert line in told
    note = scanned(page)
    assert note.startswith("openhealthcode-emergency-summary-1\n")
    assert "过敏：青霉素\n" in note
    assert "您制作了一份急救摘要" in words(await phone.get("/looked"))


async def test_the_file_stands_alone(phone):
    page = await make(phone, "file")
    assert page.headers["content-disposition"].startswith("attachment;")
    assert "李" not in page.headers["content-disposition"]
    for outside in ("<link", "<script", "src=", "http://ohc", "https://"):
        assert outside not in page.text
    assert scanned(page).startswith("openhealthcode-emergency-summary-1\n")


async def test_without_a_fresh_proof_a_code_is_asked_for_and_nothing_made(phone, parts, database):
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET started_at = started_at - interval '6 minutes',"
        " verified_at = verified_at - interval '6 minutes'"
    )
    await owner.close()
    page = await make(phone)
    assert "确认并制作" in words(page)
    assert "青霉素" not in page.text
    kept = portals.fields(page)
    done = await phone.post(
        "/emergency/summary",
        data={name: values[0] for name, values in kept.items() if name != "code"}
        | {"code": parts.outbox.code(OWN_PHONE)},
    )
    assert "过敏：青霉素" in words(done)


async def test_whoever_pastes_it_learns_whether_it_is_true(phone, anybody):
    note = scanned(await make(phone))
    page = await anybody.post("/emergency/summary/check", data={"summary": note})
    assert "真实：由本地区签发" in words(page)
    assert "过敏：青霉素" in words(page)
    for altered in (note.replace("青霉素", "无"), note[:-9], "", "<b>hello</b>"):
        page = await anybody.post("/emergency/summary/check", data={"summary": altered})
        assert page.status_code == 422
        assert "不能相信" in words(page)
        assert "<b>hello" not in page.text


async def test_a_summary_past_its_time_is_called_old(parts, anybody):
    signer = parts.keys.summary_signer(f"{LOG}/emergency-summaries")
    text = "openhealthcode-emergency-summary-1\nmade 2024-01-02\nuntil 2024-04-01\n李试\n"
    page = await anybody.post("/emergency/summary/check", data={"summary": signer.sign(text)})
    assert "已过旧" in words(page)


async def test_the_key_is_published_in_the_same_words_everywhere(parts, anybody):
    key = access.summary_verifier_key(parts.keys, LOG)
    assert (await anybody.get("/emergency/summary/key.txt")).text == f"{key}\n"
    for path in ("/emergency/summary/check", "/emergency/summary/offline"):
        assert key in html.unescape((await anybody.get(path)).text)


@pytest.fixture(scope="module")
def chromium(chromium_path: str):
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def test_the_page_to_keep_checks_from_a_disk_with_no_network(chromium: Browser, tmp_path: Path):
    """The file as it is handed out, opened without a server, offline."""
    signer = NoteSigner("region.example/log/emergency-summaries", b"s" * 32)
    kept = tmp_path / "check-summary.html"
    kept.write_text(_page(signer.verifier_key), "utf-8")
    until = "2099-01-01"
    text = f"openhealthcode-emergency-summary-1\nmade 2026-01-02\nuntil {until}\n李试，男\n过敏：<b>青霉素</b>\n"
    good, stranger = signer.sign(text), NoteSigner("x.example", b"s" * 32).sign(text)
    old = signer.sign(text.replace(until, "2026-01-03"))
    other_kind = signer.sign(text.replace("summary-1", "summary-2"))
    context = chromium.new_context(locale="zh-CN")
    context.set_offline(True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kept.as_uri())

    def said(note: str) -> str:
        page.evaluate("document.querySelector('output').replaceChildren()")
        page.fill("textarea", note)
        page.click("button")
        expect(page.locator("output")).not_to_be_empty()
        return page.inner_text("output")

    assert said(good).startswith("真实")
    assert "过敏：<b>青霉素</b>" in page.inner_text("output")
    assert said(good.replace("\n", "\r\n") + "\n\n").startswith("真实")
    assert "已过旧" in said(old)
    for bad in (good.replace("青霉素", "无"), stranger, other_kind, good[:-9], "x", good + "x"):
        assert said(bad).startswith("不能相信"), bad
    assert all(url.startswith("file:") for url in asked)
    context.close()


def _page(key: str) -> str:
    sentences = catalogue(Language.CHINESE)
    return (
        environment()
        .get_template("public/summary_offline.html")
        .render(language="zh-CN", key=key, t=sentences.markup, plain=sentences.plain)
    )
