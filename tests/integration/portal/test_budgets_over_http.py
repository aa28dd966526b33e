"""The supervisor sees who read of many residents, and whom reading stopped for; not of whom."""

from __future__ import annotations

from uuid import uuid4

import pytest

import portals
import systems
import visits
from openhealthcode.access import budgets
from openhealthcode.access.budgets import Reader, ReaderKind
from openhealthcode.access.budgets.lease import reader_columns
from openhealthcode.database import Announcements, Pool, load_queries
from openhealthcode.sign_in import Role
from openhealthcode.standards import day_of
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

_RESERVE = load_queries("openhealthcode.access.budgets")["reserve"]


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


async def read_of(pool: Pool, reader: Reader, residents: int) -> None:
    """Somebody wants to read of so many residents without a reason."""
    at = await pool.fetchval("SELECT clock_timestamp()")
    stop_at = budgets.limits_of(reader.kind).stop_at
    for _ in range(residents):
        mark = uuid4().bytes * 2
        await pool.fetchval(_RESERVE, *reader_columns(reader), day_of(at), mark, stop_at, at)


async def test_readers_near_a_limit_are_shown_and_nobody_else(parts, world, supervisor):
    empty = await supervisor.get("/supervision/budgets")
    assert empty.status_code == 200
    assert "<table" not in empty.text
    system = await systems.connect(world, world.hospital, "门诊系统")
    doctor = Reader(ReaderKind.PRACTITIONER, world.wang, world.hospital)
    await read_of(parts.pool, doctor, 43)
    await read_of(
        parts.pool, Reader(ReaderKind.SYSTEM, system.system_id, world.hospital), 3
    )  # far from a limit
    page = await supervisor.get("/supervision/budgets")
    said = words(page)
    assert "王敏 0217" in said
    assert "39 / 40" in said
    assert "黛川县人民医院" in said
    assert "门诊系统" not in said
    assert page.text.count("<tr ") == 2  # the head, and the doctor
