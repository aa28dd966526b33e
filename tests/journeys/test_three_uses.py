"""J12 in a real browser: one code, three uses: see a doctor, settle with the insurer, pay.

Insurer, payment service and cash desk are programs of their own, each with its keys and its
database, as in the demonstration. What each of them keeps on its disk is read at the end: nobody
learned what is not theirs, and nothing two of them keep leads from one to the other.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cash_desk import kept_by, running
from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app, demonstration
from openhealthcode.database import stamp
from openhealthcode.demonstration import PASSWORD, Accounts, DemonstrationOutbox
from openhealthcode.demonstration.partners import Running
from openhealthcode.demonstration.region import LEADING
from openhealthcode.settings import Settings
from scanning import code, scan

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
WORD = re.compile(r"[A-Za-z0-9_-]{8,}").findall
LI, WANG, GAO = "李春兰", "王敏", "高远"
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""


@dataclass
class Region:
    """A small region being served, and the three services beside it."""

    site: str
    accounts: Accounts
    outbox: DemonstrationOutbox
    services: Running

    @property
    def li(self):
        return next(one for one in self.accounts.residents if one.name == LI)

    def staff(self, name: str):
        return next(one for one in self.accounts.staff if one.name == name)


@pytest.fixture
def region(postgres, tmp_path) -> Iterator[Region]:
    with running(tmp_path / "partners") as services, fresh_database(postgres) as database:
        in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
        settings = Settings(data_directory=tmp_path / "region", database_url=database.url)
        outbox = DemonstrationOutbox()
        accounts = in_a_loop_of_its_own(_fill(settings))
        with served(app.create(settings, outbox=outbox, is_synthetic=True)) as site:
            in_a_loop_of_its_own(_introduce(settings, services, site))
            yield Region(site, accounts, outbox, services)


async def _fill(settings: Settings) -> Accounts:
    whole = demonstration.generate(datetime.now(UTC).date())
    leading = set(LEADING.values())
    told = replace(whole, residents=tuple(r for r in whole.residents if r.key in leading))
    async with app.opened(settings, is_synthetic=True) as platform:
        return await demonstration.fill(platform, told, lambda _: None)


async def _introduce(settings: Settings, services: Running, site: str) -> None:
    async with app.opened(settings, is_synthetic=True) as platform:
        operator_id = await demonstration.partners.clerk(platform.pool)
        await demonstration.partners.introduce(
            platform, services, site=site, operator_id=operator_id
        )


def window(browser: Browser, size: dict[str, int], **more: object) -> Page:
    context = browser.new_context(
        viewport=size, locale="zh-CN", service_workers="block", **more
    )  # a desk that thinks the network is gone is another journey
    context.set_default_timeout(60_000)
    context.set_default_navigation_timeout(60_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def sign_in_by_sms(phone: Page, region: Region) -> None:
    phone.goto(region.site + "/sign-in")
    phone.fill('[name="number"]', region.li.national_id)
    phone.fill('[name="name"]', region.li.name)
    phone.fill('[name="phone"]', region.li.phone)
    phone.click("form.card button")
    phone.wait_for_selector('[name="code"]')
    phone.fill('[name="code"]', region.outbox.code_for(region.li.phone))
    phone.click("form.card button")
    expect(phone.locator(".qr")).to_be_visible()


def sign_in_staff(page: Page, region: Region, name: str, path: str) -> None:
    account = region.staff(name)
    page.goto(f"{region.site}{path}/sign-in")
    page.fill('[name="account"]', account.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', account.code(time.time()))
    page.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    page.wait_for_url(f"{region.site}{path}*")


def shown(phone: Page, region: Region) -> str:
    """A fresh code, as a hand scanner reads it from the screen."""
    phone.goto(region.site + "/")
    phone.wait_for_selector(".qr")
    return code(phone.screenshot())


def charge(desk: Page, region: Region, code: str, *uses: str, terminal: str = "till") -> None:
    desk.goto(region.services.address("cashier"))
    desk.check(f'[name="terminal"][value="{terminal}"]')
    for box in desk.locator('[name="use"]').all():
        box.set_checked(box.get_attribute("value") in uses)
    desk.fill('[name="code"]', code)
    desk.click("button")


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_j12_one_code_opens_a_visit_settles_and_pays(browser, region):
    phone = window(browser, PHONE, is_mobile=True)
    sign_in_by_sms(phone, region)
    account = switch_both_on(browser, phone, region)

    doctor = window(browser, DESK)
    sign_in_staff(doctor, region, WANG, "/clinic")
    doctor.goto(region.site + "/clinic")
    scan(doctor, shown(phone, region))
    doctor.click('button[value="ask"]')
    phone.click('button[value="allow"]')
    expect(doctor.locator(".record")).to_contain_text("青霉素")

    desk = window(browser, DESK)
    code = shown(phone, region)
    charge(desk, region, code, "settle", "pay")
    expect(desk.locator("#settled")).to_contain_text("¥60.55")
    expect(desk.locator("#paid")).to_contain_text("¥25.95")
    keep(desk, "cash-desk")
    charge(desk, region, code, "settle", "pay")
    expect(desk.locator("[role=alert]")).to_contain_text("code-spent")

    charge(desk, region, shown(phone, region), "treat", "pay", terminal="machine")
    expect(desk.locator("[role=alert]")).to_contain_text("use-not-certified")
    keep(desk, "machine-refused")
    supervisor = window(browser, DESK)
    sign_in_staff(supervisor, region, GAO, "/supervision")
    supervisor.goto(region.site + "/supervision/lookups")
    expect(supervisor.locator(".case")).to_contain_text("自助付款机一")
    keep(supervisor, "alarm")

    phone.goto(region.site + "/uses")
    used = phone.locator("ol.rows > li")
    expect(used.nth(0)).to_contain_text("监管人员已经知道")
    expect(used.nth(1)).to_contain_text("医保结算、付款")
    expect(used.nth(2)).to_contain_text("就诊")
    keep(phone, "uses-phone")
    phone.goto(region.site + "/looked")
    expect(phone.locator("body")).to_contain_text("结算医保并收款")
    insurer = window(browser, DESK)
    insurer.goto(region.services.address("insurer"))
    expect(insurer.locator("tbody")).to_contain_text("¥86.50")
    keep(insurer, "insurer")
    nobody_learned_what_is_not_theirs(region, account)

    phone.goto(region.site + "/uses")
    phone.locator('form[action$="/off"] button').first.click()
    expect(phone.locator("[role=status]")).to_contain_text("已经关闭")
    charge(desk, region, shown(phone, region), "settle")
    expect(desk.locator(".not-given")).to_contain_text("not-switched-on")
    assert phone.complaints == doctor.complaints == desk.complaints == []


def switch_both_on(browser: Browser, phone: Page, region: Region) -> str:
    """At the insurer with one tap, at the payment service by the number it gave; the account."""
    house = window(browser, DESK)
    house.goto(region.services.address("payment"))
    house.fill('[name="owner"]', "阿兰")
    house.click("form button")
    number = house.inner_text("#number")
    keep(house, "payment")
    phone.goto(region.site + "/me")
    phone.click('a[href="/uses"]')
    keep(phone, "uses-before")
    phone.get_by_role("button", name="开通黛川县医疗保障局").click()
    expect(phone.locator("[role=status]")).to_contain_text("已经开通")
    phone.fill('[name="number"]', "11112222")
    phone.get_by_role("button", name="开通黛川支付").click()
    expect(phone.locator("[role=alert]")).to_contain_text("没有接受")
    phone.fill('[name="number"]', number)
    phone.get_by_role("button", name="开通黛川支付").click()
    expect(phone.locator("[role=status]")).to_contain_text("已经开通")
    return house.inner_text("#account")


def nobody_learned_what_is_not_theirs(region: Region, account: str) -> None:
    insurer, payment, desk = (
        kept_by(region.services, name) for name in ("insurer", "payment", "cashier")
    )
    assert region.li.national_id in insurer["customer"]
    assert len(insurer["settlement"]) == 6
    assert len(payment["trade"]) == 6
    assert len(desk["bill"]) == 7
    told = {
        name: "\n".join(value for values in kept.values() for value in values)
        for name, kept in (("insurer", insurer), ("payment", payment), ("cashier", desk))
    }
    for clinical in ("青霉素", "高血压", "缬沙坦", WANG, "内科", "门诊费用"):
        assert clinical not in told["insurer"]
        assert clinical not in told["payment"]
    for person in (LI, region.li.national_id, region.li.phone):
        assert person not in told["payment"]
        assert person not in told["cashier"]
    assert account not in told["cashier"]
    assert account not in told["insurer"]
    (subject_of_insurer, _), (subject_of_payment, _) = insurer["subject"], payment["subject"]
    assert subject_of_insurer != subject_of_payment
    for subject in (subject_of_insurer, subject_of_payment):
        assert subject not in told["cashier"]
    # What both outsiders keep, but for the hour and amounts, is the name of the hospital alone.
    words = {
        name: {
            word for value in re.split(r"\n", text) if not is_number(value) for word in WORD(value)
        }
        for name, text in told.items()
    }
    (hospital,) = {insurer["settlement"][2]}
    assert words["insurer"] & words["payment"] == {hospital}


def is_number(value: str) -> bool:
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) is not None and len(value) < 20
