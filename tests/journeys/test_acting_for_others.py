"""J7 in real browsers: a daughter helps her mother and acts for her child, until two birthdays pass.

The mother asks her on the phone, a counter sees the birth certificate; she signs in as herself and
turns to the one she acts for. Nobody does anything on the birthdays: the clock of the database is
what moves on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import portals
import visits
from databases import Database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import access, collection, consent, identity
from openhealthcode.audit import AgentKind
from openhealthcode.database import open_pool, transaction
from openhealthcode.sign_in import Role
from openhealthcode.standards import Phone, PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import ResidentId, TerminalId
from openhealthcode.trust import Keys, totp_code
from scanning import code
from signing_in import PASSWORD, Account, Phones, employ

PHONE = {"width": 390, "height": 844}
TERMINAL = TerminalId(uuid4())
CLOCKS = ("statement_timestamp", "clock_timestamp", "now")
MOVED = """
CREATE OR REPLACE FUNCTION moved.{clock}() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.{clock}() + interval '{days} days' $$
"""


@dataclass(frozen=True)
class Somebody:
    """A person with a card, a phone and a record."""

    resident_id: ResidentId
    number: str
    name: str
    phone: str


@dataclass
class Town:
    """A database with its people, served while somebody looks."""

    database: Database
    folder: Path
    phones: Phones = field(default_factory=Phones)

    def __post_init__(self) -> None:
        self.keys = Keys.open(self.folder / "keys")

    @contextmanager
    def open(self) -> Iterator[str]:
        """The program, started anew: its connections see the clock as it stands."""
        with served(portals.served_over(self.database.url, self.keys, self.phones)) as site:
            yield site

    def does(self, work):
        """Something at the clinic's side, or to look up: ``work`` gets the world."""

        async def inside():
            pool = await open_pool(self.database.url, size=2)
            try:
                return await work(await visits.world(pool, self.keys))
            finally:
                await pool.close()

        return in_a_loop_of_its_own(inside())

    def let_days_pass(self, days: int) -> None:
        """The database's clock stands so many days later, for every connection from now on."""

        async def move():
            owner = await asyncpg.connect(self.database.owner_url)
            await owner.execute("CREATE SCHEMA IF NOT EXISTS moved")
            await owner.execute("GRANT USAGE ON SCHEMA moved TO PUBLIC")
            for clock in CLOCKS:
                await owner.execute(MOVED.format(clock=clock, days=days))
            await owner.execute(
                f"ALTER DATABASE {self.database.name} SET search_path = moved, pg_catalog, public"
            )
            await owner.close()

        in_a_loop_of_its_own(move())


@pytest.fixture
def town(database, tmp_path) -> Iterator[Town]:
    made = Town(database, tmp_path)
    yield made
    made.keys.close()


