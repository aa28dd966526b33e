"""J16 and J17 in a real browser: residents without a phone, and one who is made to enter a PIN.

A counter sets the PIN, card in hand, or prints a card to show; the doctor's device is turned to the resident, who taps the
keys on the screen. Somebody without a PIN is helped by a colleague. Under pressure another PIN opens
a record that looks like that of somebody who is hardly ever ill; only the region hears of it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import portals
import presence
import visits
from clinic_desk import colleague
from databases import in_a_loop_of_its_own
from examples.served import served
from openhealthcode.database import open_pool
from openhealthcode.sign_in import Role, staff
from openhealthcode.trust import Keys, totp_code
from presence import OWN, SECOND, WRONG
from printed import codes_of, text_of
from signing_in import PASSWORD, Account, Phones, employ
from trusting import trusted_region

DESK = {"width": 1366, "height": 768}
PICTURES = os.environ.get("OHC_PICTURES", "")
"""A folder to leave pictures of the pages in, for whoever wants to look at them."""
LI, TWIN, NO_PIN, PRESSED = 2, 4, 6, 8  # serials of the ID numbers, all of one sex


@dataclass
class Clinic:
    """The program being served, and who can sign in to it."""

    site: str
    wang: Account
    lin: Account
    clerk: Account
    supervisor: Account


@pytest.fixture
def clinic(database, tmp_path) -> Iterator[Clinic]:
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
        await world.resident(serial=LI)
        twin = await world.resident(visits.allergy("青霉素"), serial=TWIN)
        await world.resident(serial=NO_PIN)
        for one in (twin, await world.resident(serial=PRESSED)):
            await presence.give_pins(world, one)
        doctors = {}
        for number, who in (("0217", world.wang), ("0318", await colleague(world))):
            made = await staff.create_account(
                world.pool,
                world.keys,
                who,
                staff_number=number,
                password=PASSWORD,
                roles=(Role.CLINICIAN,),
            )
            doctors[number] = Account(who, world.hospital, number, made.totp_secret)
        await trusted_region(world.pool, world.keys)
        clerk = await employ(world.pool, world.keys, Role.REGISTRAR)
        supervisor = await employ(world.pool, world.keys, Role.SUPERVISOR)
        return doctors["0217"], doctors["0318"], clerk, supervisor

    wang, lin, clerk, supervisor = do(people)
    app = portals.served_over(database.url, keys, phones)
    with served(app) as site:
        yield Clinic(site, wang, lin, clerk, supervisor)
    keys.close()


def window(browser) -> Page:
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def signed_in(browser, clinic: Clinic, who: Account, home: str) -> Page:
    page = window(browser)
    page.goto(f"{clinic.site}{home}/sign-in")
    page.fill('[name="account"]', who.staff_number)
    page.fill('[name="password"]', PASSWORD)
    page.fill('[name="totp"]', totp_code(who.totp_secret, time.time()))
    page.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    page.wait_for_url(f"{clinic.site}{home}*")
    return page


def take_the_card(desk: Page, clinic: Clinic, serial: int) -> None:
    """From the scan page to the form of what to ask."""
    desk.goto(clinic.site + "/clinic")
    desk.click('a[href="/clinic/arrival"]')
    desk.fill('[name="number"]', visits.national_id(serial))
    desk.fill('[name="name"]', presence.NAME)
    desk.check('[name="compared"]')
    desk.click("main button.primary")
    expect(desk.locator("h1")).to_have_text(presence.NAME)


def turn_the_screen(desk: Page) -> None:
    desk.click('button[value="here"]')
    expect(desk.locator(".keys")).to_be_visible()


def tap(desk: Page, digits: str) -> None:
    for digit in digits:
        desk.click(f'.keys [data-key="{digit}"]')


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_j16_a_card_and_a_pin_in_place_of_the_phone(browser, clinic):
    counter = signed_in(browser, clinic, clinic.clerk, "/registrar")
    counter.click('a[href="/registrar/pin"]')
    counter.fill('[name="number"]', visits.national_id(LI))
    counter.fill('[name="name"]', presence.NAME)
    counter.check('[name="compared"]')
    counter.fill('[name="new"]', OWN)
    counter.fill('[name="again"]', OWN)
    keep(counter, "counter")
    counter.click("main button.primary")
    expect(counter.locator("[role=status]")).to_contain_text("立即生效")

    desk = signed_in(browser, clinic, clinic.wang, "/clinic")
    take_the_card(desk, clinic, LI)
    assert "青霉素" not in desk.content()
    turn_the_screen(desk)
    keep(desk, "pad")
    assert "青霉素" not in desk.content()
    desk.uncheck('[name="category"][value="laboratory"]')
    tap(desk, WRONG)
    desk.click('button[value="allow"]')
    expect(desk.locator("#pin-problem")).to_contain_text("授权密码不对")
    assert not desk.is_checked('[name="category"][value="laboratory"]')
    expect(desk.locator("#pin")).to_be_focused()
    desk.keyboard.type(OWN)  # as well as by the keys on the screen
    desk.click('button[value="allow"]')
    record = desk.locator(".record")
    expect(record).to_be_visible()
    expect(record).to_contain_text("青霉素")
    assert "血糖" not in desk.content()
    assert desk.complaints == counter.complaints == []


def print_a_card(counter: Page, clinic: Clinic, serial: int) -> bytes:
    """What the clerk's printer is given."""
    counter.goto(clinic.site + "/registrar")
    counter.click('a[href="/registrar/cards"]')
    counter.fill('[name="number"]', visits.national_id(serial))
    counter.fill('[name="name"]', presence.NAME)
    counter.check('[name="compared"]')
    counter.click("main button.primary")
    keep(counter, "card-counter")
    with counter.expect_download() as begun:
        counter.click('button[value="printed"]')
    return Path(begun.value.path()).read_bytes()


