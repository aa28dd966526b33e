"""J11 in a real browser: a patient away from home, two installations, one nation's trust list.

The clinic of one region scans the code of another. The home region asks its resident, shows what was
allowed and writes the visitor's name into the log; once it is off the list, its codes are refused.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import scanning
from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app, demonstration, registry, trust
from openhealthcode.database import stamp
from openhealthcode.demonstration import PASSWORD, Accounts, DemonstrationOutbox
from openhealthcode.demonstration.region import LEADING
from openhealthcode.registry import Region
from openhealthcode.settings import Settings
from openhealthcode.trust import Authority, Issuer, StatusList
from trusting import Nation, issuer_of

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
LI, WANG = "李春兰", "王敏"
HOME, AWAY = Region(880101, 7, "黛川县", "Daichuan", ""), Region(880202, 8, "雁回县", "Yanhui", "")
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""


@dataclass
class Installation:
    """One region, being served."""

    region: Region
    settings: Settings
    accounts: Accounts
    outbox: DemonstrationOutbox
    issuer: Issuer
    site: str = ""

    def person(self, name: str):
        return next(one for one in self.accounts.residents if one.name == name)

    def staff(self, name: str):
        return next(one for one in self.accounts.staff if one.name == name)


@dataclass
class Country:
    """Two regions and the nation whose list names them."""

    nation: Nation
    home: Installation
    away: Installation

    def list(self, *named: Installation) -> None:
        """Publish the next list, which names these, in both regions."""
        document = self.nation.listing(*(one.issuer for one in named))
        for one in (self.home, self.away):
            in_a_loop_of_its_own(self._publish(one, document, named))

    async def _publish(self, one: Installation, document: bytes, named) -> None:
        async with app.opened(one.settings, is_synthetic=True) as platform:
            trust.admit(platform.keys.directory, Authority(trust.NATIONAL, self.nation.roots))
            await trust.publish(platform.pool, platform.keys, document, trust.NATIONAL)
            if one in named:
                nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
                now = datetime.now(UTC)
                await trust.publish_status(platform.pool, platform.keys, one.issuer, nothing, now)


@pytest.fixture
def country(postgres, tmp_path) -> Iterator[Country]:
    with ExitStack() as stack:
        home, away = (_made(stack, postgres, tmp_path / one.name_en, one) for one in (HOME, AWAY))
        made = Country(Nation.made(), home, away)
        made.list(home, away)
        for one in (home, away):
            serving = app.create(one.settings, outbox=one.outbox, is_synthetic=True)
            one.site = stack.enter_context(served(serving))
            one.region = replace(one.region, address=one.site)
        for one, other in ((home, away), (away, home)):
            in_a_loop_of_its_own(_introduce(one.settings, other.region))
        yield made


def _made(stack: ExitStack, postgres, directory: Path, region: Region) -> Installation:
    database = stack.enter_context(fresh_database(postgres))
    in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
    settings = Settings(
        data_directory=directory,
        database_url=database.url,
        region_number=region.number,
        region_division=region.division,
    )
    accounts, issuer = in_a_loop_of_its_own(_fill(settings))
    return Installation(region, settings, accounts, DemonstrationOutbox(), issuer)


async def _fill(settings: Settings) -> tuple[Accounts, Issuer]:
    whole = demonstration.generate(datetime.now(UTC).date())
    leading = set(LEADING.values())
    told = replace(whole, residents=tuple(r for r in whole.residents if r.key in leading))
    async with app.opened(settings, is_synthetic=True) as platform:
        accounts = await demonstration.fill(platform, told, lambda _: None)
        return accounts, issuer_of(platform.keys, platform.keys.issuers.make())


async def _introduce(settings: Settings, other: Region) -> None:
    async with app.opened(settings, is_synthetic=True) as platform:
        await registry.admit_region(platform.pool, other)


def window(browser: Browser, size: dict[str, int], **more: object) -> Page:
    context = browser.new_context(viewport=size, locale="zh-CN", service_workers="block", **more)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def sign_in_by_sms(phone: Page, at: Installation) -> None:
    li = at.person(LI)
    phone.goto(at.site + "/sign-in")
    phone.fill('[name="number"]', li.national_id)
    phone.fill('[name="name"]', li.name)
    phone.fill('[name="phone"]', li.phone)
    phone.click("form.card button")
    phone.wait_for_selector('[name="code"]')
    phone.fill('[name="code"]', at.outbox.code_for(li.phone))
    phone.click("form.card button")
    expect(phone.locator(".qr")).to_be_visible()


def sign_in_doctor(page: Page, at: Installation) -> None:
    account = at.staff(WANG)
    page.goto(f"{at.site}/clinic/sign-in")
    page.fill('[name="account"]', account.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', account.code(time.time()))
    page.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    page.wait_for_url(f"{at.site}/clinic*")


def scan(doctor: Page, phone: Page, country: Country) -> None:
    """A fresh code from the phone's screen, into the field of the clinic elsewhere."""
    phone.goto(country.home.site + "/")
    phone.wait_for_selector(".qr")
    for _ in range(20):  # the sheet of a request still waiting may lie over it
        phone.keyboard.press("Escape")
        found = scanning.codes(phone.screenshot(full_page=True))
        if found:
            break
    doctor.goto(country.away.site + "/clinic")
    scanning.scan(doctor, found.pop())


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_j11_a_clinic_elsewhere_sees_what_the_resident_allows_and_is_named_at_home(
    browser, country
):
    phone = window(browser, PHONE, is_mobile=True)
    sign_in_by_sms(phone, country.home)
    doctor = window(browser, DESK)
    sign_in_doctor(doctor, country.away)

    scan(doctor, phone, country)
    expect(doctor.locator(".waiting")).to_contain_text("黛川县")
    keep(doctor, "away-waiting")
    expect(phone.locator("body")).to_contain_text("雁回县")
    keep(phone, "away-asked")
    phone.click('button[value="allow"]')
    expect(doctor.locator(".record")).to_contain_text("青霉素")
    expect(doctor.locator(".record")).to_contain_text("黛川县")
    keep(doctor, "away-record")

    phone.goto(country.home.site + "/looked")
    expect(phone.locator("main")).to_contain_text("雁回县")
    expect(phone.locator("main")).to_contain_text(WANG)
    keep(phone, "away-looked")

    phone.locator('form[action$="/withdraw"] button').first.click()
    expect(doctor.locator(".ending")).to_be_visible()

    scan(doctor, phone, country)
    doctor.click(".emergency-link")
    doctor.check('[name="level"][value="1"]')
    doctor.fill('[name="reason"]', "昏迷，无人陪同")
    keep(doctor, "away-emergency")
    doctor.click("button.urgent")
    expect(doctor.locator(".override-line")).to_be_visible()
    expect(doctor.locator(".record")).to_contain_text("青霉素")
    keep(doctor, "away-override")

    country.list(country.away)
    time.sleep(6)  # each process looks for another list every five seconds
    scan(doctor, phone, country)
    expect(doctor.locator("[role=alert]")).to_contain_text("没有回应")
    keep(doctor, "away-off-the-list")
    assert phone.complaints == doctor.complaints == []
