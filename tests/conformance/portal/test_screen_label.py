"""Who photographs a clinic's screen photographs who was looking: the label is brought out, the record not."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat
from playwright.sync_api import sync_playwright

from examples import clinic_pages
from examples.served import served
from openhealthcode.supervision.tracing import bring_out, read_name
from openhealthcode.trust.marks import ScreenCode

WITHOUT = "() => document.querySelectorAll('svg.label').forEach(one => one.remove())"


@pytest.fixture(scope="module")
def screens(chromium_path):
    """A record on a screen, with its label and without, and with it on a dark page."""
    with served(clinic_pages.app()) as at, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.goto(f"{at}/clinic/record")
        shown = page.screenshot()
        page.evaluate(WITHOUT)
        without = page.screenshot()
        page.emulate_media(color_scheme="dark")
        page.goto(f"{at}/clinic/record")
        yield shown, without, page.screenshot()
        browser.close()


def sent_on(picture: bytes, quality: int, scale: float) -> bytes:
    """Made smaller, compressed, and cropped to a fifth in which there is little else."""
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB").resize(
            (int(image.width * scale), int(image.height * scale)), Image.Resampling.LANCZOS
        )
    left, top = int(small.width * 0.3), int(small.height * 0.5)
    cropped = small.crop(
        (left, top, left + int(small.width * 0.45), top + int(small.height * 0.45))
    )
    file = io.BytesIO()
    cropped.save(file, "JPEG", quality=quality)
    return file.getvalue()


def whose(picture: bytes, code: ScreenCode = clinic_pages.SCREENS):
    others = [UUID(int=number) for number in range(1, 200)]
    until = clinic_pages.NOW + timedelta(minutes=1)
    return read_name(code, picture, [clinic_pages.ACCOUNT, *others], until)


@pytest.mark.parametrize(("quality", "scale"), [(95, 1.0), (60, 1.0), (75, 0.6)])
def test_a_program_reads_whose_screen_it_is_and_when(screens, quality, scale):
    told = whose(sent_on(screens[0], quality, scale))
    assert told is not None
    assert told.account == clinic_pages.ACCOUNT
    assert told.minute == clinic_pages.NOW.replace(second=0)
    assert told.chance < 1e-6


def test_a_dark_page_is_read_too(screens):
    told = whose(screens[2])
    assert told is not None
    assert told.account == clinic_pages.ACCOUNT
    assert told.minute == clinic_pages.NOW.replace(second=0)


def test_without_cells_or_without_the_key_nobody_is_named(screens):
    assert whose(screens[1]) is None
    assert whose(screens[0], ScreenCode(b"another region's key: 32 bytes..")) is None


def dark(picture: bytes | None) -> Image.Image:
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        return image.point([255 if tone < 120 else 0 for tone in range(256)])


@pytest.mark.parametrize(("quality", "scale"), [(95, 1.0), (80, 1.0), (75, 0.8)])
def test_what_is_brought_out_is_the_label(screens, quality, scale):
    """Where the screens differ, by the label alone, the picture is dark; it is not by chance."""
    with_label, without = (bring_out(sent_on(one, quality, scale)) for one in screens[:2])
    more = ImageChops.subtract(dark(with_label), dark(without))
    assert ImageStat.Stat(more).sum[0] / 255 > 400 * scale**2


def test_black_text_of_a_record_is_blotted_out():
    image = Image.new("L", (600, 120), 255)
    ImageDraw.Draw(image).text((10, 20), "HIV 1.7 mmol/L", fill=0, font=ImageFont.load_default(48))
    file = io.BytesIO()
    image.save(file, "PNG")
    told = bring_out(file.getvalue())
    assert told is not None
    with Image.open(io.BytesIO(told)) as brought:
        tones = brought.histogram()
    assert tones[200] > 5 * sum(tones[:120])


def test_a_bomb_is_no_picture():
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert bring_out(file.getvalue()) is None
