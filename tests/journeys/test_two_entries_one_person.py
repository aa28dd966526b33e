"""J6 in a real browser: a registrar finds two entries that are one person, merges, and undoes it.

Mostly by keyboard. Everything filed under either is found after the merge, by the resident on her
own phone, and separated again exactly after the undo; both phones are told, neither of the other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import entries
import portals
import visits
from databases import in_a_loop_of_its_own
from examples.served import served
from openhealthcode import access, identity, registry
from openhealthcode.database import open_pool, transaction
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys, totp_code
from signing_in import PASSWORD, Account, Phones

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""
LI_PHONE, OTHER_PHONE = Phone.parse("13912345678"), Phone.parse("13712345671")


@dataclass
class Region:
    """The program being served, one person with two entries, and who can sign in."""

    site: str
    clerk: Account
    pair: entries.Pair
    phones: Phones
    own: object
    """Counts what the holder of each entry sees of her record."""


@pytest.fixture
def region(database, tmp_path) -> Iterator[Region]:
    keys, phones = Keys.open(tmp_path / "keys"), Phones()

    def do(work):
        async def inside():
            pool = await open_pool(database.url, size=2)
            try:
                return await work(await visits.world(pool, keys))
            finally:
                await pool.close()

        return in_a_loop_of_its_own(inside())

    async def people(world):
        pair = await entries.pair(world)
        for resident, phone in ((pair.first, LI_PHONE), (pair.second, OTHER_PHONE)):
            async with transaction(world.pool, resident=resident) as connection:
                await identity.bind_phone(connection, world.keys, resident, phone)
        who = await registry.register_practitioner(
            world.pool,
            PractitionerEntry(
                "R0101", world.hospital, "秦登记", PractitionerRole.REGISTRAR, staff_number="R0101"
            ),
        )
        made = await staff.create_account(
            world.pool,
            world.keys,
            who,
            staff_number="R0101",
            password=PASSWORD,
            roles=(Role.REGISTRAR,),
        )
        return pair, Account(who, world.hospital, "R0101", made.totp_secret)

    pair, clerk = do(people)

    def own():
        async def seen(world):
            return tuple(
                [
                    sorted(
                        e.entry_id for e in (await access.own_record(world.pool, keys, one)).entries
                    )
                    for one in (pair.first, pair.second)
                ]
            )

        return do(seen)

    with served(portals.served_over(database.url, keys, phones)) as site:
        yield Region(site, clerk, pair, phones, own)
    keys.close()


def window(browser, size: dict[str, int]) -> Page:
    context = browser.new_context(viewport=size, locale="zh-CN")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def at_the_counter(browser, region: Region) -> Page:
    page = window(browser, DESK)
    page.goto(region.site + "/registrar/sign-in")
    page.fill('[name="account"]', region.clerk.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', totp_code(region.clerk.totp_secret, time.time()))
    page.press('[name="totp"]', "Enter")
    page.wait_for_url(region.site + "/registrar")
    return page


def at_home(browser, region: Region) -> Page:
    """Li Shi on her own phone."""
    page = window(browser, PHONE)
    page.goto(region.site + "/sign-in")
    page.fill('[name="number"]', visits.national_id(2))
    page.fill('[name="name"]', "李试")
    page.fill('[name="phone"]', "13912345678")
    page.click("form button.primary")
    page.wait_for_url("**/sign-in/code")
    page.fill('[name="code"]', region.phones.code(LI_PHONE))
    page.click("form button.primary")
    page.wait_for_url(region.site + "/")
    return page


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def decide(counter: Page, *keys: str) -> None:
    """Press one key after the other; Enter sends."""
    for key in (*keys, "Enter"):
        counter.keyboard.press(key)


def reads(page: Page, address: str, *said: str, never: tuple[str, ...] = ()) -> None:
    page.goto(address)
    for words in said:
        expect(page.locator("main")).to_contain_text(words)
    for words in never:
        expect(page.locator("main")).not_to_contain_text(words)


def open_the_first(counter: Page) -> None:
    decide(counter, "j")
    expect(counter.locator("h1")).to_have_text("是不是同一个人？")


def test_two_entries_of_one_person_become_one_and_two_again(browser, region):
    before = region.own()
    assert not set(before[0]) & set(before[1])
    li, record = at_home(browser, region), region.site + "/record"
    reads(li, record, "青霉素", never=("头孢",))
    region.phones.arrived.clear()

    counter = at_the_counter(browser, region)
    counter.click('a[href="/registrar/duplicates"]')
    reads(counter, region.site + "/registrar/duplicates", "信息相近", never=("李",))
    keep(counter, "j6-queue")
    open_the_first(counter)
    expect(counter.locator("table.sides")).to_contain_text("读音相同")
    keep(counter, "j6-compare")
    decide(counter, "s", "2")
    counter.wait_for_url("**/registrar/duplicates?done=merged*")
    expect(counter.get_by_role("status")).to_contain_text("已合并")

    told = {message.phone: message.text for message in region.phones.arrived}
    assert set(told) == {LI_PHONE, OTHER_PHONE}
    assert not any("李" in text or "头孢" in text for text in told.values())
    assert region.own()[0] == region.own()[1] == sorted([*before[0], *before[1]])
    reads(li, record, "青霉素", "头孢")
    keep(li, "j6-record")
    reads(li, region.site + "/looked", "核对您的登记信息", never=("李式",))
    keep(li, "j6-looked")
    li.goto("about:blank")  # the list would load itself anew while she goes elsewhere

    counter.keyboard.press("u")
    expect(counter.locator("#settled")).to_have_text("已合并为一个人")
    decide(counter, "u", "1")
    counter.wait_for_url("**/registrar/duplicates?done=reopened*")
    assert region.own() == before
    reads(li, record, "青霉素", never=("头孢",))

    open_the_first(counter)
    decide(counter, "d", "2")
    counter.wait_for_url("**/registrar/duplicates?done=not-same*")
    expect(counter.locator("main")).to_contain_text("没有等待处理的")
    assert counter.complaints == li.complaints == []
