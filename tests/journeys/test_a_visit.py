"""J1 and J3 in two real browsers: a phone is bound at a counter, and a visit goes from code to refusal.

The code on the phone's screen reaches the clinic as a doctor's camera would see it: each picture of
the phone becomes a frame of the other browser's (fake) camera.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app, demonstration
from openhealthcode.database import stamp
from openhealthcode.demonstration import PASSWORD, Accounts, DemonstrationOutbox
from openhealthcode.demonstration.accounts import ResidentAccount, StaffAccount
from openhealthcode.demonstration.region import LEADING
from openhealthcode.settings import Settings
from scanning import code, scan

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
NEW_PHONE = "19955500001"


@dataclass
class Region:
    """A small region being served: its address, who can sign in, and where messages arrive."""

    site: str
    accounts: Accounts
    outbox: DemonstrationOutbox

    def resident(self, name: str) -> ResidentAccount:
        return next(one for one in self.accounts.residents if one.name == name)

    def staff(self, name: str) -> StaffAccount:
        return next(one for one in self.accounts.staff if one.name == name)


@pytest.fixture(scope="module")
def region(postgres, tmp_path_factory) -> Iterator[Region]:
    """The people the demonstration tells of, filed through the doors everybody uses."""
    with fresh_database(postgres) as database:
        in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
        settings = Settings(
            data_directory=tmp_path_factory.mktemp("visit"), database_url=database.url
        )
        outbox = DemonstrationOutbox()
        accounts = in_a_loop_of_its_own(_fill(settings))
        with served(app.create(settings, outbox=outbox, is_synthetic=True)) as site:
            yield Region(site, accounts, outbox)


async def _fill(settings: Settings) -> Accounts:
    whole = demonstration.generate(datetime.now(UTC).date())
    leading = set(LEADING.values())
    told = replace(whole, residents=tuple(r for r in whole.residents if r.key in leading))
    async with app.opened(settings, is_synthetic=True) as platform:
        return await demonstration.fill(platform, told, lambda _: None)


@contextmanager
def browsers(chromium_path: str, camera: Path) -> Iterator[tuple[Page, Page]]:
    """A phone and a clinic's computer whose camera shows the film ``camera``."""
    with sync_playwright() as playwright:
        launch = playwright.chromium.launch
        phone = launch(executable_path=chromium_path, args=CHROMIUM)
        desk = launch(
            executable_path=chromium_path,
            args=[*CHROMIUM, *CAMERA, f"--use-file-for-fake-video-capture={camera}"],
        )
        yield _page(phone, PHONE, is_mobile=True), _page(desk, DESK)
        phone.close()
        desk.close()


def _page(browser: Browser, size: dict[str, int], **more: object) -> Page:
    context = browser.new_context(viewport=size, locale="zh-CN", **more)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def sign_in_by_sms(phone: Page, region: Region, number: str, name: str, telephone: str) -> None:
    phone.goto(region.site + "/sign-in")
    phone.fill('[name="number"]', number)
    phone.fill('[name="name"]', name)
    phone.fill('[name="phone"]', telephone)
    phone.click("form.card button")
    phone.wait_for_selector('[name="code"]')
    phone.fill('[name="code"]', region.outbox.code_for(telephone))
    phone.click("form.card button")


