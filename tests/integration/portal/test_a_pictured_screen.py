"""A picture of a clinic's page says whose screen it was, and the log what they were shown then."""

from __future__ import annotations

import io
import re
from contextlib import asynccontextmanager

import pytest
from PIL import Image, ImageDraw
from rich.console import Console

import portals
import visits
from openhealthcode import access, app, audit
from openhealthcode.audit import reading as log
from openhealthcode.commands.leak import leak
from openhealthcode.commands.migrate import migrate
from openhealthcode.database import transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, staff
from openhealthcode.supervision import tracing
from openhealthcode.trust.marks import SIDE
from portals import browser, words
from signing_in import PASSWORD, Account, Phones, employ

CELL = 12
RUN = re.compile(r"M(\d+) (\d+)h(\d+)")


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


@pytest.fixture
async def platform(settings):
    async with app.opened(settings, outbox=Phones()) as opened:
        yield opened


@pytest.fixture
async def world(platform):
    return await visits.world(platform.pool, platform.keys)


@pytest.fixture
async def wang(platform, world):
    """The doctor of the hospital, with an account."""
    made = await staff.create_account(
        platform.pool, platform.keys, world.wang, staff_number="0217", password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )  # fmt: skip
    return Account(world.wang, world.hospital, "0217", made.totp_secret)


def pictured(page) -> bytes:
    """The page's cells as a browser draws them, and lines of writing over them, as JPEG."""
    path = re.search(r'id="label-cells".*?d="([^"]*)"', page.text, re.DOTALL)
    assert path is not None
    tile = Image.new("RGB", (SIDE * CELL, SIDE * CELL), (255, 255, 252))
    pen = ImageDraw.Draw(tile)
    for x, y, length in (map(int, run) for run in RUN.findall(path[1])):
        left, top = x * CELL, y * CELL
        pen.rectangle((left, top, left + int(length) * CELL - 1, top + CELL - 1), (252, 252, 249))
    screen = Image.new("RGB", (900, 600))
    for x in range(0, screen.width, tile.width):
        for y in range(0, screen.height, tile.height):
            screen.paste(tile, (x, y))
    pen = ImageDraw.Draw(screen)
    for y in range(20, 600, 40):
        pen.text((30, y), "glucose 7.3 mmol/L  potassium 4.2 mmol/L " * 3, fill=(30, 30, 40))
    file = io.BytesIO()
    screen.save(file, "JPEG", quality=70)
    return file.getvalue()


@asynccontextmanager
async def signed_in(platform, account, home):
    async with browser(portals.application(platform)) as window:
        await portals.sign_in_clerk(window, account, home)
        yield window


async def handed_in(platform, content: bytes):
    account = await employ(platform.pool, platform.keys, Role.SUPERVISOR, number="0900")
    async with signed_in(platform, account, "/supervision") as window:
        files = {"file": ("screen.jpg", content)}
        return await window.post("/supervision/traces", files=files)


async def test_whose_screen_it_is_when_and_what_the_log_says(
    platform, settings, world, wang, tmp_path
):
    resident = await world.resident()
    await world.allow(resident)
    await employ(platform.pool, platform.keys, Role.CLINICIAN, number="0333")
    async with signed_in(platform, wang, "/clinic") as desk:
        page = await desk.get("/clinic")
        await world.look(resident)
    await platform.sequencer.sequence()
    content = pictured(page)

    told = words(await handed_in(platform, content))
    assert "这是谁的屏幕" in told
    assert "王敏 0217" in told
    assert "黛川县人民医院" in told
    assert "共查看 1 次" in told
    assert "涉及 1 位居民" in told
    assert "李试" not in told
    assert "无法判断它来自哪份文件" not in told

    async with transaction(platform.pool, resident=audit.REGION) as connection:
        (line, *_) = await log.lines(
            connection, platform.keys, audit.REGION, before=None, limit=1
        )  # fmt: skip
    assert line.action == "leak.trace"
    assert line.detail["screen"] == world.wang.bytes
    assert "log.show" not in [
        one.action for one in await access.own_log(platform.pool, platform.keys, resident)
    ]

    found = tmp_path / "screen.jpg"
    found.write_bytes(content)
    console = Console(file=io.StringIO(), width=300)
    assert await leak(settings, console, found) == 0
    said = console.file.getvalue()
    assert "a screen of 王敏 0217 at 20" in said
    assert "1 looks of theirs then, at 1 people" in said
    assert "laboratory" in said


async def test_a_page_without_looks_says_so(platform, wang):
    async with signed_in(platform, wang, "/clinic") as desk:
        content = pictured(await desk.get("/clinic"))
    told = words(await handed_in(platform, content))
    assert "王敏 0217" in told
    assert "没有此人在这一分钟前后的查看记录" in told


@pytest.mark.usefixtures("wang")
async def test_a_picture_of_anything_else_names_nobody(platform):
    noise = io.BytesIO()
    Image.effect_noise((700, 500), 40).save(noise, "PNG")
    for content in (noise.getvalue(), b"\x89PNG\r\n\x1a\n" + b"\0" * 99, b"RIFF\0\0\0\0WEBPVP8 "):
        told = await handed_in_once(platform, content)
        assert told.form is tracing.Form.PICTURE
        assert told.screen is None
        assert not told.is_ours


async def handed_in_once(platform, content: bytes):
    operator = audit.Agent(audit.AgentKind.PLATFORM, audit.REGION)
    return await tracing.investigate(platform.pool, platform.keys, content, operator)


async def test_pages_of_residents_and_of_whoever_is_not_signed_in_bear_no_cells(platform):
    async with browser(portals.application(platform)) as window:
        for path in ("/", "/sign-in", "/clinic/sign-in", "/public"):
            assert "label-cells" not in (await window.get(path)).text
