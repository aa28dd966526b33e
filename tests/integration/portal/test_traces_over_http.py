"""A supervisor hands in a found file and reads to whom it was handed over, or that it cannot be said."""

from __future__ import annotations

import io
import json
import threading
from random import Random

import pytest
from PIL import Image

import portals
import systems
import visits
from openhealthcode import access, collection
from openhealthcode.access.handing_over import Form, begin, lines
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

LIFE = [visits.glucose(f"2025-{1 + n % 12:02}-{1 + n % 28:02}", 4 + n / 10) for n in range(120)]


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
async def supervisor(parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number="0900")
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


@pytest.fixture
async def resident(parts, world):
    sent = visits.bundle(visits.patient(2), *LIFE, key="t2")
    filed = await collection.file_bundle(parts.pool, parts.keys, bundle=sent, source=world.source)
    return filed.resident_id


async def handed_in(window, content: bytes, name: str = "found.json"):
    return await window.post("/supervision/traces", files={"file": (name, content)})


async def given_to(parts, world, name: str, entries) -> bytes:
    """A file as a system of the hospital is handed it."""
    system = await systems.connect(world, world.hospital, name)
    agent = Agent(AgentKind.SYSTEM, system.system_id, world.hospital)
    mark_id = await begin(parts.pool, Form.LINES, agent)
    return b"\n".join(lines(parts.keys, mark_id, entries))


async def test_a_file_cropped_to_a_fifth_still_names_its_disclosure(
    parts, world, supervisor, resident
):
    entries = (await access.own_record(parts.pool, parts.keys, resident)).entries
    observations = [one for one in entries if one.type == "Observation"]
    files = {name: await given_to(parts, world, name, observations) for name in ("甲", "乙")}
    for name, content in files.items():
        told = content.splitlines()
        fifth = [json.loads(line) for line in told[50 : 50 + len(told) // 5]]
        page = await handed_in(supervisor, json.dumps(Random(1).sample(fifth, len(fifth))).encode())
        assert page.status_code == 200
        assert name in words(page)
        assert "它来自以下 1 份文件" in words(page)
        assert "血糖" not in page.text, "nothing of a record is shown"
        assert "李试" not in page.text
    lines_ = await access.own_log(parts.pool, parts.keys, resident)
    assert "leak.trace" in [line.action for line in lines_]


async def test_without_marks_it_is_said_who_was_shown_it(parts, supervisor, resident):
    ids = [e.body for e in (await access.own_record(parts.pool, parts.keys, resident)).entries]
    found = json.dumps([json.loads(body)["id"] for body in ids]).encode()
    page = await handed_in(supervisor, found)
    assert "无法判断它来自哪份文件" in words(page)
    assert "居民本人" in words(page)
    assert f"全部 {len(ids)} 条" in words(page)


@pytest.mark.parametrize(
    "content", [b"name,number\n1,2\n", b"%PDF-1.4", b"\x00" * 999, b"[" * 9999]
)
async def test_what_is_not_ours_is_answered_the_same(supervisor, content):
    page = await handed_in(supervisor, content, "a<b>.csv")
    assert page.status_code == 200
    assert "无法判断它来自哪份文件" in words(page)
    assert "其中没有可以查到的本区域内容" in words(page)
    assert "a<b>" not in page.text


async def test_no_file_an_empty_one_and_too_large_a_one(supervisor):
    for answer in (
        await handed_in(supervisor, b""),
        await supervisor.post("/supervision/traces", data={"file": "x"}),
        await supervisor.post("/supervision/traces"),
        await supervisor.post("/supervision/traces", files={"other": ("x", b"x")}),
    ):
        assert answer.status_code == 422
        assert "请选择一个不为空的文件" in words(answer)
    large = await handed_in(supervisor, b"a" * 19_100_000)
    assert large.status_code == 422
    assert "19 MB" in words(large)


async def test_the_label_of_a_pictured_screen_is_brought_out(supervisor):
    for content in (b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        answer = await supervisor.post("/supervision/traces/label", files={"file": ("x", content)})
        assert answer.status_code == 422
        assert "PNG、JPEG" in words(answer)
    screen = io.BytesIO()
    Image.new("RGB", (400, 300), "#fbfaf6").save(screen, "PNG")
    files = {"file": ("screen.png", screen.getvalue())}
    answer = await supervisor.post("/supervision/traces/label", files=files)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


async def test_nobody_waits_for_the_ids_of_a_large_file(supervisor, monkeypatch):
    """Ids are opened one by one, a hundred thousand in seconds: beside what others ask, not before it."""
    opened, open_id = [], Keys.open_id

    def noted(self, text):
        opened.append(threading.current_thread() is threading.main_thread())
        return open_id(self, text)

    monkeypatch.setattr(Keys, "open_id", noted)
    found = json.dumps([f"{number:064d}" for number in range(500)]).encode()
    page = await handed_in(supervisor, found)
    assert "其中没有可以查到的本区域内容" in words(page)
    assert len(opened) >= 500
    assert not any(opened)


async def test_nobody_else_reaches_it(parts):
    async with browser(portals.application(parts)) as stranger:
        page = await stranger.get("/supervision/traces", follow_redirects=False)
        assert page.status_code == 303