def test_j16_a_printed_card_names_and_the_pin_opens(browser, clinic):
    counter = signed_in(browser, clinic, clinic.clerk, "/registrar")
    pdf = print_a_card(counter, clinic, TWIN)
    (card,) = codes_of(pdf)
    assert presence.NAME in text_of(pdf)
    assert visits.national_id(TWIN) not in text_of(pdf)

    desk = signed_in(browser, clinic, clinic.wang, "/clinic")
    desk.fill('[name="code"]', card)
    desk.keyboard.press("Enter")  # as a scanner ends what it types
    expect(desk.locator("h1")).to_have_text(presence.NAME)
    expect(desk.locator(".pill")).to_contain_text("请核对本人面容")
    keep(desk, "card-shown")
    assert "青霉素" not in desk.content()
    turn_the_screen(desk)
    tap(desk, WRONG)
    desk.click('button[value="allow"]')
    expect(desk.locator("#pin-problem")).to_contain_text("授权密码不对")
    tap(desk, OWN)
    desk.click('button[value="allow"]')
    expect(desk.locator(".record")).to_contain_text("青霉素")

    (fresh,) = codes_of(print_a_card(counter, clinic, TWIN))
    for code, answer in ((card, "作废"), (fresh, "请核对本人面容")):
        desk.goto(clinic.site + "/clinic")
        desk.fill('[name="code"]', code)
        desk.keyboard.press("Enter")
        expect(desk.locator("main")).to_contain_text(answer)
    assert desk.complaints == counter.complaints == []


def test_j16_a_colleague_helps_somebody_without_a_pin(browser, clinic):
    desk = signed_in(browser, clinic, clinic.wang, "/clinic")
    take_the_card(desk, clinic, NO_PIN)
    desk.click('button[value="here"]')
    expect(desk.locator(".pad-keys")).to_contain_text("还没有授权密码")
    desk.click('a[href$="/assisted"]')
    desk.fill('[name="account"]', clinic.lin.staff_number)
    desk.fill('[name="password"]', PASSWORD)
    desk.fill('[name="totp"]', totp_code(clinic.lin.totp_secret, time.time()))
    desk.fill('[name="companion"]', "女儿李小花")
    desk.check('[name="heard"]')
    keep(desk, "assisted")
    desk.click("main button.primary")
    expect(desk.locator(".record")).to_contain_text("青霉素")
    region = signed_in(browser, clinic, clinic.supervisor, "/supervision")
    region.click('a[href="/supervision/presence"]')
    expect(region.locator(".case", has_text="有人协助")).to_contain_text("林月")
    assert desk.complaints == []


def read(desk: Page, clinic: Clinic, serial: int, typed: str) -> str:
    """What a clinician reads on the pad and after this PIN, but clock times."""
    take_the_card(desk, clinic, serial)
    turn_the_screen(desk)
    pad = desk.inner_text("main")
    tap(desk, typed)
    desk.click('button[value="allow"]')
    expect(desk.locator(".record")).to_be_visible()
    keep(desk, f"record-{serial}")
    return re.sub(r"\d\d:\d\d(:\d\d)?", "·", pad + desk.inner_text("body"))


def test_j17_what_opens_under_pressure_cannot_be_told_apart(browser, clinic):
    desk = signed_in(browser, clinic, clinic.wang, "/clinic")
    pressed = read(desk, clinic, PRESSED, SECOND)
    free = read(desk, clinic, TWIN, OWN)
    assert "青霉素" in pressed
    assert "高血压" not in pressed
    assert pressed == free
    region = signed_in(browser, clinic, clinic.supervisor, "/supervision")
    region.goto(clinic.site + "/supervision/presence")
    # One ordinary answer in twenty is on the list as well.
    under_pressure = region.locator(".case", has_text="受人逼迫")
    expect(under_pressure).to_have_count(1)
    keep(region, "presences")
    under_pressure.locator("button").click()
    expect(region.locator("main")).to_contain_text(presence.NAME)
    expect(region.locator("main")).to_contain_text("请勿告知")
    keep(region, "presence")
    assert desk.complaints == region.complaints == []
