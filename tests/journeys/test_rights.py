"""J13: a resident takes everything along, has a mistake corrected, closes a category, then closes the
account: the platform's copy is destroyed, a restored backup cannot be read, the receipt says the rest.

One phone and one desk in a real browser over the whole program; the hospital's system delivers as ever.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Download, Error, Page, expect, sync_playwright

import visits
from databases import _execute, _named, fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import access, app, collection, identity
from openhealthcode.audit import check_receipt
from openhealthcode.database import open_pool, stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Phone, RecordCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import NoteVerifier
from openhealthcode.transparency.receipt import CheckedReceipt
from openhealthcode.trust import Keys, UnknownKey, totp_code
from printed import text_of
from signing_in import PASSWORD, Phones

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = Phone.parse("13912345678")
STAFF_NUMBER = "0217"
LOG = "j13.example/log"


@dataclass
class House:
    """A hospital's region being served, with one resident, and a backup of it made before."""

    site: str
    settings: Settings
    backup_url: str
    outbox: Phones
    world: visits.World
    resident: ResidentId
    totp_secret: bytes

    def deliver(self, *life) -> None:
        """The hospital's system hands the record in again, as it stands there."""
        in_a_loop_of_its_own(self._deliver(life))

    async def _deliver(self, life) -> None:
        async with _opened(self.settings) as (pool, keys):
            sent = visits.bundle(visits.patient(2), *life, key="resident-2")
            await collection.file_bundle(pool, keys, bundle=sent, source=self.world.source)

    def shown_to_the_doctor(self) -> set[RecordCategory]:
        """The categories Dr Wang is shown when she looks now."""
        return in_a_loop_of_its_own(self._look())

    async def _look(self) -> set[RecordCategory]:
        async with _opened(self.settings) as (pool, keys):
            world = visits.World(pool, keys, self.world.hospital, self.world.wang)
            return {entry.category for entry in (await world.look(self.resident)).entries}

    def check(self, file: bytes) -> CheckedReceipt:
        keys = Keys.open(self.settings.keys_at)
        receipts = NoteVerifier(keys.receipt_signer(f"{LOG}/receipts").verifier_key)
        log = keys.checkpoint_verifier(LOG)
        keys.close()
        return check_receipt(file, receipts, log)


class _opened:  # noqa: N801 - reads as a verb
    """Pool and keys of the installation, beside the program that serves it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def __aenter__(self):
        self.keys = Keys.open(self.settings.keys_at)
        self.pool = await open_pool(self.settings.database_url, size=2)
        return self.pool, self.keys

    async def __aexit__(self, *_):
        await self.pool.close()
        self.keys.close()


async def _settle(settings: Settings):
    async with _opened(settings) as (pool, keys):
        world = await visits.world(pool, keys)
        resident = await world.resident()
        async with transaction(pool, resident=resident) as connection:
            await identity.bind_phone(connection, keys, resident, PHONE)
        account = await staff.create_account(
            pool, keys, world.wang,
            staff_number=STAFF_NUMBER, password=PASSWORD, roles=(Role.REGISTRAR,),
        )  # fmt: skip
        await world.allow(resident, with_what_is_added=True)
        return world, resident, account.totp_secret


@pytest.fixture
def house(postgres, tmp_path) -> Iterator[House]:
    with fresh_database(postgres) as database:
        in_a_loop_of_its_own(stamp(database.owner_url, "production"))
        settings = Settings(data_directory=tmp_path, database_url=database.url, log_origin=LOG)
        world, resident, secret = in_a_loop_of_its_own(_settle(settings))
        backup = f"{database.name}_backup"
        in_a_loop_of_its_own(
            _execute(postgres, f"CREATE DATABASE {backup} TEMPLATE {database.name}")
        )
        outbox = Phones()
        try:
            with served(app.create(settings, outbox=outbox)) as site:
                url = _named(postgres.url, backup)
                yield House(site, settings, url, outbox, world, resident, secret)
        finally:
            in_a_loop_of_its_own(_execute(postgres, f"DROP DATABASE {backup} WITH (FORCE)"))


@contextmanager
def browsers(chromium_path: str) -> Iterator[tuple[Page, Page]]:
    """A phone and the counter's computer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        pages = []
        for size in ({"width": 390, "height": 844}, {"width": 1366, "height": 768}):
            context = browser.new_context(viewport=size, locale="zh-CN", accept_downloads=True)
            context.set_default_timeout(30_000)
            pages.append(context.new_page())
        yield pages[0], pages[1]
        browser.close()


def _sign_in(phone: Page, house: House) -> None:
    phone.goto(house.site + "/sign-in")
    phone.fill('[name="number"]', visits.national_id(2))
    phone.fill('[name="name"]', "李试")
    phone.fill('[name="phone"]', PHONE.number)
    phone.click("form.card button")
    phone.wait_for_selector('[name="code"]')
    phone.fill('[name="code"]', house.outbox.code(PHONE))
    phone.click("form.card button")
    phone.wait_for_selector(".qr")