def born(years: int, days_until_birthday: int) -> str:
    """Somebody whose next birthday, the so-manieth, is in so many days."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date() + timedelta(days=days_until_birthday)
    try:
        return day.replace(year=day.year - years).isoformat()
    except ValueError:  # nobody turns that many years old on that 29 February: the day before
        return date(day.year - years, 2, 28).isoformat()


async def somebody(world, serial: int, birth: str, name: str, phone: str) -> Somebody:
    number = visits.national_id(serial, birth.replace("-", ""))
    who = visits.patient(serial, name, birthDate=birth)
    who["identifier"][0]["value"] = number
    sent = visits.bundle(who, *visits.LIFE, key=f"person-{serial}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    async with transaction(world.pool, resident=filed.resident_id) as connection:
        await identity.bind_phone(connection, world.keys, filed.resident_id, Phone.parse(phone))
    return Somebody(filed.resident_id, number, name, phone)


async def people(world) -> tuple[Somebody, Somebody, Somebody, Account]:
    return (
        await somebody(world, 40, "1949-12-31", "李秀英", "13912345640"),
        await somebody(world, 20, "1985-03-04", "张敏", "13912345620"),
        await somebody(world, 30, born(14, 2), "张小", "13912345630"),
        await employ(world.pool, world.keys, Role.REGISTRAR),
    )


def window(browser: Browser, size: dict[str, int] | None = None) -> Page:
    context = browser.new_context(viewport=size or {"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def sign_in(page: Page, site: str, who: Somebody, phones: Phones) -> None:
    page.goto(site + "/sign-in")
    page.fill('[name="number"]', who.number)
    page.fill('[name="name"]', who.name)
    page.fill('[name="phone"]', who.phone)
    page.click("form.card button")
    page.wait_for_selector('[name="code"]')
    page.fill('[name="code"]', phones.code(Phone.parse(who.phone)))
    page.click("form.card button")
    expect(page.locator(".qr")).to_be_visible()


def sign_in_clerk(page: Page, site: str, account: Account) -> None:
    page.goto(site + "/registrar")
    page.fill('[name="account"]', account.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', totp_code(account.totp_secret, time.time()))
    page.click('form:has([name="totp"]) button.primary')
    expect(page.locator('[name="number"]')).to_be_visible()


def ask_to_help(page: Page, site: str, helper: Somebody) -> None:
    page.goto(site + "/me")
    page.click('a[href="/representatives"]')
    page.fill('[name="name"]', helper.name)
    page.fill('[name="number"]', helper.number)
    page.check('[name="power"][value="record"]')
    page.click('form[action="/representatives"] button.primary')
    expect(page.locator("[role=status]")).to_contain_text("已经保存")


def appoint_guardian(desk: Page, child: Somebody, mother: Somebody) -> None:
    desk.click('a[href="/registrar/representation"]')
    form = desk.locator('form[action="/registrar/representation"]')
    form.locator('[name="kind"][value="guardian"]').check()
    form.locator('[name="number"]').fill(child.number)
    form.locator('[name="name"]').fill(child.name)
    form.locator('[name="other-number"]').fill(mother.number)
    form.locator('[name="other-name"]').fill(mother.name)
    form.locator('[name="proof"][value="birth-certificate"]').check()
    form.locator('[name="seen"]').check()
    form.locator("button.primary").click()
    expect(desk.locator("[role=status]")).to_contain_text("已经保存")


def turn_to(page: Page, site: str, who: Somebody) -> None:
    page.goto(site + "/acting")
    page.get_by_role("button", name=f"替{who.name}办理").click()
    expect(page.locator(".acting")).to_contain_text(who.name)


def turn_back(page: Page) -> None:
    page.locator(".acting button").click()
    expect(page.locator(".acting")).to_have_count(0)


def code_on(page: Page) -> str:
    page.wait_for_selector(".qr")
    return code(page.screenshot())


async def scan_and_ask(world, code: str) -> ResidentId:
    seen = await access.identify(
        world.pool, world.keys, code, practitioner_id=world.wang,
        institution_id=world.hospital, terminal_id=TERMINAL, scene=Scene.CONSULTATION,
    )  # fmt: skip
    presented = await access.presented_to(
        world.pool, seen.resident_id, seen.presentation_id,
        practitioner_id=world.wang, terminal_id=TERMINAL,
    )  # fmt: skip
    wanted = consent.Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        categories=frozenset({RecordCategory.ALLERGIES, RecordCategory.CONDITIONS}),
        lifetime_seconds=3600,
    )
    await access.request(world.pool, world.keys, presented, wanted)
    return seen.resident_id


def helps_her_mother(phone: Page, site: str, grandmother: Somebody) -> None:
    turn_to(phone, site, grandmother)
    phone.goto(site + "/record")
    expect(phone.locator("main")).to_contain_text("青霉素")
    assert "抑郁" not in phone.content()  # no helper sees what is closed
    phone.goto(site + "/rights")
    expect(phone).to_have_url(re.compile("/acting$"))
    turn_back(phone)


def takes_her_child_to_the_doctor(town: Town, phone: Page, site: str, child: Somebody) -> None:
    turn_to(phone, site, child)
    phone.goto(site + "/")
    expect(phone.locator("h1")).to_have_text(child.name)
    code = code_on(phone)
    assert town.does(lambda world: scan_and_ask(world, code)) == child.resident_id
    allow = phone.locator('button[value="allow"]')
    expect(allow).to_be_visible()  # the sheet rises over the child's code
    allow.click()
    expect(phone.locator("main")).to_contain_text("王敏")
    shown = town.does(lambda world: world.look(child.resident_id))
    assert "青霉素" in " ".join(entry.body.decode() for entry in shown.entries)
    phone.goto(site + "/looked")
    expect(phone.locator(".look").filter(has_text="张敏").first).to_contain_text("替您")


def is_told_and_ends_it(elders: Page, site: str) -> None:
    elders.goto(site + "/looked")
    expect(elders.locator(".look").filter(has_text="张敏").first).to_contain_text("替您")
    elders.goto(site + "/representatives")
    elders.get_by_role("button", name="收回").click()
    expect(elders.locator("[role=status]")).to_contain_text("已经收回")


def only_reads(phone: Page, site: str) -> None:
    phone.goto(site + "/record")
    expect(phone.locator("main")).to_contain_text("青霉素")
    assert "抑郁" not in phone.content()
    for page in ("/", "/looked", "/rights", "/emergency", "/consents"):
        phone.goto(site + page)
        expect(phone).to_have_url(re.compile("/acting$"))
    expect(phone.locator("main")).to_contain_text("18 岁生日")


def does_nothing_any_more(phone: Page, site: str) -> None:
    phone.goto(site + "/record")
    expect(phone.locator("[role=status]")).to_contain_text("不能再替那个人办事")
    expect(phone.locator("main")).to_contain_text("没有人请您代办")
    phone.goto(site + "/record")
    expect(phone.locator("h1")).to_have_text("我的档案")


def test_j7_a_daughter_helps_her_mother_and_acts_for_her_child_until_two_birthdays(
    town, chromium_path
):
    grandmother, mother, child, account = town.does(people)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        elders, phone, desk = window(browser, PHONE), window(browser, PHONE), window(browser)
        with town.open() as site:
            sign_in(elders, site, grandmother, town.phones)
            ask_to_help(elders, site, mother)
            sign_in_clerk(desk, site, account)
            appoint_guardian(desk, child, mother)
            sign_in(phone, site, mother, town.phones)
            helps_her_mother(phone, site, grandmother)
            takes_her_child_to_the_doctor(town, phone, site, child)
            is_told_and_ends_it(elders, site)
        town.let_days_pass(2)  # the fourteenth birthday: nobody did anything
        with town.open() as site:
            only_reads(phone, site)
        town.let_days_pass(2 + 4 * 366)  # and after the eighteenth
        with town.open() as site:
            does_nothing_any_more(phone, site)
        assert phone.complaints == desk.complaints == elders.complaints == []
        browser.close()
    lines = town.does(
        lambda world: access.own_log(world.pool, world.keys, child.resident_id, limit=200)
    )
    acted = [line for line in lines if line.agent_kind == AgentKind.REPRESENTATIVE]
    assert acted
    assert {line.detail["representative"] for line in acted} == {mother.resident_id.bytes}
    assert all(line.agent_kind != AgentKind.RESIDENT for line in lines)
