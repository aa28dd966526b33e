"""Which browser a look was done at, from the sign-in page to the alert: strange ones, and two places at once."""

from __future__ import annotations

import time
from types import SimpleNamespace

import asyncpg
import pytest

from clinic_desk import PASSWORD, Desk, Phone, application
from openhealthcode import audit, registry
from openhealthcode.access import overseen
from openhealthcode.audit import Action
from openhealthcode.database import transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind, PractitionerRole
from openhealthcode.sign_in import Audience, Role, purge, staff
from openhealthcode.supervision import alerts
from openhealthcode.trust import totp_code

EXPLAINED = {"because": "practitioner-allowed", "items": []}
UNEXPLAINED = {"because": "kind-allowed", "items": []}


def browser(hospital):
    return staff.terminal_id(hospital.keys, staff.new_terminal())


async def looks(hospital, doctor, resident, terminal, detail, times=1):
    with audit.at_workstation(terminal):
        for _ in range(times):
            await hospital.happens(doctor, resident, Action.RECORD_DISCLOSE, detail=detail)


async def found_by_rules(hospital):
    officer = hospital.officer(await hospital.staff("何"))
    queue = await alerts.alerts_for(hospital.pool, hospital.keys, officer)
    rows = [*queue.today, *queue.others, *queue.waiting]
    return {finding.rule for row in rows for finding in row.alert.findings}


@pytest.fixture
async def doctor(hospital):
    """Somebody with habits, who looks at the own record in a moment."""
    who = await hospital.staff("宁", department="内科")
    patient, own = await hospital.resident(21), await hospital.resident(22)
    await hospital.tie(who, 22)
    usual = browser(hospital)
    await looks(hospital, who, patient, usual, EXPLAINED, 26)
    return SimpleNamespace(who=who, own=own, patient=patient, usual=usual)


async def test_a_browser_nobody_there_had_used_is_strange(hospital, doctor):
    await looks(hospital, doctor.who, doctor.own, browser(hospital), UNEXPLAINED)
    await hospital.follow()
    assert {"self", "strange-terminal"} <= await found_by_rules(hospital)
    edition = await alerts.edition_in_force(hospital.pool, hospital.keys)
    assert "terminal" in edition.rules["strange-terminal"].sentences["en"]


async def test_the_usual_browser_is_not_strange(hospital, doctor):
    await looks(hospital, doctor.who, doctor.own, doctor.usual, UNEXPLAINED)
    await hospital.follow()
    found = await found_by_rules(hospital)
    assert "self" in found
    assert "strange-terminal" not in found


async def test_a_colleagues_browser_is_not_strange(hospital, doctor):
    colleague, theirs = await hospital.staff("林", department="内科"), browser(hospital)
    await looks(hospital, colleague, doctor.patient, theirs, EXPLAINED)
    await looks(hospital, doctor.who, doctor.own, theirs, UNEXPLAINED)
    await hospital.follow()
    found = await found_by_rules(hospital)
    assert "self" in found
    assert "strange-terminal" not in found


async def test_before_the_log_said_where_nothing_is_strange(hospital):
    """An installation whose log begins to say where: who is known by no browser has no strange one."""
    who = await hospital.staff("宁", department="内科")
    patient, own = await hospital.resident(21), await hospital.resident(22)
    await hospital.tie(who, 22)
    for _ in range(26):
        await hospital.happens(who, patient, Action.RECORD_DISCLOSE, detail=EXPLAINED)
    await looks(hospital, who, own, browser(hospital), UNEXPLAINED)
    await hospital.follow()
    found = await found_by_rules(hospital)
    assert "self" in found
    assert "strange-terminal" not in found


async def house(hospital, name, people):
    """Another institution, with people who can sign in."""
    where = await registry.register_institution(
        hospital.pool, InstitutionEntry(name, InstitutionKind.TOWNSHIP_CENTRE, name)
    )
    accounts = []
    for number in range(people):
        entry = registry.PractitionerEntry(
            f"{name}|{number}", where, f"医{number}", PractitionerRole.DOCTOR
        )
        who = await registry.register_practitioner(hospital.pool, entry)
        accounts.append(await account(hospital, who, f"{name}{number}"))
    return where, accounts


async def account(hospital, who, number):
    made = await staff.create_account(
        hospital.pool,
        hospital.keys,
        who,
        staff_number=number,
        password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )
    return number.upper(), made.totp_secret


