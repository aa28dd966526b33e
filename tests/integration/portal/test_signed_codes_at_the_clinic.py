"""Codes that phones and paper carry at the clinic's scan page, and the code a counter shows."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

import visits
from carrying_codes import Region
from clinic_desk import Desk, application, colleague
from openhealthcode import access, healthcode, trust
from openhealthcode.audit import Action
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import PresentedBy
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import counter, store, verify_counter
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.standards.ids import PresentationId
from openhealthcode.trust import Keys
from portals import scanned
from visits import World

CHINESE = catalogue("zh-CN")


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def region(world) -> Region:
    return await Region.published(world.pool, world.keys)


@pytest.fixture
async def desk(world) -> Desk:
    opened = await Desk.opened(world, application(world))
    await opened.sign_in()
    return opened


@pytest.fixture
async def resident(world):
    return await world.resident()


async def presented(world, resident, page):
    _, presentation = world.keys.open_id(page.url.path.rsplit("/", 1)[1])
    async with transaction(world.pool, resident=resident) as connection:
        return await healthcode.presentation(connection, resident, PresentationId(presentation))


def shown_on(page) -> str:
    """What a phone reads off the counter's screen."""
    return scanned(SimpleNamespace(text=page.text.partition('class="qr"')[2]))


async def test_a_code_signed_without_network_tells_who_it_is_and_stands_in_the_log(
    world, region, desk, resident
):
    carried = await region.certificate(resident)
    page = await desk.scan(carried.shown())
    assert page.url.path.startswith("/clinic/visits/")
    assert "李试" in page.text
    assert "青霉素" not in page.text
    assert (await presented(world, resident, page)).by is PresentedBy.OFFLINE
    (line,) = [
        one
        for one in await access.own_log(world.pool, world.keys, resident)
        if one.action == Action.RESIDENT_IDENTIFY
    ]
    assert (line.agent_id, line.detail["by"]) == (world.wang, "offline")
    again = await desk.scan(carried.shown(datetime.now(UTC) + timedelta(seconds=1)))
    assert CHINESE.plain("clinic.problem.code-spent") in again.text


@pytest.mark.parametrize("kind", [CodeType.PRINTED, CodeType.TEMPORARY])
async def test_paper_tells_who_it_is(world, region, desk, resident, kind):
    page = await desk.scan(await region.card(resident, kind))
    by = (await presented(world, resident, page)).by
    assert by is {"853": PresentedBy.PRINTED, "856": PresentedBy.TEMPORARY}[kind]


async def test_what_does_not_pass_is_told_in_a_sentence_a_clerk_can_act_on(
    world, region, desk, resident
):
    now = datetime.now(UTC)
    revoked = await region.certificate(resident)
    async with transaction(world.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], now)
    elsewhere = await Region(world.pool, world.keys).certificate(resident)
    genuine = await region.certificate(resident)
    text = genuine.shown()
    told = {
        "code-revoked": revoked.shown(),
        "code-expired": genuine.shown(now - timedelta(minutes=3)),
        "code-early": genuine.shown(now + timedelta(minutes=2)),
        "issuer-untrusted": elsewhere.shown(),
        "signature-untrusted": genuine.shown(challenge=b"x" * 32),
        "code-unreadable": text[:-1],
        "code-holder-unknown": await region.card(None, CodeType.TEMPORARY),
    }
    for name, code in told.items():
        page = await desk.scan(code)
        assert page.status_code == 422
        assert CHINESE.plain(f"clinic.problem.{name}") in page.text, name
    assert (await desk.scan(text)).url.path.startswith("/clinic/visits/")


async def test_without_a_list_nothing_signed_is_believed(world, desk, resident):
    carried = await Region(world.pool, world.keys).certificate(resident)
    page = await desk.scan(carried.shown())
    assert CHINESE.plain("clinic.problem.trust-list-missing") in page.text
    shown = await desk.get("/clinic/counter")
    assert CHINESE.plain("desk.counter.missing") in shown.text