def sign_in_staff(page: Page, region: Region, name: str, path: str) -> None:
    account = region.staff(name)
    page.goto(region.site + path)
    page.fill('[name="account"]', account.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', account.code(time.time()))
    page.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')


def film(phone: Page, camera: Path) -> None:
    """What a camera held over the phone sees: a grey table, then the screen, a little askew."""
    shown = Image.open(BytesIO(phone.screenshot())).convert("RGB")
    screen = shown.resize((shown.width * 5 // 6, shown.height * 5 // 6)).crop((0, 60, 325, 540))
    table = Image.new("RGB", (640, 480), (170, 170, 170))
    table.paste(screen.rotate(4, expand=True, fillcolor=(170, 170, 170)), (140, 0))
    frame, empty = BytesIO(), BytesIO()
    table.save(frame, "JPEG", quality=85)
    Image.new("RGB", (640, 480), (170, 170, 170)).save(empty, "JPEG")
    camera.write_bytes(empty.getvalue() * 5 + frame.getvalue() * 20)


def read(phone: Page) -> str:
    """What a hand scanner reads from the phone's screen."""
    phone.wait_for_selector(".qr")
    return code(phone.screenshot())


def keep(page: Page, name: str) -> None:
    """Write the picture the README shows, when asked to (``make images``)."""
    if os.environ.get("OHC_KEEP_IMAGES"):
        IMAGES.mkdir(exist_ok=True)
        page.screenshot(path=IMAGES / name)


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    return tmp_path / "camera.mjpeg"


def test_j1_a_phone_is_bound_once_at_a_counter_and_then_shows_the_code(
    region, chromium_path, camera
):
    resident = region.resident("张慧")
    with browsers(chromium_path, camera) as (phone, desk):
        phone.goto(region.site + "/")
        phone.wait_for_selector('[name="number"]')
        wrong = resident.national_id[:-1] + ("1" if resident.national_id[-1] != "1" else "2")
        phone.fill('[name="number"]', wrong)
        phone.fill('[name="name"]', resident.name)
        phone.fill('[name="phone"]', NEW_PHONE)
        phone.click("form.card button")
        expect(phone.locator("form.card")).to_contain_text(
            "最后一位"
        )  # the check digit, named at once

        sign_in_by_sms(phone, region, resident.national_id, resident.name, NEW_PHONE)
        number = phone.locator(".binding-number")
        expect(number).to_be_visible()
        assert phone.locator(".qr").count() == 0  # number and name alone open nothing

        sign_in_staff(desk, region, "孙晓燕", "/registrar")
        desk.fill('[name="number"]', number.inner_text().replace(" ", ""))
        desk.click("form.card button.primary")
        expect(desk.locator("dl.compare")).to_contain_text("张*")
        assert resident.national_id not in desk.content()
        desk.check('[name="proof"] >> nth=0')
        desk.click("form.card button.primary")

        expect(phone.locator(".qr")).to_be_visible(timeout=30_000)
        expect(phone.locator("h1")).to_have_text(resident.name)
        assert phone.complaints == desk.complaints == []


def test_j3_shown_scanned_allowed_in_part_read_withdrawn_refused(region, chromium_path, camera):
    li = region.resident("李春兰")
    with browsers(chromium_path, camera) as (phone, desk):
        sign_in_by_sms(phone, region, li.national_id, li.name, li.phone)
        expect(phone.locator(".qr")).to_be_visible()
        sign_in_staff(desk, region, "王敏", "/clinic")
        desk.wait_for_selector("[data-camera]")

        phone.reload()  # a fresh minute
        film(phone, camera)
        desk.click("[data-camera]")
        expect(desk.locator('button[value="ask"]')).to_be_visible(timeout=45_000)
        expect(desk.locator("body")).to_contain_text("李春兰")
        assert "青霉素" not in desk.content()  # a scan identifies, and opens nothing

        desk.check('[name="category"][value="family-history"]')
        desk.click('button[value="ask"]')
        allow = phone.locator('button[value="allow"]')
        expect(allow).to_be_visible(timeout=30_000)  # the sheet rises by itself
        expect(phone.locator("body")).to_contain_text("王敏")
        asked_for = int("".join(filter(str.isdigit, allow.inner_text())))
        phone.uncheck('[name="category"][value="laboratory"]')
        left = int("".join(filter(str.isdigit, allow.inner_text())))
        assert 0 < left < asked_for
        keep(phone, "phone.png")
        allow.click()

        record = desk.locator(".record")
        expect(record).to_be_visible(timeout=30_000)  # the record opens by itself
        expect(record).to_contain_text("青霉素")
        expect(record).to_contain_text("缬沙坦")
        assert "糖化血红蛋白" not in desk.content()
        assert "抑郁" not in desk.content()
        desk.keyboard.press("/")
        desk.keyboard.type("gxy")  # 高血压 by its initials
        expect(record).to_contain_text("高血压")

        phone.goto(region.site + "/looked")
        expect(phone.locator(".look").first).to_contain_text("王敏")
        phone.goto(region.site + "/")
        phone.click('form[action$="/withdraw"] button')
        expect(desk.locator(".ending")).to_be_visible(
            timeout=30_000
        )  # told at once, without a click
        desk.go_back()
        desk.reload()
        assert "青霉素" not in desk.content()

        desk.evaluate("sessionStorage.clear()")  # else the camera goes on, over the same old film
        desk.goto(region.site + "/clinic")  # another visit, and this time all is allowed
        phone.goto(region.site + "/")
        scan(desk, read(phone))
        desk.click('button[value="ask"]')
        phone.click('button[value="allow"]')
        expect(desk.locator(".record")).to_contain_text("糖化血红蛋白")
        keep(desk, "clinic.png")
        assert phone.complaints == desk.complaints == []
