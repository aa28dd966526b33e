"""J15 in real browsers: a clinician orders what another institution already did, and is told so.

The resident allows the visit; the test is repeated only with a coded reason, and the resident reads
in the own record what the doctor explained, and in the log that the record was looked at.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import portals
import visits
from databases import in_a_loop_of_its_own
from examples.served import served
from openhealthcode import collection, healthcode, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import open_pool, transaction
from openhealthcode.record.orders import RECOGNITION
from openhealthcode.sign_in import Role, staff
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys, totp_code
from scanning import code, scan
from signing_in import PASSWORD, Phones

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""
ELSEWHERE = "演示州人民医院"


def hba1c() -> dict[str, object]:
    day = datetime.now(UTC).date() - timedelta(days=12)
    return {
        **visits.glucose(day.isoformat(), 6.8),
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "4548-4"}],
            "text": "糖化血红蛋白",
        },
        "extension": [{"url": RECOGNITION, "valueCode": "HR"}],
    }


@dataclass
class Region:
    """The program being served, the resident's session and the doctor's second factor."""

    site: str
    token: str
    totp_secret: bytes


@pytest.fixture
def region(database, tmp_path) -> Iterator[Region]:
    keys, phones = Keys.open(tmp_path / "keys"), Phones()

    async def begin() -> tuple[str, bytes]:
        pool = await open_pool(database.url, size=2)
        try:
            world = await visits.world(pool, keys)
            other = await registry.register_institution(
                pool,
                registry.InstitutionEntry(
                    "test|other", registry.InstitutionKind.TERTIARY_HOSPITAL, ELSEWHERE
                ),
            )
            source = collection.Source(Agent(AgentKind.SYSTEM, other, other), other)
            sent = visits.bundle(visits.patient(), hba1c(), visits.allergy("青霉素"))
            filed = await collection.file_bundle(pool, keys, bundle=sent, source=source)
            account = await staff.create_account(
                pool, keys, world.wang, staff_number="0217", password=PASSWORD,
                roles=(Role.CLINICIAN,),
            )  # fmt: skip
            card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
            about = Subject(card, "李试", Phone.parse("13912345678"))
            async with transaction(pool, resident=filed.resident_id) as connection:
                signed_in = await begin_session(connection, keys, filed.resident_id, about)
            session = signed_in.session
            await healthcode.enrol_device(
                pool, session.device_reference, filed.resident_id, datetime.now(UTC)
            )
            return signed_in.token, account.totp_secret
        finally:
            await pool.close()

    token, secret = in_a_loop_of_its_own(begin())
    with served(portals.served_over(database.url, keys, phones)) as site:
        yield Region(site, token, secret)
    keys.close()


def window(browser, region: Region, size: dict, *, token: str = "") -> Page:
    context = browser.new_context(viewport=size, locale="zh-CN")
    context.set_default_timeout(30_000)
    if token:
        context.add_cookies([{"name": "ohc_resident", "value": token, "url": region.site}])
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def sign_in(desk: Page, region: Region) -> None:
    desk.goto(region.site + "/clinic")
    desk.fill('[name="account"]', "0217")
    desk.fill('[name="password"]', PASSWORD)
    desk.fill('[name="totp"]', totp_code(region.totp_secret, time.time()))
    desk.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    desk.wait_for_selector("[data-camera]")


def read(phone: Page) -> str:
    """What a hand scanner reads from the phone's screen."""
    phone.wait_for_selector(".qr")
    return code(phone.screenshot())


def test_j15_a_repeat_is_told_explained_and_read_by_the_resident(browser, region):
    phone = window(browser, region, PHONE, token=region.token)
    desk = window(browser, region, DESK)
    sign_in(desk, region)
    phone.goto(region.site + "/")
    scan(desk, read(phone))
    desk.click('button[value="ask"]')
    phone.click('button[value="allow"]')
    expect(desk.locator(".record")).to_contain_text("青霉素")
    keep(desk, "record-with-order")

    desk.click('a[href$="/order"]')
    desk.select_option("#examination", label="糖化血红蛋白")
    keep(desk, "order")
    desk.click('form:has(#examination) button[value="check"]')
    told = desk.locator(".order .caution")
    expect(told).to_contain_text("其他机构已有可互认的结果")
    expect(told).to_contain_text(ELSEWHERE)
    expect(told).to_contain_text("6.8")
    keep(desk, "order-told")

    desk.click('button[value="order"]')  # the browser itself asks for reason and explanation
    expect(told).to_be_visible()
    desk.check('[name="reason"][value="changed"]')
    desk.fill("#explanation", "近来口渴明显，需要再查一次")
    desk.click('button[value="order"]')
    expect(desk.locator("[role=status]")).to_contain_text("检查检验已开具")

    desk.fill("#medicine", "阿莫西林")
    desk.click('form:has(#medicine) button[value="check"]')
    expect(desk.locator(".order .caution")).to_contain_text("青霉素")
    keep(desk, "order-allergy")
    desk.click(".order a.primary")  # not prescribed
    expect(desk.locator(".record")).to_be_visible()

    phone.goto(region.site + "/record")
    expect(phone.locator("main")).to_contain_text("近来口渴明显，需要再查一次")
    expect(phone.locator("main")).to_contain_text("病情变化")
    expect(phone.locator("main")).not_to_contain_text("阿莫西林")
    keep(phone, "resident-reads")
    phone.goto(region.site + "/looked")
    expect(phone.locator(".look").first).to_contain_text("王敏")
    assert phone.complaints == desk.complaints == []