async def test_the_counter_shows_a_code_that_names_it_and_takes_an_answer_to_it(
    world, region, desk, resident
):
    assert (await desk.post("/clinic/counter", number="7")).url.path == "/clinic/counter"
    page = await desk.get("/clinic/counter")
    assert "黛川县人民医院" in page.text
    text = shown_on(page)
    assert text in re.sub(r"</span> <span>|</?span>", "", page.text)
    trusted = await trust.current(world.pool, world.keys)
    read = verify_counter(text, trusted, datetime.now(UTC))
    assert (read.institution_id, read.counter) == (world.hospital, 7)
    answer = (await region.certificate(resident)).shown(challenge=read.challenge)
    await desk.get("/clinic/counter/code")  # the next one is on the screen by now
    visit = await desk.scan(answer)
    assert (await presented(world, resident, visit)).by is PresentedBy.COUNTER


async def test_an_answer_is_worth_nothing_at_another_counter(world, region, desk, resident):
    there = await Desk.opened(world, application(world), "0318", await colleague(world))
    await there.sign_in()
    asked = counter.read(shown_on(await there.get("/clinic/counter"))).challenge
    await desk.get("/clinic/counter")
    answer = (await region.certificate(resident)).shown(challenge=asked)
    refused = await desk.scan(answer)
    assert CHINESE.plain("clinic.problem.signature-untrusted") in refused.text
    desk.browser.cookies.set(
        "ohc_clinic_counter", there.browser.cookies.get("ohc_clinic_counter"), domain="clinic.test"
    )
    refused = await desk.scan(answer)
    assert CHINESE.plain("clinic.problem.signature-untrusted") in refused.text
    assert (await there.scan(answer)).url.path.startswith("/clinic/visits/")


@pytest.mark.parametrize("number", ["", "0", "1000", "x", "-1", "１"])
async def test_a_counter_has_a_number_from_1_to_999(desk, number):
    assert (await desk.post("/clinic/counter", number=number)).status_code == 400


@pytest.mark.usefixtures("region")
async def test_a_counters_code_that_renews_itself_keeps_no_session_alive(desk, database):
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE sign_in.staff_session SET seen_at = seen_at - interval '20 minutes'"
    )
    before = await owner.fetchval("SELECT max(seen_at) FROM sign_in.staff_session")
    assert (await desk.get("/clinic/counter/code")).status_code == 200
    assert await owner.fetchval("SELECT max(seen_at) FROM sign_in.staff_session") == before
    await desk.get("/clinic/counter")
    assert await owner.fetchval("SELECT max(seen_at) FROM sign_in.staff_session") > before
    await owner.execute(
        "UPDATE sign_in.staff_session SET seen_at = seen_at - interval '31 minutes'"
    )
    await owner.close()
    assert (await desk.get("/clinic/counter/code")).status_code == 401


@pytest.mark.parametrize(("seconds", "passes"), [(170, True), (190, False)])
async def test_a_question_is_answered_within_three_minutes(
    world, region, desk, resident, seconds, passes
):
    asked_at = int(datetime.now(UTC).timestamp()) - seconds
    token, challenge = desk.browser.cookies.get("ohc_clinic"), b"c" * 32
    sealed = world.keys.seal_session(token, f'[[{asked_at},"{challenge.hex()}"]]')
    kept = urlsafe_b64encode(sealed).decode()
    desk.browser.cookies.set("ohc_clinic_counter", kept, domain="clinic.test")
    page = await desk.scan((await region.certificate(resident)).shown(challenge=challenge))
    assert page.url.path.startswith("/clinic/visits/") is passes


async def test_a_code_that_is_scanned_at_two_desks_at_once_opens_at_one(
    world, region, desk, resident
):
    there = await Desk.opened(world, application(world), "0318", await colleague(world))
    await there.sign_in()
    text = (await region.certificate(resident)).shown()
    pages = [await desk.scan(text), await there.scan(text)]
    assert [page.status_code for page in pages] == [200, 422]