def _go(page: Page, address: str) -> None:
    """Go there; a page that just reloads itself by a notice may stop the first attempt."""
    try:
        page.goto(address)
    except Error:
        page.goto(address)


def _sign_in_clerk(desk: Page, house: House) -> None:
    desk.goto(house.site + "/registrar")
    desk.fill('[name="account"]', STAFF_NUMBER)
    desk.fill('[name="password"]', PASSWORD)
    desk.fill('[name="totp"]', totp_code(house.totp_secret, time.time()))
    desk.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    desk.wait_for_url(re.compile(r"/registrar$"))


def _downloaded(page: Page, button: str) -> tuple[Download, bytes]:
    with page.expect_download() as arriving:
        page.click(button)
    return arriving.value, Path(arriving.value.path()).read_bytes()


def _close(phone: Page, house: House) -> bytes:
    """Close the account on the phone; the receipt, as downloaded from the last page."""
    _go(phone, house.site + "/rights/close")
    expect(phone.locator("main")).to_contain_text("黛川县人民医院")
    phone.check('[name="understood"]')
    phone.click("button.destructive")
    expect(phone.locator("h1")).to_have_text("已注销，档案已销毁")
    return _downloaded(phone, 'form[action="/receipts/file"] button')[1]


def test_j13_taken_along_corrected_restricted_closed_and_gone(house, chromium_path):
    with browsers(chromium_path) as (phone, desk):
        _sign_in(phone, house)

        # Everything is taken along: to read, for another system, as a summary for a doctor abroad.
        phone.goto(house.site + "/rights")
        file, document = _downloaded(phone, 'button[value="document"]')
        assert file.suggested_filename.endswith(".html")
        assert all(said in document.decode() for said in ("李试", "青霉素", "高血压", "抑郁"))
        file, pdf = _downloaded(phone, 'button[value="pdf"]')
        assert file.suggested_filename.endswith(".pdf")
        assert all(said in text_of(pdf) for said in ("李试", "青霉素", "高血压", "抑郁"))
        _, whole = _downloaded(phone, 'button[value="fhir"]')
        kinds = [one["resource"]["resourceType"] for one in json.loads(whole)["entry"]]
        assert len(kinds) - kinds.count("AuditEvent") == 1 + len(visits.LIFE)
        assert kinds.count("AuditEvent") > 1
        _, summary = _downloaded(phone, 'button[value="ips"]')
        assert json.loads(summary)["type"] == "document"
        assert "青霉素" in summary.decode()
        assert "抑郁" not in summary.decode()  # closed by itself, and not ticked

        # A mistake is corrected by the hospital that made it, within the clock.
        phone.goto(house.site + "/rights/correct")
        phone.click("details:has-text('过敏') summary")
        phone.click("details:has-text('过敏') a")
        phone.fill('[name="words"]', "我对头孢过敏，不是青霉素")
        phone.click("form.card button.primary")
        expect(phone.locator("#correct >> xpath=ancestor::section")).to_contain_text("还有")
        house.deliver(visits.allergy("头孢菌素"), *visits.LIFE[1:])
        _sign_in_clerk(desk, house)
        desk.goto(house.site + "/registrar/corrections")
        desk.click("a[href^='/registrar/corrections/']")
        expect(desk.locator("main")).to_contain_text("头孢菌素")
        desk.click('button[value="accept"]')
        answered = phone.locator("#correct >> xpath=ancestor::section")
        expect(answered).to_contain_text(
            "已更正", timeout=60_000
        )  # the open page says so by itself

        # A category is closed to everybody: the doctor's next look goes without it.
        assert RecordCategory.CONDITIONS in house.shown_to_the_doctor()
        phone.click('a[href="/restrictions"]')
        phone.click('a[href="/restrictions/new"]')
        phone.check('[name="category"][value="conditions"]')
        phone.click("form button.primary")
        phone.wait_for_url(re.compile(r"/restrictions\?done=closed"))
        assert RecordCategory.CONDITIONS not in house.shown_to_the_doctor()
        assert RecordCategory.ALLERGIES in house.shown_to_the_doctor()

        # The account is closed: what is destroyed and what stays is said before, and receipted.
        receipt = _close(phone, house)
        checked = house.check(receipt)
        assert checked.is_in_the_tree
        assert checked.statement.events[0].action == "account.close"
        for said in ("李试", "黛川县人民医院", "依法由机构保存的原件"):
            assert said in receipt.decode()

        # Gone: for the resident, for the hospital's next delivery, and in a backup restored.
        phone.goto(house.site + "/record")
        phone.wait_for_selector('[name="number"]')
        with pytest.raises(identity.AccountClosed):
            house.deliver(*visits.LIFE)
        with pytest.raises(UnknownKey):
            in_a_loop_of_its_own(_read_backup(house))


async def _read_backup(house: House) -> None:
    keys = Keys.open(house.settings.keys_at)
    restored = await open_pool(house.backup_url, size=2)
    try:
        await access.own_record(restored, keys, house.resident)
    finally:
        await restored.close()
        keys.close()
