"""J5: a phone shows its code with the network gone, and answers the code a counter shows, in a real browser.

What a desk reads from the screen is checked as a desk without network checks it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

import asyncpg
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app, demonstration, trust
from openhealthcode.database import stamp, transaction
from openhealthcode.demonstration import PASSWORD, Accounts, DemonstrationOutbox
from openhealthcode.demonstration.region import LEADING
from openhealthcode.healthcode import signed
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.errors import RevokedCode
from openhealthcode.healthcode.signed import Purpose, ReplaySet, counter, verify
from openhealthcode.registry import institutions_named
from openhealthcode.settings import Settings
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import CodeIssuer, StatusList, TrustList, UntrustedSignature
from scanning import code, scan
from trusting import trusted_region

PHONE = {"width": 390, "height": 844}


@dataclass
class Region:
    """A region being served: who can sign in, where messages arrive, and what a desk was given."""

    site: str
    owner_url: str
    settings: Settings
    accounts: Accounts
    outbox: DemonstrationOutbox
    trusted: TrustList
    issuer: CodeIssuer
    hospital: InstitutionId
    hospital_name: str

    def revoked(self) -> TrustList:
        """The list with what was revoked by now, as the next hour's would have it."""

        async def read() -> list[int]:
            async with (
                app.opened(self.settings, is_synthetic=True) as platform,
                transaction(platform.pool, task="publishing") as connection,
            ):
                return await signed.revoked_indexes(connection, self.issuer.key_id)

        bits = StatusList.of(in_a_loop_of_its_own(read()), size=1 << 23)
        return replace(self.trusted, revoked={self.issuer.key_id: bits})


@pytest.fixture(scope="module")
def region(postgres, tmp_path_factory) -> Iterator[Region]:
    with fresh_database(postgres) as database:
        in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
        settings = Settings(
            data_directory=tmp_path_factory.mktemp("offline"), database_url=database.url
        )
        outbox = DemonstrationOutbox()
        filled = in_a_loop_of_its_own(_fill(settings))
        with served(app.create(settings, outbox=outbox, is_synthetic=True)) as site:
            yield Region(site, database.owner_url, settings, filled[0], outbox, *filled[1:])


async def _fill(settings: Settings):
    whole = demonstration.generate(datetime.now(UTC).date())
    leading = set(LEADING.values())
    told = replace(whole, residents=tuple(r for r in whole.residents if r.key in leading))
    async with app.opened(settings, is_synthetic=True) as platform:
        accounts = await demonstration.fill(platform, told, lambda _: None)
        _, trusted = await trusted_region(platform.pool, platform.keys)
        hospital = (await institutions_named(platform.pool, "医院"))[0]
        issuer = platform.keys.code_issuer(datetime.now(UTC))
        return accounts, trusted, issuer, hospital.institution_id, hospital.name


@contextmanager
def phone_of(browser: Browser, region: Region, name: str) -> Iterator[Page]:
    """A phone of somebody who has just signed in and been online for a moment."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", is_mobile=True)
    context.set_default_timeout(30_000)
    phone = context.new_page()
    phone.complaints = []
    phone.on("pageerror", lambda error: phone.complaints.append(str(error)))
    sign_in(phone, region, name)
    yield phone
    context.close()


def sign_in(phone: Page, region: Region, name: str) -> None:
    who = next(one for one in region.accounts.residents if one.name == name)
    in_a_loop_of_its_own(_forget_earlier_codes(region.owner_url))
    phone.goto(region.site + "/sign-in")
    phone.fill('[name="number"]', who.national_id)
    phone.fill('[name="name"]', who.name)
    phone.fill('[name="phone"]', who.phone)
    phone.click("form.card button")
    phone.wait_for_selector('[name="code"]')
    phone.fill('[name="code"]', region.outbox.code_for(who.phone))
    phone.click("form.card button")
    expect(phone.locator(".qr")).to_be_visible()
    wait_until_ready(phone)


async def _forget_earlier_codes(owner_url: str) -> None:
    """As if an hour had passed: one telephone gets few messages an hour."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("DELETE FROM sign_in.attempt")
    await owner.close()


