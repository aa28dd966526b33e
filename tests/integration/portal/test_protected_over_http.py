"""Two supervisors protect somebody by number; the page shows how many and never who."""

from __future__ import annotations

import pytest

import portals
import visits
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

HOME = "/supervision/protected"
MISTYPED = "1234567"


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def supervisors(parts):
    async with portals.two_supervisors(parts) as windows:
        yield windows


async def asks(window, serial=2, **form):
    typed = {"number": visits.national_id(serial), "days": "90", "step": "ask"} | form
    return await window.post(HOME, data=typed)


async def test_two_name_somebody_and_the_page_names_nobody(parts, supervisors):
    first, second = supervisors
    world = await visits.world(parts.pool, parts.keys)
    await world.resident()
    page = await asks(first)
    assert page.status_code == 200
    assert "目前有 0 人受重点保护。 另有 1 项申请等待第二人确认。" in words(page)
    own = await asks(first, step="confirm")
    assert own.status_code == 409
    assert "七天内没有同事为这个号码提出申请" in words(own)
    other = await asks(second, serial=3, step="confirm")
    assert other.status_code == 409
    confirmed = await asks(second, step="confirm")
    assert "已生效" in words(confirmed)
    assert "目前有 1 人受重点保护。" in words(confirmed)
    for shown in (page, own, other, confirmed):
        assert visits.national_id(2) not in shown.text
        assert visits.national_id(3) not in shown.text


@pytest.mark.parametrize(
    "form", [{"number": MISTYPED}, {"number": ""}, {"days": "31"}, {"days": "x"}, {"days": ""}]
)
async def test_what_is_typed_wrong_is_said_and_not_repeated(supervisors, form):
    page = await asks(supervisors[0], **form)
    assert page.status_code == 422
    assert MISTYPED not in page.text
    assert "目前有 0 人受重点保护。" in words(page)


async def test_a_wrong_number_confirms_nothing(supervisors):
    page = await asks(supervisors[0], number="123", step="confirm")
    assert page.status_code == 422


async def test_nobody_else_reaches_it(parts):
    officer = await employ(parts.pool, parts.keys, Role.PRIVACY_OFFICER, number="0700")
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, officer, "/review")
        page = await window.get(HOME, follow_redirects=False)
        assert page.status_code == 303
        asked = await window.post(HOME, data={"step": "ask"}, follow_redirects=False)
        assert asked.status_code == 303
