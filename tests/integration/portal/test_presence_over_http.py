"""J16 and J17 over HTTP: a card, a PIN, a helper; and a PIN that somebody is made to enter."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

import portals
import presence
import visits
from clinic_desk import PASSWORD, Desk, application, browser_of, colleague
from openhealthcode import access
from openhealthcode.database import Pool
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import CertificateKind
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys, totp_code
from presence import OWN, SECOND, WRONG
from signing_in import Phones, employ
from twins import timeless
from visits import World

CATEGORIES = ("allergies", "conditions", "laboratory", "family-history")
ALLOW = {"answer": "allow", "category": list(CATEGORIES), "hours": "4"}


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
def app(world: World) -> Starlette:
    return application(world)


@pytest.fixture
async def desk(world: World, app: Starlette) -> AsyncIterator[Desk]:
    opened = await Desk.opened(world, app)
    await opened.sign_in()
    yield opened
    await opened.browser.aclose()


@pytest.fixture
async def li(world: World) -> ResidentId:
    resident = await world.resident()
    await presence.give_pins(world, resident)
    return resident


async def arrive(desk: Desk, serial: int = 2, **changes: str) -> httpx.Response:
    form = {
        "kind": CertificateKind.NATIONAL_ID.value,
        "number": visits.national_id(serial),
        "name": presence.NAME,
        "compared": "yes",
        "scene": "consultation",
    }
    return await desk.post("/clinic/arrival", **form | changes)


async def ask_here(desk: Desk, serial: int = 2) -> httpx.Response:
    """From the card to the pad."""
    form = await arrive(desk, serial)
    return await desk.post(
        form.url.path, scene="consultation", category=list(CATEGORIES), hours="4", step="here"
    )


async def enter(desk: Desk, pad: httpx.Response, typed: str, **changes) -> httpx.Response:
    notice = portals.fields(pad)["notice"][0]
    return await desk.post(pad.url.path, **ALLOW | {"notice": notice, "pin": typed} | changes)


@pytest.mark.usefixtures("li")
async def test_j16_card_pad_record(desk):
    form = await arrive(desk)
    assert form.url.path.startswith("/clinic/visits/")
    assert "李试" in form.text
    assert "青霉素" not in form.text
    pad = await desk.post(
        form.url.path, scene="consultation", category=list(CATEGORIES), hours="4", step="here"
    )
    assert pad.url.path.endswith("/answer")
    assert "王敏" in pad.text
    record = await enter(desk, pad, OWN)
    assert record.url.path.endswith("/record")
    assert "青霉素" in record.text
    assert "血糖" in record.text


@pytest.mark.usefixtures("li")
async def test_nothing_of_the_record_is_on_the_pad(desk):
    pad = await ask_here(desk)
    assert not re.search("青霉素|高血压|血糖|抑郁|糖尿病", pad.text)
    assert presence.OWN not in (await enter(desk, pad, WRONG)).text


@pytest.mark.usefixtures("li")
async def test_a_wrong_pin_is_told_and_what_was_switched_off_stays_off(desk):
    pad = await ask_here(desk)
    again = await enter(desk, pad, WRONG, category=["allergies"], hours="1")
    assert again.status_code == 422
    assert "授权密码不对" in portals.words(again)
    assert portals.fields(again)["category"] == ["allergies"]
    assert portals.fields(again)["hours"] == ["1"]
    record = await enter(desk, again, OWN, category=["allergies"])
    assert "青霉素" in record.text
    assert "血糖" not in record.text


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"number": "1234"}, 422, "号码与证件类型不符"),
        ({"name": ""}, 422, "请填写证件上的姓名"),
        ({"compared": ""}, 422, "请先对照证件照片与本人"),
        ({"name": "王别名"}, 404, "没有以此号码和姓名登记的居民"),
    ],
)
@pytest.mark.usefixtures("li")
async def test_what_the_card_form_wants_is_said(desk, changes, status, told):
    answer = await arrive(desk, **changes)
    assert answer.status_code == status
    assert told in portals.words(answer)
    assert visits.national_id(2) not in answer.text


@pytest.mark.usefixtures("li")
async def test_an_unknown_number_answers_as_a_wrong_name(desk):
    wrong_name = await arrive(desk, name="王别名")
    unknown = await arrive(desk, serial=998, name="王别名")
    assert told(wrong_name) == told(unknown)
    assert wrong_name.status_code == 404


async def test_saying_no_needs_no_pin_and_the_clinician_reads_it(desk, world, li):
    pad = await ask_here(desk)
    ended = await desk.post(pad.url.path, answer="refuse")
    assert "ending" in ended.text
    assert (await world.look(li)).entries == ()
    (line,) = [o for o in await presence.log(world, li) if o.action == "consent.refuse"]
    assert line.detail["means"] == "tap"


async def test_somebody_without_a_pin_is_told_where_to_get_one(desk, world):
    await world.resident(serial=4)
    pad = await ask_here(desk, 4)
    assert "还没有授权密码" in portals.words(pad)
    assert 'name="pin"' not in pad.text
    assert (await enter(desk, pad, OWN)).status_code == 422


@pytest.mark.usefixtures("li")
async def test_mixed_keys_hold_each_digit_once(desk):
    pad = await ask_here(desk)
    orders = set()
    for _ in range(4):
        mixed = await desk.get(pad.url.path + "?keys=mixed")
        keys = re.findall(r'data-key="(\d)"', mixed.text)
        assert sorted(keys) == list("0123456789")
        orders.add(tuple(keys))
    assert len(orders) > 1
    assert re.findall(r'data-key="(\d)"', pad.text) == list("1234567890")


# ── through a helper ──


@pytest.fixture
async def lin(world: World) -> staff.NewAccount:
    return await staff.create_account(
        world.pool,
        world.keys,
        await colleague(world),
        staff_number="0318",
        password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )


async def assist(desk: Desk, pad: httpx.Response, who: staff.NewAccount, **changes):
    form = {
        "category": list(CATEGORIES),
        "hours": "4",
        "account": "0318",
        "password": PASSWORD,
        "totp": totp_code(who.totp_secret, time.time()),
        "companion": "女儿李小花",
        "heard": "yes",
    }
    return await desk.post(pad.url.path.replace("/answer", "/assisted"), **form | changes)


async def test_j16_a_helper_signs_for_the_word_of_somebody_without_a_pin(desk, world, lin):
    resident = await world.resident(serial=4)
    pad = await ask_here(desk, 4)
    page = await desk.get(pad.url.path.replace("/answer", "/assisted"))
    assert "请慢慢读出" in portals.words(page)
    record = await assist(desk, pad, lin)
    assert "青霉素" in record.text
    (line,) = [o for o in await presence.log(world, resident) if o.action == "consent.grant"]
    assert line.agent_kind == "practitioner"
    assert line.detail["companion"] == "女儿李小花"


@pytest.mark.usefixtures("li")
async def test_a_helper_must_prove_it_and_be_somebody_else(desk, lin):
    pad = await ask_here(desk)
    wrong = await assist(desk, pad, lin, password="guess")
    assert wrong.status_code == 422
    assert PASSWORD not in wrong.text
    own = totp_code(desk.account.totp_secret, time.time() + 30)
    oneself = await assist(desk, pad, lin, account="0217", totp=own)
    assert oneself.status_code == 403
    unheard = await assist(desk, pad, lin, heard="")
    assert unheard.status_code == 422


# ── under pressure ──


def told(answer: httpx.Response) -> tuple[object, ...]:
    """Everything a reader gets but ids and clock times."""
    return answer.status_code, set(answer.headers), timeless(answer.text)


async def visit(desk: Desk, serial: int, typed: str) -> list[tuple[object, ...]]:
    """Everything the clinic meets, from the card to the record and a search in it."""
    pad = await ask_here(desk, serial)
    wrong = await enter(desk, pad, WRONG)
    record = await enter(desk, pad, typed)
    path = record.url.path
    return [
        told(each)
        for each in (
            pad,
            wrong,
            record,
            await desk.get(f"{path}?q=高血压"),
            await desk.get(f"{path}?category=laboratory"),
            await desk.get(f"{path}/state"),
            await desk.get("/clinic"),
        )
    ]


@pytest.mark.usefixtures("li")
async def test_j17_the_clinic_cannot_tell_a_pressed_resident_from_one_with_a_short_record(
    desk, world, app
):
    """Twins: all of a life and the second PIN; nothing but an allergy and the first."""
    await presence.give_pins(world, await world.resident(visits.allergy("青霉素"), serial=4))
    pressed = await visit(desk, 2, SECOND)
    other = Desk(world, browser_of(app), desk.account, desk.number)
    other.browser.cookies.update(
        {k: v for k, v in desk.browser.cookies.items() if k != "ohc_clinic_visits"}
    )
    free = await visit(other, 4, OWN)
    await other.browser.aclose()
    for with_pressure, without in zip(pressed, free, strict=True):
        assert with_pressure == without
    assert "青霉素" in pressed[2][2]
    supervisor = await employ(world.pool, world.keys, Role.SUPERVISOR)
    region = portals.browser(app)
    await portals.sign_in_clerk(region, supervisor, "/supervision")
    listed = await region.get("/supervision/presence")
    assert listed.text.count("受人逼迫") == 1
    # One ordinary answer in twenty is on the list as well.
    (case,) = (one for one in listed.text.split('class="case"') if "受人逼迫" in one)
    reference = re.search(r"/supervision/presence/([A-Za-z0-9.\-]{64})", case)
    assert reference
    opened = await region.post(f"/supervision/presence/{reference[1]}")
    assert presence.NAME in opened.text
    assert "请勿告知" in portals.words(opened)
    await region.aclose()


@pytest.fixture
async def region(world: World, app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    supervisor = await employ(world.pool, world.keys, Role.SUPERVISOR)
    opened = portals.browser(app)
    await portals.sign_in_clerk(opened, supervisor, "/supervision")
    yield opened
    await opened.aclose()


ALARM = "被迫情况下"


@pytest.mark.usefixtures("li")
async def test_the_alarm_stands_on_every_page_of_the_region_and_nowhere_else(
    desk, world, app, region
):
    everywhere = (
        "/supervision", "/supervision/erasures", "/supervision/questions", "/supervision/map",
        "/supervision/collected", "/supervision/decisions", "/supervision/presence",
    )  # fmt: skip
    for path in (*everywhere, "/supervision/alarm"):
        assert ALARM not in (await region.get(path)).text
    await enter(desk, await ask_here(desk), OWN)
    assert await access.alarms(world.pool, world.keys, presence.session(world), is_fresh=True) == 0
    await enter(desk, await ask_here(desk), SECOND)
    await access.watch_presences(world.pool, world.keys, Phones(), ())
    elsewhere = replace(presence.session(world), institution_id=InstitutionId(uuid4()))
    assert await access.alarms(world.pool, world.keys, elsewhere, is_fresh=True) == 1
    for path in (*everywhere, "/supervision/alarm"):
        assert ALARM in (await region.get(path)).text
    officer = await employ(world.pool, world.keys, Role.PRIVACY_OFFICER)
    async with portals.browser(app) as office:
        await portals.sign_in_clerk(office, officer, "/review")
        assert ALARM not in (await office.get("/review")).text
    for page in (
        await desk.get("/clinic"),
        await region.get("/"),
        await desk.get("/emergency/figures"),
    ):
        assert ALARM not in page.text
    assert (await desk.get("/supervision/alarm")).url.path == "/supervision/sign-in"
    listed = await region.get("/supervision/presence")
    reference = re.search(r"/supervision/presence/([A-Za-z0-9.\-]{64})", listed.text)
    await region.post(f"/supervision/presence/{reference[1]}")
    assert ALARM not in (await region.get("/supervision/alarm")).text


async def test_a_line_without_a_consent_is_shown_to_the_region_too(world, region):
    """The second PIN, entered to set another one: no institution, nobody asked."""
    resident = await world.resident()
    await presence.give_pins(world, resident)
    await access.change_pin(world.pool, world.keys, resident, SECOND, "314159")
    listed = await region.get("/supervision/presence")
    assert "受人逼迫" in listed.text
    reference = re.search(r"/supervision/presence/([A-Za-z0-9.\-]{64})", listed.text)
    opened = await region.post(f"/supervision/presence/{reference[1]}")
    assert presence.NAME in opened.text
