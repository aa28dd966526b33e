"""A resident asks whether anybody looked who is not told of: the phone checks the whole log by itself,
two outside witnesses have seen it, a copy is taken along; then a superuser alters one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import asyncpg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from rich.console import Console

import visits
from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app
from openhealthcode.commands.verify_log import Published, verify_published
from openhealthcode.commands.witness import application, key_of, logs_of
from openhealthcode.database import open_pool, stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.transparency import WitnessState
from openhealthcode.trust import Keys
from signing_in import Phones

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
ORIGIN = "region.example/log"


async def _settle(settings: Settings) -> str:
    """A record at which a doctor looked; the token of its resident's phone."""
    keys, pool = Keys.open(settings.keys_at), await open_pool(settings.database_url, size=2)
    world = await visits.world(pool, keys)
    resident_id = await world.resident()
    await world.allow(resident_id)
    await world.look(resident_id)
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    about = Subject(certificate, "李试", Phone.parse("13912345678"))
    async with transaction(pool, resident=resident_id) as connection:
        begun = await begin_session(connection, keys, resident_id, about)
    await pool.close()
    keys.close()
    return begun.token


def _witnesses(folder, settings, stack) -> str:
    """Two of them at work, and the policy that asks for both."""
    keys = Keys.open(settings.keys_at)
    log = keys.checkpoint_signer(ORIGIN).verifier_key
    keys.close()
    lines = []
    for name in ("north", "south"):
        own = folder / name
        own.mkdir()
        (own / "logs").write_text(f"{log}\n")
        cosigner = key_of(own, f"{name}.example")
        at = stack.enter_context(
            served(application(WitnessState(own, logs_of(own), cosigner), cosigner))
        )
        lines.append(f"witness {name} {cosigner.verifier_key} {at}")
    return "\n".join([*lines, "group both all north south", "quorum both", ""])


@pytest.fixture
def home(postgres, tmp_path) -> Iterator[tuple[str, str, str]]:
    """Where the program is served, the resident's token, and how a superuser gets in."""
    with fresh_database(postgres) as database, ExitStack() as stack:
        in_a_loop_of_its_own(stamp(database.owner_url, "production"))
        policy = tmp_path / "policy"
        settings = Settings(
            data_directory=tmp_path,
            database_url=database.url,
            log_origin=ORIGIN,
            witness_policy=policy,
        )
        token = in_a_loop_of_its_own(_settle(settings))
        policy.write_text(_witnesses(tmp_path, settings, stack))
        yield (
            stack.enter_context(served(app.create(settings, outbox=Phones()))),
            token,
            (database.owner_url),
        )


@contextmanager
def phone_of(chromium_path: str, site: str, token: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", accept_downloads=True
        )
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "ohc_resident", "value": token, "url": site}])
        context.add_cookies([{"name": "ohc_text", "value": "large", "url": site}])
        yield context.new_page()
        browser.close()


async def _alter(owner_url: str) -> None:
    """The doctor's look becomes somebody else's."""
    intruder = await asyncpg.connect(owner_url)
    await intruder.execute(
        "UPDATE audit.event SET agent_id = gen_random_uuid() WHERE action = 'record.disclose'"
    )
    await intruder.close()


def checked(phone: Page):
    phone.get_by_role("button", name="立即核对").click()
    answer = phone.locator("#log-answer")
    expect(answer).to_be_visible()
    return answer


def until_witnessed(phone: Page, site: str) -> None:
    """The witnesses take a second or two at the start."""
    for _ in range(100):
        if phone.request.get(f"{site}/log/checkpoint").status == 200:
            return
        phone.wait_for_timeout(200)


def test_a_log_is_checked_witnessed_taken_along_and_altered(home, chromium_path, tmp_path):
    site, token, owner_url = home
    bottom = "window.scrollTo(0, document.body.scrollHeight)"  # from under the bar of the page
    with phone_of(chromium_path, site, token) as phone:
        until_witnessed(phone, site)
        phone.goto(site + "/looked")
        phone.evaluate(bottom)
        phone.get_by_role("link", name="核对我的全部记录").click()
        answer = checked(phone)
        expect(answer).to_contain_text("完整，未被改动")
        expect(answer).to_contain_text("编号连续无缺")
        expect(answer).to_contain_text("外部见证方已见证")
        assert Axe().run(phone, options=RULES).violations_count == 0
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390

        phone.evaluate(bottom)
        with phone.expect_download() as taken:
            phone.get_by_role("link", name="下载我的记录").click()
        history = tmp_path / "history.json"
        taken.value.save_as(history)
        keys = tmp_path / "keys.txt"
        keys.write_text(phone.request.get(f"{site}/receipts/keys.txt").text())
        policy = tmp_path / "published-policy"
        policy.write_text(phone.request.get(f"{site}/log/policy").text())
        what = Published("", history, keys, policy, [])
        assert verify_published(Console(quiet=True), what) == 0
        made_at = datetime.fromisoformat(json.loads(history.read_text())["made_at"])
        assert abs((datetime.now(UTC) - made_at).total_seconds()) < 300
        whole = Published(f"{site}/log", None, keys, policy, [])
        assert verify_published(Console(quiet=True), whole) == 0

        in_a_loop_of_its_own(_alter(owner_url))
        phone.goto(site + "/looked/check")
        answer = checked(phone)
        expect(answer).to_contain_text("核对未通过")
        expect(answer).to_contain_text("不是当时所写")
        assert Axe().run(phone, options=RULES).violations_count == 0
