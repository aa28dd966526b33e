"""The supervisor sees which codes were accepted at two desks, and looks into it; not whose they were."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

import portals
import visits
from carrying_codes import Region
from clinic_desk import colleague
from openhealthcode import access, trust
from openhealthcode.database import Announcements
from openhealthcode.healthcode import Scan
from openhealthcode.sign_in import Role
from openhealthcode.standards import Scene
from openhealthcode.standards.ids import TerminalId
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


async def test_a_code_of_two_desks_is_listed_until_somebody_looks_into_it(parts, world, supervisor):
    page = await supervisor.get("/supervision/doubled")
    assert page.status_code == 200
    assert "<li" not in page.text.partition("<main")[2]
    region = await Region.published(parts.pool, parts.keys)
    now = datetime.now(UTC)
    text = (await region.certificate(await world.resident())).shown(now)
    trusted = await trust.current(parts.pool, parts.keys)
    for practitioner in (world.wang, await colleague(world)):
        scan = Scan(practitioner, world.hospital, TerminalId(uuid4()), Scene.CONSULTATION)
        await access.hand_in(parts.pool, parts.keys, text, now, trusted, scan)
    assert "/supervision/doubled" in (await supervisor.get("/supervision")).text
    page = await supervisor.get("/supervision/doubled")
    assert page.text.count('class="case"') == 1
    for name in ("王敏", "林月"):
        assert name in words(page)
    assert "李试" not in words(page)
    fields = {name: values[0] for name, values in portals.fields(page).items()}
    seen = await supervisor.post("/supervision/doubled", data=fields)
    assert seen.status_code == 200
    assert '<form method="post" action="/supervision/doubled"' not in seen.text
    assert seen.text.count('class="case"') == 1


@pytest.mark.parametrize(
    "form", [{}, {"first": "x" * 32, "second": "0" * 32}, {"first": "00", "second": "00"}]
)
async def test_what_is_no_case_is_refused(supervisor, form):
    assert (await supervisor.post("/supervision/doubled", data=form)).status_code == 400
