"""A carried summary at the scanner of a clinic, and on the command line: read, checked, explained."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import asyncpg
import pytest
import zxingcpp
from PIL import Image
from rich.console import Console

import visits
from clinic_desk import SITE, Desk, application
from openhealthcode import access
from openhealthcode.audit import Sequencer
from openhealthcode.commands.summary import summary as check_command
from openhealthcode.database import Pool
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys
from portals import words
from visits import World


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path)


@pytest.fixture
async def world(pool: Pool, settings: Settings):
    keys = Keys.open(settings.keys_at)
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def desk(world: World, settings: Settings, tmp_path: Path):
    app = application(world)
    sequencer = Sequencer(
        world.pool, tmp_path / "log", world.keys.checkpoint_signer(settings.log_origin)
    )
    app.state.platform.sequencer = sequencer
    opened = await Desk.opened(world, app)
    await opened.sign_in()
    yield opened
    sequencer.close()


@pytest.fixture
async def note(world: World, settings: Settings) -> str:
    carried = await access.carry_emergency_summary(
        world.pool,
        world.keys,
        await world.resident(),
        log=settings.log_origin,
        language="zh-CN",
    )
    return carried.note


def photograph(text: str) -> bytes:
    """A picture of the code as somebody's telephone takes it of paper."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = code.to_image(scale=6)
    written = BytesIO()
    pixels = memoryview(image).tobytes()
    Image.frombuffer("L", image.shape[::-1], pixels).convert("RGB").save(written, "JPEG")
    return written.getvalue()


async def test_a_scanned_summary_is_shown_and_nothing_is_looked_up(desk, note, owner_url):
    owner = await asyncpg.connect(owner_url)
    before = await owner.fetchval("SELECT count(*) FROM audit.event")
    page = await desk.scan(note)
    assert page.status_code == 200
    assert "由本地区签发，没有被改动" in words(page)
    assert "过敏：青霉素" in words(page)
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == before
    await owner.close()


async def test_a_photographed_summary_is_read(desk, note):
    files = {"picture": ("paper.jpg", photograph(note), "image/jpeg")}
    page = await desk.browser.post("/clinic/scan/picture", files=files, headers={"Origin": SITE})
    assert "过敏：青霉素" in words(page)


async def test_an_altered_one_and_a_first_line_alone_are_explained(desk, note):
    for scanned in (note.replace("青霉素", "无"), note.split("\n")[0], note.replace("\n", "")):
        page = await desk.scan(scanned)
        assert page.status_code == 422
        assert "没有读全，或不能相信" in words(page)
        assert "青霉素" not in page.text


def test_the_command_checks_text_and_picture_with_the_published_key_alone(
    note, world, settings, tmp_path
):
    key = access.summary_verifier_key(world.keys, settings.log_origin)
    nowhere = Settings(data_directory=tmp_path / "nowhere")
    for name, data in (("note.txt", note.encode()), ("paper.jpg", photograph(note))):
        path = tmp_path / name
        path.write_bytes(data)
        console = Console(record=True, width=200)
        assert check_command(nowhere, console, path, key) == 0
        told = console.export_text()
        assert "过敏：青霉素" in told
        assert "unaltered." in told
    assert check_command(settings, Console(quiet=True), tmp_path / "note.txt", "") == 0
    with pytest.raises(InvalidInput):
        check_command(nowhere, Console(), tmp_path / "note.txt", "")
    with pytest.raises(InvalidInput):
        check_command(nowhere, Console(), tmp_path / "missing", key)
    with pytest.raises(InvalidInput):
        check_command(nowhere, Console(), tmp_path / "note.txt", "no+key")


def test_the_command_refuses_what_was_altered_and_says_what_is_old(note, world, settings, tmp_path):
    key = access.summary_verifier_key(world.keys, settings.log_origin)
    altered = tmp_path / "altered.txt"
    altered.write_text(note.replace("青霉素", "无"), "utf-8")
    with pytest.raises(access.SummaryUntrusted):
        check_command(settings, Console(), altered, key)
    old = tmp_path / "old.txt"
    signer = world.keys.summary_signer(f"{settings.log_origin}/emergency-summaries")
    head = "openhealthcode-emergency-summary-1\nmade 2024-01-02\nuntil 2024-04-01\n"
    old.write_text(signer.sign(f"{head}李试\n"), "utf-8")
    console = Console(record=True, width=200)
    assert check_command(settings, console, old, key) == 1
    assert "not to be relied on today" in console.export_text()
