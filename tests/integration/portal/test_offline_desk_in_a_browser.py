"""A desk whose network is gone: checked in the browser, kept, handed in when the network is back."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.async_api import async_playwright, expect

import portals
import visits
from carrying_codes import Region
from clinic_desk import PASSWORD, Phone, colleague
from openhealthcode import access, healthcode
from openhealthcode.audit import Action
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.sign_in import Role, staff
from openhealthcode.trust import Keys, totp_code
from ports import free_port
from signing_in import Account

CHINESE = catalogue("zh-CN")

_ANEW = """(text) => setTimeout(() => {
  location.hash = new URLSearchParams({ code: text });
  location.reload();
})"""


class Site:
    """A site that can go away and come back at the same address."""

    def __init__(self, url: str, keys: Keys) -> None:
        self._url, self._keys = url, keys
        self._port = free_port()
        self.address = f"http://localhost:{self._port}"

    def come(self) -> None:
        config = uvicorn.Config(
            portals.served_over(self._url, self._keys),
            port=self._port,
            log_level="error",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "somebody else has the port by now"
            time.sleep(0.01)

    def go(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def site(database, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    opened = Site(database.url, keys)
    opened.come()
    yield opened
    opened.go()
    keys.close()


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def region(world):
    return await Region.published(world.pool, world.keys)


@pytest.fixture
async def account(world):
    return await account_of(world, world.wang, "0217")


async def account_of(world, practitioner, number):
    made = await staff.create_account(
        world.pool,
        world.keys,
        practitioner,
        staff_number=number,
        password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )
    return Account(practitioner, world.hospital, number, made.totp_secret)


@pytest.fixture
async def chromium(chromium_path):
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        await launched.close()


async def desk_of(chromium, site, account):
    """Signed in, and ready for the network to go."""
    context = await chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=site.address
    )
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    await page.goto("/clinic")
    await page.get_by_label("账号或工号").fill(account.staff_number)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_label("动态码").fill(totp_code(account.totp_secret, time.time()))
    await page.get_by_role("button", name="登录", exact=True).click()
    await ready(page)
    return page


async def ready(page) -> None:
    await page.locator("html[data-ready-offline]").wait_for()


async def scan(page, text: str) -> None:
    await page.locator("#code").fill(text)
    await page.keyboard.press("Enter")


async def says(page, key: str) -> None:
    await expect(page.locator("#result")).to_contain_text(CHINESE.plain(key))


def short(handle: bytes) -> str:
    text = handle.hex()[:8].upper()
    return f"{text[:4]} {text[4:]}"


async def identified(world, resident):
    lines = await access.own_log(world.pool, world.keys, resident)
    return [line for line in lines if line.action == Action.RESIDENT_IDENTIFY]


async def test_a_visit_without_network_is_known_by_a_handle_until_it_is_handed_in(
    chromium, site, world, region, account
):
    resident = await world.resident()
    first, second = await region.certificate(resident), await region.certificate(resident)
    card = await region.card(resident)
    page = await desk_of(chromium, site, account)
    await asyncio.to_thread(site.go)

    await scan(page, first.shown())  # into a page that does not know yet
    await says(page, "desk.offline.accepted.title")
    await expect(page.locator("#result .handle")).to_have_text(short(first.handle))
    assert urlsplit(page.url).path == "/clinic/offline", "nothing of the code is in the address"
    assert not urlsplit(page.url).query + urlsplit(page.url).fragment
    await expect(page.locator("#camera")).to_be_hidden()
    shown = await page.content()
    assert "李试" not in shown
    assert "青霉素" not in shown

    await scan(page, first.shown(counter=2))
    await says(page, "desk.offline.problem.code-replayed")
    await page.reload()
    await scan(page, first.shown(counter=3))
    await says(page, "desk.offline.problem.code-replayed")
    await scan(page, second.shown(datetime.now(UTC) - timedelta(minutes=5)))
    await says(page, "desk.offline.problem.code-expired")
    altered = second.shown()
    await scan(page, altered[:200] + str(9 - int(altered[200])) + altered[201:])
    await says(page, "desk.offline.problem.code-unreadable")
    await scan(page, (await Phone.of(world, resident)).code())
    await says(page, "desk.offline.problem.online-code")
    stranger = await Region(world.pool, world.keys).certificate(resident)
    await scan(page, stranger.shown())
    await says(page, "desk.offline.problem.issuer-untrusted")
    await scan(page, card)
    await says(page, "desk.offline.accepted.title")
    await scan(page, second.shown())
    await says(page, "desk.offline.accepted.title")
    await expect(page.locator("#waiting tr")).to_have_count(3)
    assert await identified(world, resident) == []

    await asyncio.to_thread(site.come)
    await page.reload()
    await expect(page.locator("#handed-in li")).to_have_count(3)
    await expect(page.locator("#waiting tr")).to_have_count(0)
    handed = page.locator("#handed-in li").first
    await expect(handed).to_contain_text(short(first.handle))
    await expect(handed).to_contain_text("李试")
    lines = await identified(world, resident)
    assert {line.detail["by"] for line in lines} == {"offline", "printed"}
    assert all(line.agent_id == world.wang for line in lines)
    await handed.get_by_role("link").click()
    await page.get_by_text("请先核对是不是本人").wait_for()
    assert [said for said in page.complaints if "Failed to load" not in said] == []


async def test_a_code_scanned_while_another_is_checked_is_not_lost(
    chromium, site, world, region, account
):
    resident = await world.resident()
    codes = [(await region.certificate(resident)).shown() for _ in range(3)]
    page = await desk_of(chromium, site, account)
    await asyncio.to_thread(site.go)
    await page.goto("/clinic/offline")
    await page.evaluate(
        """(codes) => {
          const form = document.querySelector("#scan");
          for (const code of codes) {
            form.elements.code.value = code;
            form.requestSubmit();
            form.requestSubmit(); // a scanner that ends with two line feeds
          }
        }""",
        codes,
    )
    await expect(page.locator("#waiting tr")).to_have_count(3)
    await says(page, "desk.offline.accepted.title")


async def test_what_two_desks_accepted_is_found_when_both_hand_it_in(
    chromium, site, world, region, account
):
    carried = await region.certificate(await world.resident())
    other = await account_of(world, await colleague(world), "0318")
    one, two = [await desk_of(chromium, site, each) for each in (account, other)]
    await asyncio.to_thread(site.go)
    for page in (one, two):
        await page.goto("/clinic/offline")
        await scan(page, carried.shown())
        await says(page, "desk.offline.accepted.title")
    await asyncio.to_thread(site.come)
    for page in (one, two):
        await page.reload()
        await expect(page.locator("#handed-in li")).to_have_count(1)
    await expect(two.locator("#handed-in li")).to_contain_text("别处也出示过")
    (case,) = await healthcode.double_uses(world.pool, datetime.now(UTC))
    assert world.wang in {case.first.practitioner_id, case.second.practitioner_id}


async def test_an_answer_that_was_lost_on_its_way_is_told_again(
    chromium, site, world, region, account
):
    """The region redeemed the code, and its answer never reached the desk."""
    resident = await world.resident()
    carried = await region.certificate(resident)
    page = await desk_of(chromium, site, account)
    worker = page.context.service_workers[0]
    text = carried.shown()
    form = {"code": text, "scene": "consultation"}
    await page.context.request.post("/clinic/scan", form=form, headers={"Origin": site.address})
    assert len(await identified(world, resident)) == 1
    assert worker.url.endswith("/clinic/offline/worker.js")
    await asyncio.to_thread(site.go)
    await scan(page, text)
    await says(page, "desk.offline.accepted.title")
    await asyncio.to_thread(site.come)
    await page.reload()
    await expect(page.locator("#handed-in li")).to_contain_text("李试")
    newest, _ = await identified(world, resident)
    assert newest.detail["again"]
    assert await healthcode.double_uses(world.pool, datetime.now(UTC)) == []


async def test_an_emergency_summary_is_read_without_network_and_nothing_altered_is(
    chromium, site, world, account
):
    page = await desk_of(chromium, site, account)
    signer = world.keys.summary_signer("/emergency-summaries")
    text = "openhealthcode-emergency-summary-1\nmade 2026-01-02\nuntil 2099-01-01\n李试，女\n过敏：青霉素\n"
    note = signer.sign(text)
    await asyncio.to_thread(site.go)
    await page.goto("/clinic/offline")
    for sent, told in [(note, "summary"), (note.replace("青霉素", "无"), "summary-untrusted")]:
        await page.evaluate(_ANEW, sent)
        await says(page, f"desk.offline.problem.{told}")
        assert ("过敏：青霉素" in await page.inner_text("#result")) is (told == "summary")


async def test_whoever_signs_out_leaves_no_page_behind(chromium, site, account):
    page = await desk_of(chromium, site, account)
    await page.get_by_role("button", name="退出").click()
    await page.get_by_label("账号或工号").wait_for()
    await asyncio.to_thread(site.go)
    with pytest.raises(Exception, match="ERR_"):
        await page.goto("/clinic/offline")


async def test_without_a_list_nothing_is_accepted(chromium, site, world, account):
    carried = await Region(world.pool, world.keys).certificate(await world.resident())
    page = await desk_of(chromium, site, account)
    await asyncio.to_thread(site.go)
    await page.goto("/clinic/offline")
    await scan(page, carried.shown())
    await says(page, "desk.offline.problem.trust-list-missing")
