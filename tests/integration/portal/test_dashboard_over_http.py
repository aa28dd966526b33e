"""The region's figures over a real database: large numbers, small ones kept back, no way further."""

from __future__ import annotations

from uuid import uuid4

import pytest

import portals
import visits
from openhealthcode import audit, registry
from openhealthcode.audit import Action, Agent, AgentKind, Event
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role
from openhealthcode.supervision import summaries
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


@pytest.fixture
async def supervisor(parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


async def deliveries(world, name: str, times: int) -> None:
    entry = registry.InstitutionEntry(
        f"test|{name}",
        registry.InstitutionKind.CLINIC,
        name,
        division_code="880101",
    )
    clinic = await registry.register_institution(world.pool, entry)
    resident = await world.resident(serial=times)
    event = Event(action=Action.RECORD_FILE, agent=Agent(AgentKind.SYSTEM, uuid4(), clinic))
    for _ in range(times):
        async with transaction(world.pool, resident=resident) as connection:
            await audit.append(connection, world.keys, resident, event)


@pytest.fixture
async def counted(world, tmp_path):
    """Two that deliver much, and two that deliver little, sequenced and counted."""
    for name, times in [("甲医院", 13), ("乙医院", 11), ("丙诊所", 7), ("丁诊所", 6)]:
        await deliveries(world, name, times)
    signer = world.keys.checkpoint_signer("log.example/region")
    sequencer = audit.Sequencer(world.pool, tmp_path / "log", signer)
    await sequencer.sequence()
    sequencer.close()
    await summaries.count_up(world.pool)


async def test_nobody_else_sees_the_figures(parts):
    async with browser(portals.application(parts)) as stranger:
        for path in ("/supervision/dashboard", "/supervision/dashboard.csv"):
            assert (await stranger.get(path)).url.path == "/supervision/sign-in"


@pytest.mark.usefixtures("counted")
async def test_the_region_by_week_and_place(supervisor):
    page = await supervisor.get("/supervision/dashboard")
    assert page.status_code == 200
    assert "880101" in words(page)
    assert "37" in words(page)
    within = words(await supervisor.get("/supervision/dashboard?weeks=4&division=880101"))
    assert "甲医院" in within
    assert "乙医院" in within
    assert "13" in within
    assert "丙诊所" not in within
    assert "丁诊所" not in within


@pytest.mark.usefixtures("counted")
async def test_an_institution_alone_is_its_published_numbers(supervisor):
    page = await supervisor.get("/supervision/dashboard?division=880101")
    one = next(line for line in page.text.splitlines() if "甲医院" in line)
    query = one.split('href="')[1].split('"')[0].replace("&amp;", "&")
    alone = words(await supervisor.get(query))
    assert "甲医院" in alone
    assert "乙医院" not in alone


@pytest.mark.usefixtures("counted")
async def test_as_data(supervisor):
    told = await supervisor.get("/supervision/dashboard.csv")
    lines = told.text.splitlines()
    assert lines[0] == "week,measure,times"
    assert [line.split(",")[1:] for line in lines[1:]] == [["filed", "37"]]
    assert told.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    "query",
    [
        "weeks=3",
        "weeks=x",
        "division=88",
        "division=88010a",
        "division=８８０１０１",
        "institution=x",
    ],
)
async def test_what_the_page_does_not_offer_is_refused(supervisor, query):
    for path in ("dashboard", "dashboard.csv"):
        assert (await supervisor.get(f"/supervision/{path}?{query}")).status_code == 400


async def test_before_anything_happened(supervisor):
    page = words(await supervisor.get("/supervision/dashboard"))
    assert "没有哪一周达到 11 次" in page
