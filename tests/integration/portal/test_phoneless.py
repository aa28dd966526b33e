"""Somebody without a phone: any counter shows who looked and takes a consent back, the same day."""

from __future__ import annotations

import re

import pytest

import portals
import visits
from openhealthcode import access, audit
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

CARD = {"number": visits.national_id(2), "name": "李试", "seen": "yes"}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def counter(parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


def button(page) -> str:
    return re.search(r'name="consent" value="([^"]+)"', page.text)[1]


async def test_the_counter_shows_who_looked_and_takes_it_back_at_once(counter, world):
    resident = await world.resident()
    await world.allow(resident)
    assert (await world.look(resident)).entries
    page = await counter.post("/registrar/desk", data=CARD)
    told = words(page)
    assert "谁看过李*的档案" in told
    assert "王敏" in told
    done = await counter.post("/registrar/desk/withdraw", data={"consent": button(page)})
    assert "已撤回" in words(done)
    assert not (await world.look(resident)).entries
    again = await counter.post("/registrar/desk/withdraw", data={"consent": button(page)})
    assert again.status_code == 200
    assert "没有人。" in words(await counter.post("/registrar/desk", data=CARD))


async def test_the_resident_reads_which_counter_did_it(counter, world, parts):
    resident = await world.resident()
    await world.allow(resident)
    page = await counter.post("/registrar/desk", data=CARD)
    await counter.post("/registrar/desk/withdraw", data={"consent": button(page)})
    lines = await access.own_log(parts.pool, parts.keys, resident)
    said = {line.action: line for line in lines}
    for action in (audit.Action.LOG_SHOW, audit.Action.CONSENT_WITHDRAW):
        assert said[action].agent_kind == audit.AgentKind.PRACTITIONER
    told = words(await counter.post("/registrar/desk", data=CARD))
    assert "窗口按您的要求撤回了一项同意" in told
    assert "窗口为您打印了查阅记录" in told


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "李四"}, 404),
        ({"number": visits.national_id(8)}, 404),
        ({"number": "12"}, 422),
        ({"name": ""}, 422),
        ({"seen": ""}, 422),
    ],
)
async def test_without_the_right_card_nothing_is_shown(counter, world, change, status):
    resident = await world.resident()
    await world.allow(resident)
    page = await counter.post("/registrar/desk", data=CARD | change)
    assert page.status_code == status
    assert "王敏" not in words(page)
    assert all(
        line.action != audit.Action.LOG_SHOW
        for line in await access.own_log(world.pool, world.keys, resident)
    )


@pytest.mark.parametrize("forged", ["", "x" * 64, "A" * 64])
async def test_a_consent_nobody_was_shown_is_not_there(counter, world, forged):
    await world.resident()
    answer = await counter.post("/registrar/desk/withdraw", data={"consent": forged})
    assert answer.status_code == 404


async def test_a_clerk_who_tries_many_people_is_stopped(counter, world):
    await world.resident()
    for _ in range(40):
        await counter.post("/registrar/desk", data=CARD | {"name": "某某"})
    assert (await counter.post("/registrar/desk", data=CARD)).status_code == 429
