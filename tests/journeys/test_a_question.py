"""J19 in two real browsers: anybody asks why a detail is collected, and everybody reads the answer.

On the way: the rule with its law, who asked for it and how many refused; a clock that stands from the
first minute; and a resident who, having read the answer, refuses the detail on their own phone.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

import portals
import visits
from examples.served import served
from openhealthcode import collection, identity
from openhealthcode.collection import SCENE, RefusedByResident
from openhealthcode.database import transaction
from openhealthcode.sign_in import Role
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys, totp_code
from signing_in import PASSWORD, Phones, employ

PHONE = Phone.parse("13912345678")
CLAIM = {"身份证号": visits.national_id(2), "姓名": "李试", "手机号": "13912345678"}
WHY = "为什么随访要问吸不吸烟？"
BECAUSE = "吸烟影响降压药的选择。可以不回答，照样随访。"
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""
SMOKING = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "72166-2"}]},
    "valueString": "x",
}


@pytest.fixture
def phones():
    return Phones()


@pytest.fixture
def site(database, tmp_path, phones):
    keys = Keys.open(tmp_path / "keys")
    with served(portals.served_over(database.url, keys, phones)) as address:
        yield address
    keys.close()


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    made = await visits.world(pool, keys)
    resident = await made.resident()
    async with transaction(pool, resident=resident) as connection:
        await identity.bind_phone(connection, keys, resident, PHONE)
    yield made
    keys.close()


@pytest.fixture
async def chromium(chromium_path):
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        await started.close()


async def window(chromium, site, width: int, height: int):
    context = await chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", base_url=site
    )
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


async def picture(page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def deliver(world, serial: int) -> collection.FiledBundle:
    sent = visits.bundle(visits.patient(serial), SMOKING, key=f"q{serial}")
    sent["meta"] = {"tag": [{"system": SCENE, "code": "follow-up"}]}
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def test_anybody_asks_and_everybody_reads_the_answer(chromium, site, world, phones):
    for serial in range(2, 26, 2):
        await deliver(world, serial)
    await collection.count_up(world.pool)
    anybody = await window(chromium, site, 390, 844)
    await anybody.goto("/sign-in")
    await picture(anybody, "sign-in")
    await anybody.get_by_role("link", name="可以采集什么").click()
    await picture(anybody, "rules")
    await anybody.get_by_role("link", name="慢性病随访").first.click()
    await picture(anybody, "rule")
    await anybody.get_by_role("link", name="吸烟", exact=True).click()
    await expect(anybody.get_by_role("row", name=re.compile("黛川县人民医院"))).to_contain_text(
        "12"
    )
    await anybody.get_by_label("就“吸烟”提问").fill(WHY)
    await picture(anybody, "element")
    await anybody.get_by_role("button", name="提问").click()
    await expect(anybody.get_by_text("还有 15 天")).to_be_visible()
    await picture(anybody, "question-waiting")
    address = anybody.url

    office = await window(chromium, site, 1280, 800)
    await answer(office, world)

    await anybody.goto(address)
    await expect(anybody.get_by_text(BECAUSE)).to_be_visible()
    await anybody.get_by_role("link", name="全部问题").click()
    await expect(anybody.get_by_text(WHY)).to_be_visible()
    await picture(anybody, "questions")

    await refuse_on_the_phone(anybody, phones)
    with pytest.raises(RefusedByResident):
        await deliver(world, 2)
    assert (await deliver(world, 4)).entries
    for path in ("/without-consent", "/known-limits", "/counters", "/lenient-senders"):
        await anybody.goto(path)
        await picture(anybody, path.strip("/"))
    assert anybody.complaints == []
    assert office.complaints == []


async def answer(office, world) -> None:
    """The supervisor finds the question with its clock, answers, and sees who reads what."""
    account = await employ(world.pool, world.keys, Role.SUPERVISOR)
    await office.goto("/supervision")
    await office.get_by_label("工号").fill(account.staff_number)
    await office.get_by_label("密码").fill(PASSWORD)
    await office.locator('[name="totp"]').fill(totp_code(account.totp_secret, time.time()))
    await office.locator("form button.primary").click()
    await picture(office, "supervision")
    await office.get_by_role("link", name="公众提问").click()
    await picture(office, "office-questions")
    await office.get_by_role("link", name="答复").click()
    await office.locator("#answer").fill(BECAUSE)
    await picture(office, "office-question")
    await office.get_by_role("button", name="公布问题和答复").click()
    await expect(office.get_by_text("没有待答复的问题")).to_be_visible()
    await office.goto("/supervision/collected")
    await expect(office.get_by_text("从未查阅").first).to_be_visible()
    await picture(office, "office-collected")


async def refuse_on_the_phone(phone, phones) -> None:
    """Sign in, and take the tick away from one detail of one occasion."""
    await phone.goto("/sign-in")
    for label, text in CLAIM.items():
        await phone.get_by_label(label, exact=True).fill(text)
    await phone.get_by_role("button", name="发送短信验证码").click()
    await phone.get_by_label("6 位验证码").fill(re.search(r"\d{6}", phones.arrived[-1].text)[0])
    await phone.get_by_role("button", name="继续").click()
    await phone.wait_for_selector(".qr, .code-card")
    await phone.goto("/rights")
    await phone.locator('a[href="/collection"]').click()
    await picture(phone, "collection")
    await phone.locator('a[href="/collection/follow-up"]').click()
    await phone.get_by_role("checkbox", name=re.compile("^吸烟")).uncheck()
    await picture(phone, "collection-scene")
    await phone.get_by_role("button", name="保存我的选择").click()
    await expect(phone.get_by_text("已保存")).to_be_visible()
