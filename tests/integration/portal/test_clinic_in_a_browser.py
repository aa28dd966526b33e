"""What only a browser shows: the record opens by itself, closes by itself, and knows passkeys."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import async_playwright, expect

import portals
import visits
from clinic_desk import PASSWORD, Phone
from examples.served import served
from openhealthcode import access
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import RecordCategory
from openhealthcode.trust import Keys, totp_code

SECONDS = 1000


@pytest.fixture
def site(database, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    with served(portals.served_over(database.url, keys)) as address:
        yield address.replace("127.0.0.1", "localhost")  # passkeys belong to names
    keys.close()


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def account(world):
    return await staff.create_account(
        world.pool,
        world.keys,
        world.wang,
        staff_number="0217",
        password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )


@pytest.fixture
async def desk(chromium_path, site):
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = await chromium.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=site
        )
        page = await context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        await chromium.close()


async def sign_in(page, account):
    await page.goto("/clinic")
    await page.get_by_label("账号或工号").fill("0217")
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_label("动态码").fill(totp_code(account.totp_secret, time.time()))
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.locator("#code").wait_for()


async def open_record(page, phone, *withheld):
    """Scan as a scanner does, ask, wait, and be let in."""
    await page.locator("#code").fill(phone.code())
    await page.keyboard.press("Enter")
    await page.get_by_text("请先核对是不是本人").wait_for()
    await page.get_by_role("checkbox", name="家族病史").check()
    await page.get_by_role("button", name="同意").click()
    await page.get_by_role("heading", name="在手机上答复").wait_for()
    consent_id = await phone.allow(*withheld)
    await page.get_by_role("heading", name="历次记录").wait_for(timeout=60 * SECONDS)
    return consent_id


async def test_a_visit_from_scan_to_withdrawal(desk, world, account):
    phone = await Phone.of(world, await world.resident())
    await sign_in(desk, account)
    consent_id = await open_record(desk, phone, RecordCategory.LABORATORY)
    await expect(desk.get_by_text("青霉素").first).to_be_visible()
    assert await desk.get_by_text("血糖").count() == 0
    await desk.locator("[data-follows]").wait_for()
    await desk.locator(".filters a[data-category=family-history]").click()
    await desk.get_by_text("糖尿病").last.wait_for()
    assert "category" not in desk.url  # at once, without asking again
    await phone.withdraw(consent_id)
    await desk.get_by_text("这份档案现在不能再看了").wait_for(timeout=15 * SECONDS)
    assert await desk.get_by_text("青霉素").count() == 0
    await desk.go_back()
    await desk.wait_for_timeout(500)
    assert await desk.get_by_text("青霉素").count() == 0
    assert [said for said in desk.complaints if "403" not in said] == []


async def test_what_is_closed_while_the_page_is_open_leaves_it(desk, world, account):
    resident = await world.resident()
    phone = await Phone.of(world, resident)
    await sign_in(desk, account)
    await open_record(desk, phone)
    await desk.locator("[data-follows]").wait_for()
    await expect(desk.get_by_text("青霉素").first).to_be_visible()
    own = await access.own_record(world.pool, world.keys, resident)
    (allergy,) = (one.entry_id for one in own.entries if one.type == "AllergyIntolerance")
    await access.hide_entry(world.pool, world.keys, resident, allergy)
    await expect(desk.get_by_text("青霉素")).to_have_count(0, timeout=15 * SECONDS)
    await expect(desk.get_by_role("heading", name="历次记录")).to_be_visible()
    await expect(desk.get_by_text("血糖").first).to_be_visible()
    assert desk.complaints == []


async def test_a_code_whose_beginning_came_before_the_field_had_the_focus_is_read_whole(
    desk, world, account
):
    phone = await Phone.of(world, await world.resident())
    await sign_in(desk, account)
    code = phone.code()
    await desk.evaluate(
        """([first, next]) => {
          const field = document.querySelector("#code");
          const press = (at, key) => at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          for (const key of first) press(document.body, key);
          field.focus();
          press(field, next);
        }""",
        [code[:40], code[40]],
    )
    await desk.keyboard.type(code[40:])
    await desk.keyboard.press("Enter")
    await desk.get_by_text("请先核对是不是本人").wait_for()


async def test_when_events_fail_the_next_click_is_refused(desk, world, account):
    phone = await Phone.of(world, await world.resident())
    await sign_in(desk, account)
    await desk.route("**/live?*", lambda route: route.abort())
    consent_id = await open_record(desk, phone)
    await phone.withdraw(consent_id)
    await desk.locator(".filters a[data-category=laboratory]").click()
    await desk.get_by_text("这份档案现在不能再看了").wait_for(timeout=15 * SECONDS)


async def test_a_passkey_is_made_and_then_enough(desk, world, account):
    await world.resident()
    devtools = await desk.context.new_cdp_session(desk)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    await sign_in(desk, account)
    await desk.get_by_role("link", name="王敏").click()
    await desk.get_by_label("给它起个名字").fill("3 诊室电脑")
    await desk.get_by_role("button", name="在这台设备上添加").click()
    await desk.get_by_text("通行密钥已添加").wait_for(timeout=30 * SECONDS)
    await desk.get_by_role("button", name="退出").click()
    await desk.get_by_role("button", name="用通行密钥登录").click()
    await desk.locator("#code").wait_for(timeout=30 * SECONDS)
    assert await desk.get_by_text("王敏").first.is_visible()
    assert desk.complaints == []


async def test_a_number_instead_of_a_name_offers_no_passkey(desk, site):
    await desk.goto(site.replace("localhost", "127.0.0.1") + "/clinic")
    assert not await desk.get_by_role("button", name="用通行密钥登录").is_visible()
