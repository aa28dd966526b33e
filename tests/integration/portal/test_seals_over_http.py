"""A supervisor seals records, sees who looked before; two lift it; each resident reads of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, audit
from openhealthcode.access.sealing import named
from openhealthcode.consent.seal import seals
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role
from openhealthcode.supervision import sealing
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

FORM = {"reason": "breach", "words": "资料外泄，正在核查", "days": "30"}


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
async def supervisors(parts):
    async with portals.two_supervisors(parts) as windows:
        yield windows


async def test_two_lift_what_one_ordered(parts, world, supervisors):
    first, second = supervisors
    resident = await world.resident()
    await world.look(resident)
    form = FORM | {"numbers": f"{visits.national_id(2)}\n{visits.national_id(8)}"}
    page = await first.post("/supervision/seals/new", data=form)
    assert page.status_code == 200
    assert "已封存 1 份（令中 2 人）" in words(page)
    assert visits.national_id(2) not in page.text
    address = str(page.url.path)
    assert not (await world.look(resident)).is_permitted
    asked = await first.post(f"{address}/accesses")
    assert "王敏" in words(asked)
    assert "0217" in words(asked)
    lines = await access.own_log(parts.pool, parts.keys, resident)
    assert audit.Action.LOG_EXAMINE in [line.action for line in lines]
    early = await second.post(f"{address}/lift", data={"step": "confirm"})
    assert early.status_code == 409
    short = await first.post(f"{address}/lift", data={"step": "ask", "words": "好"})
    assert short.status_code == 422
    await first.post(f"{address}/lift", data={"step": "ask", "words": "核查完毕，无需封存"})
    own = await first.post(f"{address}/lift", data={"step": "confirm"})
    assert own.status_code == 409
    assert "核查完毕，无需封存" in words(await second.get(address))
    lifted = await second.post(f"{address}/lift", data={"step": "confirm"})
    assert "已解除" in words(lifted)
    (one,) = await seals(parts.pool, parts.keys, resident)
    assert one.lifted_at is not None
    again = await second.post(f"{address}/lift", data={"step": "confirm"})
    assert again.status_code == 409
    assert "信息泄露处置" in words(await first.get("/supervision/seals"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbers": ""},
        {"numbers": "880102195904180021"},
        {"numbers": "x" * 9_000},
        {"reason": "because"},
        {"words": "好"},
        {"days": "0"},
        {"days": "99999"},
    ],
)
async def test_what_cannot_be_ordered_is_said_and_seals_nobody(parts, world, supervisors, wrong):
    resident = await world.resident()
    form = FORM | {"numbers": visits.national_id(2)} | wrong
    page = await supervisors[0].post("/supervision/seals/new", data=form)
    assert page.status_code == 422
    assert await seals(parts.pool, parts.keys, resident) == []
    assert await sealing.orders(parts.pool, parts.keys) == []


async def test_an_order_is_gone_on_with_and_ends_by_itself(parts, world, supervisors, owner_url):
    resident, other = await world.resident(), await world.resident(serial=4)
    form = FORM | {"numbers": f"{visits.national_id(2)} {visits.national_id(8)}"}
    page = await supervisors[0].post("/supervision/seals/new", data=form)
    address = str(page.url.path)
    more = await supervisors[0].post(
        f"{address}/again", data={"numbers": f"{visits.national_id(4)}，{visits.national_id(2)}"}
    )
    assert "已封存 2 份" in words(more)
    wrong = await supervisors[0].post(f"{address}/again", data={"numbers": "1"})
    assert wrong.status_code == 422
    assert await sealing.end_due(parts.pool, parts.keys, parts.outbox) == 0
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        "UPDATE supervision.seal_order SET placed_at = placed_at - interval '40 days', "
        "until = until - interval '40 days'"
    )
    await connection.close()
    assert await sealing.end_due(parts.pool, parts.keys, parts.outbox) == 1
    assert await sealing.end_due(parts.pool, parts.keys, parts.outbox) == 0
    for one in (resident, other):
        lines = await access.own_log(parts.pool, parts.keys, one)
        ended = next(line for line in lines if line.action == audit.Action.RECORD_UNSEAL)
        assert ended.agent_kind == audit.AgentKind.PLATFORM
    assert "已到期" in words(await supervisors[1].get(address))
    late = await supervisors[0].post(f"{address}/again", data={"numbers": visits.national_id(2)})
    assert late.status_code == 404
    asked = await supervisors[0].post(f"{address}/lift", data={"words": "核查完毕"})
    assert asked.status_code == 409


async def test_a_lifting_that_was_interrupted_goes_on(parts, world, supervisors, owner_url):
    resident = await world.resident()
    form = FORM | {"numbers": visits.national_id(2)}
    page = await supervisors[0].post("/supervision/seals/new", data=form)
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        "UPDATE supervision.seal_order SET lift_asked_by = placed_by, lift_words = sealed, "
        "lift_asked_at = placed_at, lifted_by = order_id, lifted_at = placed_at"
    )
    await connection.close()
    assert await sealing.end_due(parts.pool, parts.keys, parts.outbox) == 1
    (one,) = await seals(parts.pool, parts.keys, resident)
    assert one.lifted_at is not None
    assert page.status_code == 200


async def test_nobody_else_reaches_it(parts):
    account = await employ(parts.pool, parts.keys, Role.PRIVACY_OFFICER)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/review")
        page = await window.post(
            "/supervision/seals/new", data=FORM | {"numbers": visits.national_id(2)}
        )
        assert page.url.path == "/supervision/sign-in"
        assert not re.search("封存档案", page.text)


async def test_the_region_logs_the_order_without_a_name(parts, world, supervisors):
    await world.resident()
    await supervisors[0].post(
        "/supervision/seals/new", data=FORM | {"numbers": visits.national_id(2)}
    )
    lines = await access.own_log(parts.pool, parts.keys, audit.REGION)
    ordered = next(line for line in lines if line.action == audit.Action.SEAL_ORDER)
    assert ordered.detail["named"] == 1
    assert set(ordered.detail) - {"workstation"} == {"order", "named"}
    (placed,) = await sealing.orders(parts.pool, parts.keys)
    assert datetime.now(UTC) + timedelta(days=29) < placed[0].until
    async with transaction(parts.pool) as connection:
        assert await connection.fetchval("SELECT count(*) FROM supervision.seal_order") == 0


async def test_who_goes_on_with_an_order_of_another_does_so_under_the_own_name(
    parts, world, supervisors
):
    resident = await world.resident()
    form = FORM | {"numbers": visits.national_id(8)}
    page = await supervisors[0].post("/supervision/seals/new", data=form)
    address = str(page.url.path)
    two = f"{visits.national_id(2)} {visits.national_id(8)}"
    more = await supervisors[1].post(f"{address}/again", data={"numbers": two})
    assert more.status_code == 422
    assert "不能多于原令所列" in words(more)
    assert await seals(parts.pool, parts.keys, resident) == []
    await supervisors[1].post(f"{address}/again", data={"numbers": visits.national_id(2)})
    ((order, _),) = await sealing.orders(parts.pool, parts.keys)
    own = await access.own_log(parts.pool, parts.keys, resident)
    (sealed,) = [line for line in own if line.action == audit.Action.RECORD_SEAL]
    lines = await access.own_log(parts.pool, parts.keys, audit.REGION)
    again, placed = [line for line in lines if line.action == audit.Action.SEAL_ORDER]
    assert placed.agent_id == order.placed_by
    assert again.detail["step"] == "again"
    assert again.detail["named"] == 1
    assert sealed.agent_id == again.agent_id != order.placed_by


async def test_an_order_that_is_lifted_meanwhile_seals_nobody(
    parts, world, supervisors, monkeypatch
):
    resident = await world.resident()
    form = FORM | {"numbers": visits.national_id(8)}
    page = await supervisors[0].post("/supervision/seals/new", data=form)
    address = str(page.url.path)
    await supervisors[0].post(
        f"{address}/lift", data={"step": "ask", "words": "核查完毕，无需封存"}
    )
    seal = named.seal_named

    async def slowly(*args):
        await supervisors[0].post(f"{address}/lift", data={"step": "confirm"})
        lifted = await supervisors[1].post(f"{address}/lift", data={"step": "confirm"})
        assert "已解除" in words(lifted)
        return await seal(*args)

    monkeypatch.setattr(access.sealing, "seal_named", slowly)
    await supervisors[0].post(f"{address}/again", data={"numbers": visits.national_id(2)})
    (one,) = await seals(parts.pool, parts.keys, resident)
    assert one.lifted_at is not None
