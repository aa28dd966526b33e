"""What only a browser shows: the sheet rises over any page, the counter's page goes on by itself."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import async_playwright

import portals
import visits
from examples.served import served
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys, totp_code
from signing_in import PASSWORD, Phones, employ

SECONDS = 1000
CLAIM = {"身份证号": visits.national_id(2), "姓名": "李试", "手机号": "13912345678"}


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
    yield await visits.world(pool, keys)
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


async def phone_page(chromium, site, **look):
    context = await chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=site, **look
    )
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


async def reach_the_counter(page, phones):
    await page.goto("/")
    for label, text in CLAIM.items():
        await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_role("button", name="发送短信验证码").click()
    await page.get_by_label("6 位验证码").fill(re.search(r"\d{6}", phones.arrived[-1].text)[0])
    await page.get_by_role("button", name="继续").click()
    return "".join((await page.locator(".binding-number").inner_text()).split())


async def bind_at_the_counter(chromium, site, account, number):
    context = await chromium.new_context(locale="zh-CN", base_url=site)
    desk = await context.new_page()
    await desk.goto("/registrar")
    await desk.get_by_label("工号").fill(account.staff_number)
    await desk.get_by_label("密码").fill(PASSWORD)
    await desk.get_by_label("动态码").fill(totp_code(account.totp_secret, time.time()))
    await desk.get_by_role("button", name="登录").click()
    await desk.get_by_label("核对号码").fill(number)
    await desk.get_by_role("button", name="核对").click()
    await desk.get_by_label("证件原件，和本人一致").check()
    await desk.get_by_role("button", name="绑定手机 139****5678").click()
    await desk.get_by_text("已经绑定").wait_for()
    await context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_from_the_first_page_to_a_receipt(chromium, site, phones, world, scripts):
    resident_id = await world.resident()
    clerk = await employ(world.pool, world.keys, Role.REGISTRAR)
    page = await phone_page(chromium, site, java_script_enabled=scripts)
    number = await reach_the_counter(page, phones)
    await bind_at_the_counter(chromium, site, clerk, number)
    if not scripts:
        await page.get_by_role("link", name="已经核对过了").click()
    await page.locator(".qr").wait_for(timeout=30 * SECONDS)

    await page.get_by_role("link", name="谁看过").click()
    await page.get_by_role("heading", name="谁看过我的档案").wait_for()
    await world.ask(resident_id)
    if scripts:
        sheet = page.get_by_role("dialog", name="王敏医生想查看您的档案")
        await sheet.wait_for(timeout=15 * SECONDS)
        await sheet.get_by_role("switch", name="化验").uncheck()
        await sheet.get_by_role("button", name="同意查看 4 项").click()
    else:
        await page.get_by_role("link", name="出示").click()
        await page.get_by_role("link", name="去答复").click()
        await page.get_by_role("switch", name="化验").uncheck()
        await page.get_by_role("button", name="同意查看 6 项").click()
        await page.get_by_text("您的选择是 4 项").wait_for()
        await page.get_by_role("button", name="同意查看 4 项").click()
    await page.get_by_role("heading", name="王敏医生现在可以看 4 项").wait_for()
    assert len((await world.look(resident_id)).entries) == 4
    await page.get_by_role("button", name="现在就收回").click()
    await page.get_by_text("已经收回").wait_for()
    assert not (await world.look(resident_id)).is_permitted
    assert page.complaints == []


async def test_a_request_rises_by_polling_when_events_are_cut(chromium, site, phones, world):
    resident_id = await world.resident()
    clerk = await employ(world.pool, world.keys, Role.REGISTRAR)
    page = await phone_page(chromium, site)
    await page.route("**/live", lambda route: route.abort())
    await bind_at_the_counter(chromium, site, clerk, await reach_the_counter(page, phones))
    await page.locator(".qr").wait_for(timeout=30 * SECONDS)
    await world.ask(resident_id)
    sheet = page.get_by_role("dialog", name="王敏医生想查看您的档案")
    await sheet.wait_for(timeout=30 * SECONDS)
    await sheet.get_by_role("button", name="不同意").click()
    await page.get_by_role("heading", name="您没有同意").wait_for()
