"""A resident's passkey with a real browser and its virtual authenticator: made, signs in, confirms."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

import portals
import presence
import visits
from examples.served import served
from openhealthcode import consent, identity
from openhealthcode.database import transaction
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys
from signing_in import Phones

SECONDS = 1000
PHONE = Phone.parse("13912345678")


@pytest.fixture
def site(database, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    with served(portals.served_over(database.url, keys, Phones())) as address:
        yield address.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
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


@pytest.fixture
async def page(chromium, site):
    """A phone with a fingerprint reader."""
    context = await chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=site
    )
    opened = await context.new_page()
    reader = await context.new_cdp_session(opened)
    await reader.send("WebAuthn.enable")
    await reader.send(
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
    opened.complaints = []
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    await context.close()


async def test_made_on_the_phone_it_signs_in_and_confirms(page, site, world):
    li = await world.resident()
    async with transaction(world.pool, resident=li) as connection:
        await identity.bind_phone(connection, world.keys, li, PHONE)
        subject = Subject(presence.card(), presence.NAME, PHONE)
        begun = await begin_session(connection, world.keys, li, subject)
    await page.context.add_cookies([{"name": "ohc_resident", "value": begun.token, "url": site}])
    await page.goto("/me")
    await page.locator('a[href="/passkeys"]').click()
    await page.get_by_label("给它起个名字").fill("红色手机")
    await page.get_by_role("button", name="添加通行密钥").click()
    await page.get_by_text("通行密钥已添加").wait_for(timeout=30 * SECONDS)
    await page.get_by_text("红色手机").wait_for()

    await page.context.clear_cookies()
    await page.goto("/sign-in")
    await page.get_by_role("button", name="用通行密钥登录").click()
    await page.locator(".qr").first.wait_for(timeout=30 * SECONDS)

    await page.goto(f"/consents/new/{world.hospital}")
    await page.locator('input[name="category"]').first.check()
    await page.locator('main form button[class*="primary"]').click()
    await page.locator('main button[value="give"]').click()
    await page.get_by_role("button", name="改用通行密钥确认").click()
    await page.get_by_text("已经生效").first.wait_for(timeout=30 * SECONDS)
    assert len(await consent.consents(world.pool, world.keys, li)) == 1
    assert page.complaints == []