async def signs_in(hospital, held, terminal):
    number, secret = held
    typed = staff.Credentials(number, PASSWORD, totp_code(secret, time.time()))
    await staff.sign_in(hospital.pool, hospital.keys, typed, Audience.CLINIC, terminal)


async def page_shown(desk, phone):
    """A visit as it goes: scanned, asked for, allowed on the phone, shown."""
    visit = str((await desk.scan(phone.code())).url.path)
    await desk.ask(visit)
    await phone.allow()
    shown = await desk.get(visit + "/record")
    assert shown.status_code == 200, shown.url


async def borrowed(hospital, people):
    """A doctor at the own desk, and minutes later the same account at one of another house."""
    desk = await Desk.opened(hospital.world, application(hospital.world))
    patient = await hospital.resident(31)
    phone = await Phone.of(hospital.world, patient)
    await desk.sign_in()
    await page_shown(desk, phone)
    own = desk.browser.cookies["ohc_terminal"]
    _, others = await house(hospital, "D7", people)
    far = staff.terminal_id(hospital.keys, staff.new_terminal())
    for one in others:
        await signs_in(hospital, one, far)
    await looks(hospital, hospital.world.wang, patient, far, EXPLAINED)
    await hospital.follow()
    return staff.terminal_id(hospital.keys, own), far


async def test_one_account_in_two_houses_within_minutes(hospital):
    near, far = await borrowed(hospital, people=4)
    assert "two-places" in await found_by_rules(hospital)
    homes = await staff.homes(hospital.pool, [audit.workstation_of(one) for one in (near, far)])
    assert homes[audit.workstation_of(near)] == hospital.world.hospital
    assert homes[audit.workstation_of(far)] != hospital.world.hospital


async def test_two_desks_of_one_house_are_one_place(hospital):
    desk = await Desk.opened(hospital.world, application(hospital.world))
    phone = await Phone.of(hospital.world, await hospital.resident(31))
    await desk.sign_in()
    await page_shown(desk, phone)
    colleague = await hospital.staff("林")
    other = browser(hospital)
    await signs_in(hospital, await account(hospital, colleague, "0999"), other)
    await looks(hospital, hospital.world.wang, phone.resident, other, EXPLAINED)
    await hospital.follow()
    assert "two-places" not in await found_by_rules(hospital)


async def test_a_browser_that_houses_share_stands_nowhere(hospital):
    _, accounts = await house(hospital, "D7", 3)
    shared = browser(hospital)
    for one in accounts:
        await signs_in(hospital, one, shared)
    number = audit.workstation_of(shared)
    assert set(await staff.homes(hospital.pool, [number])) == {number}
    wang = await account(hospital, hospital.world.wang, "0217")
    await signs_in(hospital, wang, shared)
    assert await staff.homes(hospital.pool, [number]) == {}
    assert await staff.homes(hospital.pool, []) == {}


async def test_every_event_of_staff_says_where_and_no_other_does(hospital):
    desk = await Desk.opened(hospital.world, application(hospital.world))
    phone = await Phone.of(hospital.world, await hospital.resident(31))
    await desk.sign_in()
    await page_shown(desk, phone)
    await hospital.look(hospital.world.wang, phone.resident)  # by no browser of ours
    await hospital.sequence()
    async with transaction(hospital.pool, task="supervision") as connection:
        found = await overseen.accesses_since(hospital.pool, hospital.keys, connection, 0, 500)
    at = staff.terminal_id(hospital.keys, desk.browser.cookies["ohc_terminal"])
    said = [(one.action, one.workstation) for one in found.accesses if not one.is_system]
    assert said[-1] == (Action.RECORD_DISCLOSE, b"")
    assert {number for _, number in said[:-1]} == {audit.workstation_of(at)}
    assert Action.RESIDENT_IDENTIFY in {action for action, _ in said[:-1]}


async def test_browsers_nobody_used_for_a_year_are_forgotten(hospital, owner_url):
    near = browser(hospital)
    await signs_in(hospital, await account(hospital, hospital.world.wang, "0217"), near)
    await purge(hospital.pool)
    assert await staff.homes(hospital.pool, [audit.workstation_of(near)])
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE sign_in.workstation SET seen_at = seen_at - interval '401 days'")
    await owner.close()
    await purge(hospital.pool)
    assert await staff.homes(hospital.pool, [audit.workstation_of(near)]) == {}
