"""Phones changed at a counter: card and code, everybody told, nothing without the card."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, audit, healthcode, identity
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import MessageNotSent, Role, residents
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import Phones, employ

CARD = {"number": visits.national_id(2), "name": "李试", "compared": "yes"}
OLD, NEW = Phone.parse("13912345678"), Phone.parse("13712345671")


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
async def li(world):
    """A resident whose phone is bound and signed in."""
    resident = await world.resident()
    about = Subject(Certificate(CertificateKind.NATIONAL_ID, CARD["number"]), "李试", OLD)
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OLD)
        begun = await begin_session(connection, world.keys, resident, about)
    await healthcode.enrol_device(
        world.pool, begun.session.device_reference, resident, begun.session.started_at
    )
    return resident, begun


@pytest.fixture
async def counter(parts):
    async for window in _counter(parts):
        yield window


@pytest.fixture
async def another_counter(parts):
    async for window in _counter(parts):
        yield window


async def _counter(parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


def named(page, field):
    return re.search(rf'name="{field}" value="([^"]+)"', page.text)[1]


async def bound(parts, resident):
    async with transaction(parts.pool, resident=resident) as connection:
        return [
            phone
            for phone in (OLD, NEW)
            if await identity.phone_is_bound(connection, parts.keys, resident, phone)
        ]


async def actions(parts, resident):
    return [line.action for line in await access.own_log(parts.pool, parts.keys, resident)]


async def test_a_lost_phone_is_unbound_signed_out_and_told(counter, parts, li):
    resident, begun = li
    page = await counter.post("/registrar/phones", data=CARD)
    assert "139****5678" in words(page)
    assert OLD.number not in page.text
    done = await counter.post(
        "/registrar/phones/unbind", data={"phone": named(page, "phone"), "why": "lost"}
    )
    assert "已解绑" in words(done)
    assert await bound(parts, resident) == []
    assert await residents.session(parts.pool, parts.keys, begun.token) is None
    assert [message.phone for message in parts.outbox.arrived] == [OLD]
    log = await access.own_log(parts.pool, parts.keys, resident)
    unbound = next(line for line in log if line.action == audit.Action.PHONE_UNBIND)
    said = {"phone": OLD.masked, "proof": "card-and-person", "why": "lost"}
    assert unbound.detail == said | {"workstation": unbound.detail["workstation"]}
    again = await counter.post(
        "/registrar/phones/unbind", data={"phone": named(page, "phone"), "why": "lost"}
    )
    assert again.status_code == 404


async def test_another_phone_is_bound_by_card_and_code_and_replaces_the_first(counter, parts, li):
    resident, begun = li
    page = await counter.post("/registrar/phones", data=CARD)
    asked = await counter.post(
        "/registrar/phones/change",
        data={"resident": named(page, "resident"), "phone": "137 1234 5671", "replaces": "yes"},
    )
    assert await bound(parts, resident) == [OLD]
    form = {"attempt": named(asked, "attempt"), "replaces": named(asked, "replaces")}
    wrong = "000000" if parts.outbox.code(NEW) != "000000" else "000001"
    again = await counter.post("/registrar/phones/code", data={**form, "code": wrong})
    assert again.status_code == 422
    assert "再念一遍" in words(again)
    done = await counter.post(
        "/registrar/phones/code", data={**form, "code": parts.outbox.code(NEW)}
    )
    assert "已绑定" in words(done)
    assert await bound(parts, resident) == [NEW]
    assert await residents.session(parts.pool, parts.keys, begun.token) is None
    told = [message.phone for message in parts.outbox.arrived[1:]]  # the first is the code
    assert set(told) == {OLD, NEW}
    log = await actions(parts, resident)
    assert {audit.Action.PHONE_BIND, audit.Action.PHONE_UNBIND} <= set(log)


async def test_a_phone_can_be_added_beside_the_first(counter, parts, li):
    resident, begun = li
    page = await counter.post("/registrar/phones", data=CARD)
    asked = await counter.post(
        "/registrar/phones/change",
        data={"resident": named(page, "resident"), "phone": "13712345671"},
    )
    form = {"attempt": named(asked, "attempt"), "code": parts.outbox.code(NEW)}
    assert (await counter.post("/registrar/phones/code", data=form)).status_code == 200
    assert await bound(parts, resident) == [OLD, NEW]
    assert await residents.session(parts.pool, parts.keys, begun.token) is not None
    over = await counter.post("/registrar/phones/code", data=form)
    assert "已失效" in words(over)


async def test_every_code_becomes_worthless_and_the_phone_stays_bound(counter, parts, li):
    resident, begun = li
    page = await counter.post("/registrar/phones", data=CARD)
    done = await counter.post(
        "/registrar/phones/reissue", data={"resident": named(page, "resident")}
    )
    assert "已全部作废" in words(done)
    assert await residents.session(parts.pool, parts.keys, begun.token) is None
    assert await bound(parts, resident) == [OLD]
    assert audit.Action.CODE_REISSUE in await actions(parts, resident)
    assert [message.phone for message in parts.outbox.arrived] == [OLD]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "李四"}, 404),
        ({"number": visits.national_id(8)}, 404),
        ({"number": "12"}, 422),
        ({"kind": "77"}, 422),
        ({"name": ""}, 422),
        ({"compared": ""}, 422),
    ],
)
@pytest.mark.usefixtures("li")
async def test_without_the_right_card_nothing_is_shown(counter, change, status):
    page = await counter.post("/registrar/phones", data=CARD | change)
    assert page.status_code == status
    assert "139****5678" not in page.text


async def test_a_name_given_to_one_clerk_is_none_for_another(counter, another_counter, parts, li):
    resident, _ = li
    page = await counter.post("/registrar/phones", data=CARD)
    for path, field in (("unbind", "phone"), ("change", "resident"), ("reissue", "resident")):
        stolen = {field: named(page, field), "why": "lost"}
        if path == "change":
            stolen["phone"] = NEW.number
        answer = await another_counter.post(f"/registrar/phones/{path}", data=stolen)
        assert answer.status_code in {403, 404}
    assert await bound(parts, resident) == [OLD]
    assert parts.outbox.arrived == []


async def test_another_clerk_cannot_spend_the_code(counter, another_counter, parts, li):
    resident, _ = li
    page = await counter.post("/registrar/phones", data=CARD)
    await another_counter.post("/registrar/phones", data=CARD)
    asked = await counter.post(
        "/registrar/phones/change",
        data={"resident": named(page, "resident"), "phone": "13712345671"},
    )
    form = {"attempt": named(asked, "attempt"), "code": parts.outbox.code(NEW)}
    over = await another_counter.post("/registrar/phones/code", data=form)
    assert "已失效" in words(over)
    assert await bound(parts, resident) == [OLD]


async def test_a_card_seen_an_hour_ago_changes_nothing(counter, parts, li, monkeypatch):
    resident, _ = li
    page = await counter.post("/registrar/phones", data=CARD)
    asked = await counter.post(
        "/registrar/phones/change",
        data={"resident": named(page, "resident"), "phone": "13712345671"},
    )
    monkeypatch.setattr(access.phones, "_CARD_COUNTS_FOR", timedelta(0))
    tried = {
        "unbind": {"phone": named(page, "phone"), "why": "lost"},
        "change": {"resident": named(page, "resident"), "phone": "13712345671"},
        "reissue": {"resident": named(page, "resident")},
        "code": {"attempt": named(asked, "attempt"), "code": parts.outbox.code(NEW)},
    }
    for path, form in tried.items():
        answer = await counter.post(f"/registrar/phones/{path}", data=form)
        assert answer.status_code == 403, path
        assert "重新核对" in words(answer)
    assert await bound(parts, resident) == [OLD]


@pytest.mark.usefixtures("li")
async def test_what_is_no_phone_gets_no_code(counter):
    page = await counter.post("/registrar/phones", data=CARD)
    for typed in ("12", "13800000000"):
        answer = await counter.post(
            "/registrar/phones/change",
            data={"resident": named(page, "resident"), "phone": typed},
        )
        assert answer.status_code == 422
    for _ in range(2):
        answer = await counter.post(
            "/registrar/phones/change",
            data={"resident": named(page, "resident"), "phone": "13712345671"},
        )
    assert "验证码太多" in words(answer)
    nothing = await counter.post(
        "/registrar/phones/unbind", data={"phone": named(page, "phone"), "why": "because"}
    )
    assert nothing.status_code == 422


async def test_nobody_binds_a_phone_to_a_person_who_has_died(counter, parts, li, owner_url):
    resident, _ = li
    page = await counter.post("/registrar/phones", data=CARD)
    asked = await counter.post(
        "/registrar/phones/change",
        data={"resident": named(page, "resident"), "phone": "13712345671"},
    )
    await counter.post(
        "/registrar/death",
        data={"number": CARD["number"], "name": "李试", "day": "2026-01-02", "seen": "yes"},
    )
    form = {"attempt": named(asked, "attempt"), "code": parts.outbox.code(NEW)}
    answer = await counter.post("/registrar/phones/code", data=form)
    assert "登记死亡" in words(answer)
    assert await bound(parts, resident) == []
    connection = await asyncpg.connect(owner_url)
    try:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM identity.phone WHERE unbound_at IS NULL"
            )
            == 0
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("forged", ["", "x" * 64, "A" * 64])
@pytest.mark.usefixtures("li")
async def test_a_name_nobody_was_given_is_not_there(counter, forged):
    for path, field in (("unbind", "phone"), ("change", "resident"), ("reissue", "resident")):
        form = {field: forged, "why": "lost"}
        if path == "change":
            form["phone"] = "13712345671"
        assert (await counter.post(f"/registrar/phones/{path}", data=form)).status_code == 404


async def test_the_form_asks_for_the_card_and_a_clerk_who_tries_many_is_stopped(counter, li):
    assert "查看绑定的手机" in words(await counter.get("/registrar/phones"))
    for _ in range(40):
        await counter.post("/registrar/phones", data=CARD | {"name": "某某"})
    assert (await counter.post("/registrar/phones", data=CARD)).status_code == 429
    assert li


async def test_unbinding_what_is_not_bound_ends_nothing(parts, li):
    resident, _ = li
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), InstitutionId(uuid4()))
    async with transaction(parts.pool, resident=resident) as connection:
        ended = await residents.unbind_in(
            connection, parts.keys, resident, NEW, agent, residents.UnbindReason.LOST
        )
    assert ended == []
    assert audit.Action.PHONE_UNBIND not in await actions(parts, resident)


class Unplugged(Phones):
    """A gateway that takes nothing."""

    async def send(self, _message):
        raise MessageNotSent


async def test_a_code_that_could_not_be_sent_is_said_to_be_missing(parts, li):
    parts.outbox = Unplugged()
    async for window in _counter(parts):
        page = await window.post("/registrar/phones", data=CARD)
        answer = await window.post(
            "/registrar/phones/change",
            data={"resident": named(page, "resident"), "phone": "13712345671"},
        )
        assert "短信没有发出去" in words(answer)
    assert await bound(parts, li[0]) == [OLD]
