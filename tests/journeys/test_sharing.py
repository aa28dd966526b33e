"""A resident shares with a doctor elsewhere, in a real browser: a link with a passcode, a card to carry.

Whoever holds the link needs no account; their browser decrypts it. The resident sees who they said
they were and takes the link back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import portals
import visits
from databases import in_a_loop_of_its_own
from examples.served import served
from openhealthcode.database import open_pool, transaction
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys
from signing_in import Phones

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""
DOSE = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}], "text": "新冠疫苗"},
    "occurrenceDateTime": "2021-03-04",
    "lotNumber": "A12",
}  # fmt: skip


@dataclass
class Region:
    """The program being served, and the session of its resident."""

    site: str
    token: str


@pytest.fixture
def region(database, tmp_path) -> Iterator[Region]:
    keys, phones = Keys.open(tmp_path / "keys"), Phones()

    async def begin() -> str:
        pool = await open_pool(database.url, size=2)
        try:
            world = await visits.world(pool, keys)
            resident = await world.resident(*visits.LIFE, DOSE)
            card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
            about = Subject(card, "李试", Phone.parse("13912345678"))
            async with transaction(pool, resident=resident) as connection:
                return (await begin_session(connection, keys, resident, about)).token
        finally:
            await pool.close()

    token = in_a_loop_of_its_own(begin())
    with served(portals.served_over(database.url, keys, phones)) as site:
        yield Region(site, token)
    keys.close()


def window(browser, region: Region, size: dict, *, token: str = "", language="zh-CN") -> Page:
    context = browser.new_context(viewport=size, locale=language)
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


def test_a_doctor_elsewhere_opens_a_link_and_the_resident_takes_it_back(browser, region):
    phone = window(browser, region, PHONE, token=region.token)
    phone.goto(region.site + "/me")
    phone.click('a[href="/sharing"]')
    phone.click('a[href="/sharing/new"]')
    phone.fill('[name="passcode"]', "246810")
    phone.fill('[name="label"]', "给广州的张医生")
    keep(phone, "sharing-new")
    phone.click("main form button.primary")
    expect(phone.locator("h1")).to_have_text("给广州的张医生")
    keep(phone, "sharing-link")
    link = phone.locator("#link-text").inner_text()
    asked = []
    doctor = window(browser, region, DESK, language="en")
    doctor.on("request", lambda request: asked.append((request.url, request.post_data or "")))
    doctor.goto(link)
    expect(doctor.locator("#label strong")).to_have_text("给广州的张医生")
    keep(doctor, "viewer-asks")
    doctor.fill("#recipient", "Dr Zhang, Guangzhou")
    doctor.fill("#passcode", "000000")
    doctor.click("#open button")
    expect(doctor.locator("#problem")).to_have_text("Wrong passcode; 9 tries left.")
    doctor.fill("#passcode", "246810")
    doctor.click("#open button")
    expect(doctor.locator("#who")).to_have_text(re.compile("李试.*1959-04-18"))
    expect(doctor.locator("#content")).to_contain_text("Penicillin")
    expect(doctor.locator("#content")).not_to_contain_text(re.compile("[Dd]epress|抑郁"))
    keep(doctor, "viewer-shows")
    key = link.partition("#")[2]
    assert not [one for one in asked if key[-40:] in one[0] + one[1]], "the key left the browser"
    phone.goto(region.site + "/sharing")
    expect(phone.locator(".shared")).to_contain_text("Dr Zhang, Guangzhou（自填）")
    keep(phone, "sharing")
    phone.click('form[action$="/revoke"] button')
    expect(phone.locator("[role=status]")).to_contain_text("链接已撤回")
    doctor.goto("about:blank")
    doctor.goto(link)
    doctor.fill("#recipient", "Dr Zhang")
    doctor.fill("#passcode", "246810")
    doctor.click("#open button")
    expect(doctor.locator("#problem")).to_contain_text("has ended")
    assert phone.complaints == doctor.complaints == []


def test_a_card_is_carried_opened_and_checked(browser, region):
    phone = window(browser, region, PHONE, token=region.token)
    phone.goto(region.site + "/sharing/new")
    phone.check('[name="content"][value="vaccinations"]')
    phone.check('[name="direct"]')
    phone.click("main form button.primary")
    link = phone.locator("#link-text").inner_text()
    school = window(browser, region, DESK)
    school.goto(region.site + "/shl")
    school.fill("#link", "shlink:/broken")
    school.fill("#recipient", "黛川县第一小学")
    school.click("#open button")
    expect(school.locator("#problem")).to_contain_text("不是完整的健康链接")
    school.fill("#link", link)
    school.click("#open button")
    expect(school.locator("#content")).to_contain_text("新冠疫苗")
    expect(school.locator("#vouched")).to_contain_text("有签名的健康卡")
    phone.goto(region.site + "/sharing")
    phone.click('form[action="/sharing/cards"] button')
    expect(phone.locator("h1")).to_have_text("健康卡做好了")
    keep(phone, "card")
    assert phone.complaints == school.complaints == []
