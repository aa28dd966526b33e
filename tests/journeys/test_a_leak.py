"""J9, what a supervisor does about a leak: learns from a found file who was shown it, stops the account, sees
whom it concerns, seals, takes codes back, tells them; two close.

Two supervisors, the doctor and a resident, each in a browser window of their own, over the whole program.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import systems
import visits
from databases import fresh_database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import access, app, audit, consent, registry
from openhealthcode.access.handing_over import Form, begin, lines
from openhealthcode.consent import ConsentKind, Terms
from openhealthcode.database import open_pool, stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, staff
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone, PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys, totp_code
from signing_in import PASSWORD, Account, Phones, employ

WORDS = {
    "kinds": "姓名、化验结果",
    "cause": "账号被他人使用",
    "harm": "可能收到冒充医院的电话",
    "measures": "账号已停用",
    "advice": "不要向来电者提供验证码",
    "contact": "黛川县卫生健康局",
}


LIFE = [visits.glucose(f"2025-{1 + n % 12:02}-{1 + n % 28:02}", 4 + n / 10) for n in range(120)]


@dataclass(frozen=True)
class Region:
    """A program that serves, and who is in it."""

    site: str
    settings: Settings
    supervisors: list[Account]
    doctor: Account
    token: str
    """Of the resident's phone."""
    leaked: bytes
    """A fifth of what a system of the hospital was handed."""
    look_again: Callable[[], int]
    """How many entries the doctor's colleague, whom the resident allows too, is shown now."""


async def _settle(settings: Settings) -> dict[str, Any]:
    """A record a doctor was shown and a system was handed; two supervisors, and a resident's phone."""
    keys, pool = Keys.open(settings.keys_at), await open_pool(settings.database_url, size=2)
    world = await visits.world(pool, keys)
    resident_id = await world.resident(*LIFE)
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=30,
    )
    await consent.give(pool, keys, resident_id, terms, visits.TOLD)
    await world.look(resident_id)
    colleague = await registry.register_practitioner(
        pool,
        registry.PractitionerEntry(
            "test|ge", world.hospital, "葛红", registry.PractitionerRole.DOCTOR
        ),
    )
    made = await staff.create_account(
        pool, keys, world.wang, staff_number="0217", password=PASSWORD, roles=(Role.CLINICIAN,)
    )
    accounts = [
        await employ(pool, keys, Role.SUPERVISOR, number=number) for number in ("0900", "0901")
    ]
    leaked = await _handed_to_a_system(world, resident_id)
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    about = Subject(certificate, "李试", Phone.parse("13912345678"))
    async with transaction(pool, resident=resident_id) as connection:
        begun = await begin_session(connection, keys, resident_id, about)
    await pool.close()
    keys.close()
    return {
        "supervisors": accounts,
        "doctor": Account(world.wang, world.hospital, "0217", made.totp_secret),
        "token": begun.token,
        "leaked": leaked,
        "look_again": partial(_look_again, settings, resident_id, colleague, world.hospital),
    }


