"""Whoever sits in an office tries what its pages do not offer: numbers, forged fields, races, old forms."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from starlette.routing import Route

import portals
import systems
import visits
from openhealthcode import access, portal, registry
from openhealthcode.audit import REGION, Action
from openhealthcode.audit.reading import LogLine
from openhealthcode.database import Announcements
from openhealthcode.registry import agreements as agreed
from openhealthcode.sign_in import Role
from openhealthcode.supervision import sealing
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

BEYOND = (2**31, 2**63, 2**64, 10**40)
"""Numbers that no column, and no event, can hold."""


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


async def steps_of(parts, action: Action) -> list[LogLine]:
    """What the region's own log says was done, the earliest first."""
    lines = await access.own_log(parts.pool, parts.keys, REGION, limit=200)
    return [line for line in reversed(lines) if line.action == action]


@pytest.mark.parametrize("number", BEYOND)
async def test_a_number_nothing_can_have_is_of_nothing(parts, world, supervisors, number):
    await proposed(world, supervisors[0])
    one, _ = supervisors
    assert (await one.get(f"/supervision/rules/{number}")).status_code == 404
    for answer in ("approve", "refuse", "give-up"):
        page = await one.post(f"/supervision/rules/{number}", data={"answer": answer})
        assert page.status_code == 404, answer
    assert await steps_of(parts, Action.RULES_DECIDE) == []


async def test_nor_in_any_other_address(parts):
    """Every address of a page with a number in it, by whoever: none reaches a database with it."""
    numbered = [one for one in portal.routes() if isinstance(one, Route) and ":int}" in one.path]
    assert len(numbered) > 20
    async with browser(portals.application(parts)) as nobody:
        for route in numbered:
            path = re.sub(r"\{\w+:int\}", str(BEYOND[-1]), route.path)
            path = re.sub(r"\{\w+:uuid\}", str(uuid4()), path)
            path = re.sub(r"\{\w+\}", "x", path)
            for method in sorted(route.methods - {"HEAD"}):
                page = await nobody.request(method, path)
                assert page.status_code == 404, path


async def test_each_step_about_an_agreement_stands_in_the_regions_log(parts, world, supervisors):
    party, edition = await proposed(world, supervisors[0])
    decide = f"/supervision/transfers/{party}/decide"
    for window, step in ((supervisors[1], "sign"), (supervisors[0], "suspend")):
        await window.post(decide, data={"step": step, "id": edition})
    found = await steps_of(parts, Action.AGREEMENT_STEP)
    assert [line.detail["step"] for line in found] == ["proposed", "signed", "suspended"]
    proposer, signer, stopper = (line.agent_id for line in found)
    assert proposer == stopper != signer


async def test_who_proposes_an_agreement_cannot_sign_it_in_the_same_form(parts, world, supervisors):
    forged = {"signed_by": "x", "signed_at": "2026-01-01", "proposed_by": "x", "step": "sign"}
    party, edition = await proposed(world, supervisors[0], **forged)
    (one,) = await agreed.agreements(parts.pool)
    assert (one.signed_by, one.signed_at) == (None, None)
    decide = f"/supervision/transfers/{party}/decide"
    stopped = await supervisors[0].post(decide, data={"step": "suspend", "id": edition})
    assert stopped.status_code == 200
    late = await supervisors[1].post(decide, data={"step": "sign", "id": edition})
    assert late.status_code == 409, "what was stopped is not signed by a form of before"
    again = await supervisors[1].post(decide, data={"step": "sign", "id": str(one.proposed_by)})
    assert again.status_code == 404


async def test_of_two_who_sign_at_once_one_does(parts, world, supervisors):
    """With a third who proposed it."""
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number="0902")
    async with browser(portals.application(parts)) as third:
        await portals.sign_in_clerk(third, account, "/supervision")
        party, edition = await proposed(world, third)
    decide = f"/supervision/transfers/{party}/decide"
    pages = await asyncio.gather(
        *(one.post(decide, data={"step": "sign", "id": edition}) for one in supervisors)
    )
    assert sorted(page.status_code for page in pages) == [200, 409]
    found = await steps_of(parts, Action.AGREEMENT_STEP)
    assert [line.detail["step"] for line in found] == ["proposed", "signed"]


async def test_of_two_who_ask_to_lift_at_once_one_does_and_each_step_is_logged(
    parts, world, supervisors
):
    resident = await world.resident()
    form = {"reason": "breach", "words": "资料外泄，正在核查", "days": "30"}
    page = await supervisors[0].post(
        "/supervision/seals/new", data=form | {"numbers": visits.national_id(2)}
    )
    address = f"{page.url.path}/lift"
    ask = {"step": "ask", "words": "核查完毕，无需封存"}
    asked = await asyncio.gather(*(one.post(address, data=ask) for one in supervisors))
    assert sorted(page.status_code for page in asked) == [200, 409]
    confirmed = await asyncio.gather(
        *(one.post(address, data={"step": "confirm"}) for one in (*supervisors, *supervisors))
    )
    assert [page.status_code for page in confirmed].count(200) == 1
    ((order, _),) = await sealing.orders(parts.pool, parts.keys)
    found = await steps_of(parts, Action.SEAL_LIFT)
    assert [line.detail["step"] for line in found] == ["asked", "lifted"]
    assert [line.agent_id for line in found] == [order.lift_asked_by, order.lifted_by]
    assert order.lift_asked_by != order.lifted_by
    own = await access.own_log(parts.pool, parts.keys, resident)
    (lifted,) = [line for line in own if line.action == Action.RECORD_UNSEAL]
    assert lifted.agent_id == order.lifted_by


async def test_whoever_is_suspended_is_no_second_person_any_more(parts, world, supervisors):
    party, edition = await proposed(world, supervisors[0])
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number="0903")
    async with browser(portals.application(parts)) as third:
        await portals.sign_in_clerk(third, account, "/supervision")
        await registry.suspend_practitioner(parts.pool, account.practitioner_id)
        page = await third.post(
            f"/supervision/transfers/{party}/decide", data={"step": "sign", "id": edition}
        )
        assert page.url.path == "/supervision/sign-in"
    (found,) = await agreed.agreements(parts.pool)
    assert found.signed_by is None


async def test_a_trace_stands_in_the_regions_log_by_who_asked_it(parts, supervisors):
    for content in (b"name,number\n1,2\n", b"{}"):
        page = await supervisors[0].post(
            "/supervision/traces", files={"file": ("found.csv", content)}
        )
        assert page.status_code == 200
    found = await steps_of(parts, Action.LEAK_TRACE)
    assert len({line.detail["digest"] for line in found}) == 2
    assert {line.agent_id for line in found} == {found[0].agent_id}
    assert found[0].agent_kind == "practitioner"


async def proposed(world, window, **more) -> tuple[str, str]:
    """An agreement somebody proposed: with whom, and which edition."""
    await systems.connect(world, world.hospital, "门诊系统")
    party = agreed.party_of_institution(world.hospital)
    today = datetime.now(UTC).date()
    form = {
        "title": "检验结果共享",
        "purpose": ["TREAT"],
        "category": ["laboratory"],
        "channel": ["read"],
        "legal_basis": "个人信息保护法第十三条",
        "impact_assessment": "PIA-2026-014",
        "sub_processors": "",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=300)).isoformat(),
    }
    page = await window.post(f"/supervision/transfers/{party}", data=form | more)
    assert "proposed" in str(page.url), words(page)
    (found,) = set(re.findall(r'name="id" value="([0-9a-f-]{36})"', page.text))
    return party, found