def wait_until_ready(phone: Page) -> None:
    """Until twenty codes lie in the phone's store and its worker will answer for the next page."""
    until(
        phone,
        """const { all, fact } = await import(
             document.querySelector('script[src*="refill.js"]').src.replace("refill", "kept-codes"));
           const ready = (await all()).length === 20 && (await fact("page")) && (await fact("counters"));
           return Boolean(ready && (await navigator.serviceWorker.getRegistration("/"))?.active);""",
    )


def until(phone: Page, question: str) -> None:
    """Ask the page again and again until it says yes."""
    for _ in range(600):
        if phone.evaluate("async () => {" + question + "}"):
            return
        time.sleep(0.1)
    pytest.fail("the page never came to say yes")


def scanned(phone: Page) -> str:
    """What a desk's scanner reads from the phone's screen."""
    shown = phone.locator("[data-part=card]")
    expect(shown.locator("svg")).to_be_visible()
    return code(shown.screenshot())


def at_the_counter(region: Region, number: int = 3) -> str:
    """What a counter's screen shows now."""
    return counter.issue(
        region.issuer.signer,
        region=region.issuer.region,
        institution_id=region.hospital,
        counter=number,
        nonce=secrets.token_bytes(8),
        purpose=Purpose.TREAT,
        now=datetime.now(UTC),
    )


def spliced(one: str, other: str) -> str:
    """The fields of one counter's code under the signature of another's."""
    fields, signature = counter.read(one).data[:40], counter.read(other).data[40:]
    return encode(CodeType.COUNTER, fields + signature)