async def _handed_to_a_system(world: visits.World, resident_id: ResidentId) -> bytes:
    """A fifth of the file the hospital's system was handed, in another order."""
    entries = (await access.own_record(world.pool, world.keys, resident_id)).entries
    system = await systems.connect(world, world.hospital, "院内系统")
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, world.hospital)
    mark_id = await begin(world.pool, Form.LINES, agent)
    told = list(lines(world.keys, mark_id, [one for one in entries if one.type == "Observation"]))
    fifth = [json.loads(line) for line in told[40 : 40 + len(told) // 5]]
    return json.dumps(Random(9).sample(fifth, len(fifth))).encode()


def _look_again(
    settings: Settings, resident_id: ResidentId, who: PractitionerId, hospital: InstitutionId
) -> int:
    async def look() -> int:
        keys, pool = Keys.open(settings.keys_at), await open_pool(settings.database_url, size=2)
        seen = await access.disclose(
            pool,
            keys,
            resident_id=resident_id,
            practitioner_id=who,
            institution_id=hospital,
            purpose=PurposeOfUse.TREATMENT,
        )
        await pool.close()
        keys.close()
        return len(seen.entries)

    return in_a_loop_of_its_own(look())


@pytest.fixture
def home(postgres, tmp_path) -> Iterator[Region]:
    with fresh_database(postgres) as database, ExitStack() as stack:
        in_a_loop_of_its_own(stamp(database.owner_url, "production"))
        settings = Settings(data_directory=tmp_path, database_url=database.url)
        settled = in_a_loop_of_its_own(_settle(settings))
        site = stack.enter_context(served(app.create(settings, outbox=Phones())))
        yield Region(site=site, settings=settings, **settled)


def window(browser: Browser, **look: int) -> Page:
    size = {"width": look.get("width", 1366), "height": look.get("height", 768)}
    context = browser.new_context(viewport=size, locale="zh-CN")
    context.set_default_timeout(30_000)
    return context.new_page()


def signed_in(browser: Browser, site: str, account: Account, part: str = "supervision") -> Page:
    page = window(browser)
    page.goto(f"{site}/{part}/sign-in")
    page.locator("[name=account]").fill(account.staff_number)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=totp]").fill(totp_code(account.totp_secret, time.time()))
    page.locator("main form button.primary").click()
    page.wait_for_url(f"{site}/{part}")
    return page


def hand_in(page: Page, home: Region) -> None:
    """The found file names the system it was handed to, and who else was shown what is in it."""
    page.goto(f"{home.site}/supervision/traces")
    form = page.locator("form[action='/supervision/traces']")
    found = {"name": "found.json", "mimeType": "application/json", "buffer": home.leaked}
    form.locator("input[type=file]").set_input_files(found)
    form.locator("button.primary").click()
    for named in ("它来自以下 1 份文件", "院内系统", "王敏"):
        expect(page.locator("main")).to_contain_text(named)
    assert "李试" not in page.content()


def at_home(moment: datetime) -> str:
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")


def press(page: Page, step: str) -> None:
    page.locator(f"button[name=step][value={step}]").click()
    page.wait_for_load_state()


def test_a_leak_is_traced_stopped_sealed_told_and_closed_by_two(home, browser):
    site, (first, second), token = home.site, home.supervisors, home.token
    one, now = signed_in(browser, site, first), datetime.now(UTC)
    doctor = signed_in(browser, site, home.doctor, "clinic")
    hand_in(one, home)
    one.goto(f"{site}/supervision/breaches/new")
    one.locator("[name=suspect][value=practitioner]").check()
    one.locator("[name=institution]").fill("黛川县人民医院")
    one.locator("[name=number]").fill("0217")
    for name, moment in (
        ("since", now - timedelta(days=2)),
        ("until", now + timedelta(minutes=5)),
        ("known_at", now - timedelta(hours=2)),
    ):
        one.locator(f"[name={name}]").fill(at_home(moment))
    for name, text in WORDS.items():
        one.locator(f"[name={name}]").fill(text)
    one.locator("main form button").click()
    one.wait_for_url(re.compile("/supervision/breaches/[0-9a-f-]{36}$"))
    address = one.url
    press(one, "contain")
    doctor.goto(f"{site}/clinic")  # the very next click of an account that worked until now
    assert "/clinic/sign-in" in doctor.url
    for _ in range(40):  # the look has its place in the log within seconds
        press(one, "see")
        if "涉及 1 人" in one.locator("main").inner_text():
            break
        one.wait_for_timeout(500)
    expect(one.locator("main")).to_contain_text("涉及 1 人")
    assert "李试" not in one.content()
    assert home.look_again() > len(LIFE)
    press(one, "seal")
    expect(one.locator("main")).to_contain_text("1 / 1 人")
    assert home.look_again() == 0
    press(one, "take-back")
    expect(one.locator("main")).to_contain_text("凭证 · 1 / 1 人")
    press(one, "notify")

    phone = window(browser, width=390, height=844)
    phone.context.add_cookies([{"name": "ohc_resident", "value": token, "url": site}])
    phone.goto(f"{site}/leaks")
    for text in WORDS.values():
        expect(phone.locator("main")).to_contain_text(text)
    phone.goto(f"{site}/restrictions")
    expect(phone.locator("main")).to_contain_text("您的档案已依令封存")
    phone.goto(f"{site}/looked")
    expect(phone.locator("main")).to_contain_text("依令封存了您的档案")
    expect(phone.locator("main")).to_contain_text("打印的卡和临时码")

    one.goto(address)
    one.locator("[name=words]").last.fill("已告知全部有关居民")
    press(one, "ask-close")
    expect(one.locator("main")).to_contain_text("须由另一位监管人员确认")
    other = signed_in(browser, site, second)
    other.goto(address)
    press(other, "close")
    expect(other.locator("main")).to_contain_text("已结案")
    expect(other.locator("button[name=step]")).to_have_count(0)
