"""A resident of sixty-seven reads a life: finds a word by its initials, sees a result change, a
correction with what stood there before, and takes one paper along; in large letters, by touch alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

import visits
from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import access, app, collection
from openhealthcode.access import InCategories
from openhealthcode.database import open_pool, stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone, RecordCategory
from openhealthcode.trust import Keys
from printed import text_of
from signing_in import Phones

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def _settle(settings: Settings) -> str:
    """A record with a result that the hospital corrected; the token of its resident's phone."""
    keys, pool = Keys.open(settings.keys_at), await open_pool(settings.database_url, size=2)
    world = await visits.world(pool, keys)
    resident_id = await world.resident()
    shown = await access.own_record(
        pool, keys, resident_id, InCategories(frozenset(RecordCategory))
    )
    entry = next(one for one in shown.entries if one.day == date(2026, 2, 1))
    patient = next(one for one in shown.entries if one.type == "Patient")
    fhir_id = keys.seal_id(resident_id, entry.entry_id)
    subject = {"reference": f"Patient/{keys.seal_id(resident_id, patient.entry_id)}"}
    corrected = visits.glucose("2026-02-01", 7.4) | {"id": fhir_id, "subject": subject}
    which = collection.Which("Observation", fhir_id)
    await collection.update(pool, keys, which=which, resource=corrected, source=world.source)
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        "李试",
        Phone.parse("13912345678"),
    )
    async with transaction(pool, resident=resident_id) as connection:
        begun = await begin_session(connection, keys, resident_id, about)
    await pool.close()
    keys.close()
    return begun.token


@pytest.fixture
def home(postgres, tmp_path) -> Iterator[tuple[str, str]]:
    """Where the program is served, and the resident's token."""
    with fresh_database(postgres) as database:
        in_a_loop_of_its_own(stamp(database.owner_url, "production"))
        settings = Settings(data_directory=tmp_path, database_url=database.url)
        token = in_a_loop_of_its_own(_settle(settings))
        with served(app.create(settings, outbox=Phones())) as site:
            yield site, token


@contextmanager
def phone_of(chromium_path: str, site: str, token: str, **look: object) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", accept_downloads=True, **look
        )
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "ohc_resident", "value": token, "url": site}])
        context.add_cookies([{"name": "ohc_text", "value": "large", "url": site}])
        yield context.new_page()
        browser.close()


def test_a_life_is_read_found_and_taken_along(home, chromium_path, tmp_path):
    site, token = home
    with phone_of(chromium_path, site, token) as phone:
        phone.goto(site + "/record")
        phone.get_by_role("searchbox").fill("xt")
        phone.get_by_role("button", name="找").click()
        expect(phone.locator("[role=status]")).to_contain_text("找到 2 项")
        expect(phone.locator("main")).not_to_contain_text("青霉素")
        expect(phone.locator("main")).to_contain_text("改过")

        phone.get_by_role("link", name="血糖").first.click()
        expect(phone.locator("h1")).to_have_text("血糖")
        expect(phone.locator("main")).to_contain_text("7.4")
        expect(phone.locator(".life")).to_contain_text("那时写的是：血糖 6.1")
        assert Axe().run(phone, options=RULES).violations_count == 0

        phone.get_by_role("link", name="看变化").click()
        expect(phone.get_by_role("img", name="血糖")).to_be_visible()
        assert phone.get_by_role("row").count() == 3  # a head and two results
        expect(phone.locator("tbody")).not_to_contain_text("6.1")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390

        phone.get_by_role("link", name="7.4").or_(phone.locator("tbody a").first).first.click()
        with phone.expect_download() as taken:
            phone.get_by_role("link", name="存成 PDF").click()
        paper = tmp_path / "entry.pdf"
        taken.value.save_as(paper)
        assert "血糖" in text_of(Path(paper).read_bytes())

        phone.goto(site + "/looked")
        phone.locator("summary").filter(has_text="您自己的操作").click()
        expect(phone.locator("main")).to_contain_text("下载")


def test_all_of_it_works_without_scripts(home, chromium_path):
    site, token = home
    with phone_of(chromium_path, site, token, java_script_enabled=False) as phone:
        phone.goto(site + "/record")
        phone.get_by_role("combobox").select_option("2014")
        phone.get_by_role("button", name="找").click()
        expect(phone.locator("main")).to_contain_text("高血压")
        expect(phone.locator("[role=status]")).to_contain_text("找到 1 项")
        for name, title in (("检查结果", "检查结果"), ("用药", "我的用药"), ("接种", "预防接种")):
            phone.get_by_role("navigation", name="档案里的几页").get_by_role(
                "link", name=name
            ).click()
            expect(phone.locator("h1")).to_have_text(title)