def test_with_the_network_gone_the_phone_opens_on_a_code_that_a_desk_believes(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        phone.goto(region.site + "/")  # as from the home screen
        replays, now = ReplaySet(), datetime.now(UTC)
        text = scanned(phone)
        assert len(text) == 497
        found = verify(text, region.trusted, now, replays=replays)
        assert found.purposes == Purpose.TREAT
        expect(phone.locator("[data-part=count]")).to_contain_text("19")
        assert "李春兰" not in phone.content()

        phone.reload()  # the same code, and no second one is used up
        assert scanned(phone) == text
        expect(phone.locator("[data-part=count]")).to_contain_text("19")

        phone.click("[data-part=next]")
        expect(phone.locator("[data-part=count]")).to_contain_text("18")
        second = scanned(phone)
        assert second != text
        verify(second, region.trusted, datetime.now(UTC), replays=replays)
        shared = sum(one == other for one, other in zip(text, second, strict=True))
        assert shared < 150  # of 497 digits a tenth by chance, and the region's own

        phone.context.set_offline(False)
        expect(phone.locator("[data-part=online]")).to_be_visible()
        phone.click("[data-part=online] a")
        wait_until_ready(phone)  # topped up again
        assert phone.complaints == []


def test_the_private_keys_cannot_be_taken_out_of_the_phone(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        refusals = phone.evaluate(
            """async () => {
              const { all } = await import(
                document.querySelector('script[src*="refill.js"]').src.replace("refill", "kept-codes"));
              const tried = (await all()).map(async ({ key }) => {
                for (const form of ["pkcs8", "jwk"])
                  try { await crypto.subtle.exportKey(form, key); return "taken"; } catch { }
                return key.extractable ? "extractable" : key.usages.join();
              });
              return Promise.all(tried);
            }"""
        )
        assert refusals == ["sign"] * 20


def test_the_page_can_be_put_on_the_home_screen(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        asked = phone.context.new_cdp_session(phone)
        errors = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert {one["errorId"] for one in errors} <= {
            "in-incognito"
        }  # as every window of a test is
        manifest = asked.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert manifest["manifest"]["id"].endswith("/")


def test_a_counters_code_is_shown_by_name_and_answered_for_it_alone(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        phone.goto(region.site + "/offline")
        plain = scanned(phone)
        shown = at_the_counter(region)
        phone.click("summary")
        phone.fill("#code", shown)
        phone.click("[data-part=typed] button")
        sheet = phone.locator("#counter-sheet")
        expect(sheet).to_contain_text(f"{region.hospital_name}，3 号窗口")
        expect(sheet).to_contain_text("为您看病")
        sheet.locator('[value="no"]').click()
        assert scanned(phone) == plain  # not answered, nothing used up

        phone.click("[data-part=typed] button")
        sheet.locator('[value="answer"]').click()
        expect(phone.locator("[data-part=for]")).to_contain_text("只给")
        answer, now = scanned(phone), datetime.now(UTC)
        challenge = counter.read(shown).challenge
        other = counter.read(at_the_counter(region)).challenge
        for wrong in (b"", other):
            with pytest.raises(UntrustedSignature):
                verify(answer, region.trusted, now, replays=ReplaySet(), challenge=wrong)
        verify(answer, region.trusted, now, replays=ReplaySet(), challenge=challenge)
        assert phone.complaints == []


def test_a_forged_or_damaged_counter_is_refused_with_a_sentence(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        phone.goto(region.site + "/offline")
        phone.click("summary")
        stranger = replace(region.issuer, signer=trust.P256Signer.generate())
        forged = at_the_counter(replace(region, issuer=stranger))
        problem = phone.locator("[data-part=problem]")
        for text, said in (
            (forged, "不认识"),
            (at_the_counter(region)[:-1], "不是窗口的码"),
            ("http://example.org/", "不是窗口的码"),
            (spliced(at_the_counter(region, 3), at_the_counter(region, 4)), "假的"),
        ):
            phone.fill("#code", text)
            phone.click("[data-part=typed] button")
            expect(problem).to_contain_text(said)
            expect(phone.locator("#counter-sheet")).not_to_be_visible()
        assert phone.complaints == []


def test_signing_out_leaves_no_code_on_the_phone_and_its_certificates_are_revoked(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        phone.goto(region.site + "/")
        text = scanned(phone)
        phone.context.set_offline(False)
        phone.goto(region.site + "/me")
        phone.click('form[action="/sign-out"] button')
        phone.wait_for_url("**/signed-out")
        until(
            phone,
            "return !(await indexedDB.databases()).length && !(await caches.keys()).length;",
        )
        with pytest.raises(RevokedCode):
            verify(text, region.revoked(), datetime.now(UTC), replays=ReplaySet())

        sign_in(phone, region, "李春兰")  # the same phone begins anew, and shows again
        phone.context.set_offline(True)
        phone.goto(region.site + "/")
        verify(scanned(phone), region.revoked(), datetime.now(UTC), replays=ReplaySet())
        assert phone.complaints == []


def test_when_all_are_used_the_page_says_so_and_what_to_do(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.evaluate(
            """async () => {
              const { drop } = await import(
                document.querySelector('script[src*="refill.js"]').src.replace("refill", "kept-codes"));
              await drop(() => true);
            }"""
        )
        phone.context.set_offline(True)
        phone.goto(region.site + "/")
        expect(phone.locator("[data-part=empty]")).to_be_visible()
        expect(phone.locator("[data-part=next]")).not_to_be_visible()
        assert phone.locator("[data-part=card]").is_hidden()
        assert phone.complaints == []


def test_the_settings_say_how_many_are_ready_and_replace_them(browser, region):
    with phone_of(browser, region, "李春兰") as phone:
        phone.goto(region.site + "/offline-codes")
        ready = phone.locator("[data-ready]")
        expect(ready).to_contain_text("20 个")
        phone.context.set_offline(True)
        phone.goto(region.site + "/offline")
        text = scanned(phone)
        phone.context.set_offline(False)
        phone.goto(region.site + "/offline-codes")
        phone.click('form[action$="/take-back"] button')
        expect(phone.locator("p.notice")).to_contain_text("作废")
        expect(ready).to_contain_text("20 个")
        with pytest.raises(RevokedCode):
            verify(text, region.revoked(), datetime.now(UTC), replays=ReplaySet())
        assert phone.complaints == []


def test_the_phones_camera_reads_the_counter_without_network(chromium_path, region, tmp_path):
    film = tmp_path / "counter.mjpeg"
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    frame = Image.new("RGB", (640, 480), (170, 170, 170))
    blank = BytesIO()
    frame.save(blank, "JPEG")
    film.write_bytes(blank.getvalue() * 10)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", *camera]
        launched = playwright.chromium.launch(
            executable_path=chromium_path,
            args=[*arguments, f"--use-file-for-fake-video-capture={film}"],
        )
        with phone_of(launched, region, "李春兰") as phone:
            phone.context.set_offline(True)
            phone.goto(region.site + "/offline")
            scanned(phone)
            shown = at_the_counter(region)
            symbol = zxingcpp.create_barcode(shown, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
            drawn = Image.fromarray(symbol.to_image(scale=6, add_quiet_zones=True)).convert("RGB")
            frame.paste(drawn.rotate(3, expand=True, fillcolor=(170, 170, 170)), (100, 40))
            seen = BytesIO()
            frame.save(seen, "JPEG", quality=85)
            film.write_bytes(seen.getvalue() * 20)
            phone.click("[data-part=camera]")
            sheet = phone.locator("#counter-sheet")
            expect(sheet).to_contain_text(region.hospital_name, timeout=40_000)
            sheet.locator('[value="answer"]').click()
            expect(phone.locator("[data-part=for]")).to_contain_text("只给")
            challenge = counter.read(shown).challenge
            now = datetime.now(UTC)
            verify(scanned(phone), region.trusted, now, replays=ReplaySet(), challenge=challenge)
            assert phone.complaints == []
        launched.close()


def test_j5_a_phone_without_network_answers_the_counters_screen_and_the_desk_knows_who_it_is(
    browser, region
):
    wang = next(one for one in region.accounts.staff if one.name == "王敏")
    desk = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    desk.goto(region.site + "/clinic")
    desk.fill('[name="account"]', wang.staff_number)
    desk.fill('[name="password"]', PASSWORD)
    desk.fill('[name="totp"]', wang.code(time.time()))
    desk.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    desk.wait_for_url("**/clinic")
    desk.goto(region.site + "/clinic/counter")
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        phone.goto(region.site + "/offline")
        scanned(phone)
        screen = code(desk.screenshot())
        phone.click("summary")
        phone.fill("#code", screen)
        phone.click("[data-part=typed] button")
        expect(phone.locator("#counter-sheet")).to_contain_text("黛川县人民医院")
        phone.click('#counter-sheet [value="answer"]')
        expect(phone.locator("[data-part=for]")).to_contain_text("只给")
        answer = scanned(phone)

        desk.goto(region.site + "/clinic")
        scan(desk, answer)
        expect(desk.locator("body")).to_contain_text("李春兰")
        desk.goto(region.site + "/clinic")
        scan(desk, answer)  # a second time it names nobody
        expect(desk.locator('[role="alert"]')).to_be_visible()
        assert phone.complaints == []
    desk.context.close()


def test_j5_phone_and_desk_are_both_without_network_and_nothing_is_lost(browser, region):
    wang = next(one for one in region.accounts.staff if one.name == "王敏")
    desk = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    desk.goto(region.site + "/clinic")
    desk.fill('[name="account"]', wang.staff_number)
    desk.fill('[name="password"]', PASSWORD)
    desk.fill('[name="totp"]', wang.code(time.time() + 30))  # the other journey used this one's
    desk.click('[name="totp"] >> xpath=ancestor::form >> css=button.primary')
    desk.wait_for_url("**/clinic")
    desk.locator("html[data-ready-offline]").wait_for()
    with phone_of(browser, region, "李春兰") as phone:
        phone.context.set_offline(True)
        desk.context.set_offline(True)
        phone.goto(region.site + "/")
        text = scanned(phone)
        scan(desk, text)
        expect(desk.locator("#result")).to_contain_text("码是真的")
        handle = desk.locator("#result .handle").inner_text()
        assert "李春兰" not in desk.content()
        scan(desk, text)
        expect(desk.locator("#result")).to_contain_text("已经出示过")

        desk.context.set_offline(False)
        desk.reload()
        handed = desk.locator("#handed-in li")
        expect(handed).to_have_count(1)
        expect(handed).to_contain_text(handle)
        expect(handed).to_contain_text("李春兰")

        phone.context.set_offline(False)
        phone.goto(region.site + "/looked")
        expect(phone.locator("body")).to_contain_text("在没有网络时扫了您的码")
        assert phone.complaints == []
    desk.context.close()
