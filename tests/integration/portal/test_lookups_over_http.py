"""The supervisor sees whose look-ups stand out, and looks into it; nobody they were about."""

from __future__ import annotations

from uuid import uuid4

import pytest

import portals
import systems
import visits
from openhealthcode.access.lookups import AlarmKind, guard
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture(params=["zh-CN", "en"])
async def supervisor(parts, request):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(portals.application(parts), language=request.param) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


async def test_alarms_are_listed_seen_and_new_again(parts, world, supervisor):
    page = await supervisor.get("/supervision/lookups")
    assert page.status_code == 200
    assert "<li" not in page.text.partition("<main")[2]
    system = await systems.connect(world, world.hospital, "门诊系统")
    for kind in AlarmKind:
        await guard.raise_alarm(parts.pool, kind, system.system_id, world.hospital)
    await guard.raise_alarm(parts.pool, AlarmKind.CANARY, world.wang, world.hospital)
    await guard.raise_alarm(parts.pool, AlarmKind.CANARY, uuid4(), world.hospital)
    home = await supervisor.get("/supervision")
    assert str(len(AlarmKind) + 2) in words(home)
    page = await supervisor.get("/supervision/lookups")
    assert page.text.count('class="case"') == len(AlarmKind) + 2
    assert "门诊系统" in words(page)
    assert "王敏" in words(page)
    fields = {name: values[0] for name, values in portals.fields(page).items()}
    seen = await supervisor.post("/supervision/lookups", data=fields)
    assert seen.status_code == 200
    assert (
        seen.text.count('<form method="post" action="/supervision/lookups"') == len(AlarmKind) + 1
    )


async def test_what_is_no_alarm_is_refused(supervisor):
    for form in ({}, {"day": "2026-01-01", "caller": "x", "kind": "canary"}):
        answer = await supervisor.post("/supervision/lookups", data=form)
        assert answer.status_code == 400
