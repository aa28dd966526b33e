"""``POST /resolve`` as a terminal calls it: who is believed, what is answered, in which words."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from joserfc import jwk
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cash_desk import ENDPOINT, Terminal
from clinic_desk import Phone
from openhealthcode import fhir, gateway, operations, registry
from openhealthcode.access import uses
from openhealthcode.registry import InstitutionEntry, InstitutionKind, PractitionerEntry
from openhealthcode.registry import PractitionerRole as Role
from openhealthcode.standards import CodeUse
from signing_in import Phones

TREAT, SETTLE, PAY = CodeUse.TREAT, CodeUse.SETTLE, CodeUse.PAY


@pytest.fixture
async def desk(market):
    app = Starlette(
        routes=gateway.routes(),
        middleware=[
            Middleware(
                operations.Around,
                largest_body_bytes=20_000_000,
                request_seconds=30,
                explain=fhir.explain,
            )
        ],
    )
    app.state.platform = SimpleNamespace(
        pool=market.pool, keys=market.keys, outbox=Phones(), partners=market.partners
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        client.headers["Accept-Language"] = "en"
        yield client


@pytest.fixture
async def li(market):
    phone = await Phone.of(market.world, await market.world.resident(serial=2))
    number = (await market.account())["number"]
    for partner, given in ((market.insurer, ""), (market.payment, number)):
        await uses.switch_on(
            market.pool,
            market.keys,
            market.partners,
            phone.resident,
            partner.partner_id,
            number=given,
        )
    return phone


@pytest.fixture
async def till(market):
    return await Terminal.certified(market.world, TREAT, SETTLE, PAY)


async def ask(desk, terminal, code, *named, claims=None, **more):
    assertion = terminal.assertion(code, list(named), claims)
    sent = {"code": code, "uses": list(named), "assertion": assertion} | more
    return await desk.post("/resolve", json=sent)


def code_of(answer) -> str:
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


async def test_each_use_is_answered_under_its_name(desk, till, li):
    answer = await ask(desk, till, li.code(), "treat", "settle", "pay")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"treat", "settle", "pay"}
    assert set(told["treat"]) == {"pseudonym", "request", "expiresAt"}
    assert told["settle"] | {"ecToken": ""} == {
        "partner": "黛川县医疗保障局",
        "kind": "ec-token",
        "forwarded": False,
        "ecToken": "",
        "insuOrg": "880100",
        "ecIndexNo": "001",
    }
    assert told["pay"]["kind"] == "barcode"
    assert len(told["pay"]["auth_code"]) == 18


async def test_what_is_not_given_has_a_reason(desk, market, till):
    zhao = await Phone.of(market.world, await market.world.resident(serial=4))
    answer = await ask(desk, till, zhao.code(), "settle", hours=1, scene="dispensing")
    assert answer.json() == {"notGiven": {"settle": "not-switched-on"}}


async def test_an_emergency_is_answered_with_the_override(desk, market, li):
    ward = await Terminal.certified(market.world, CodeUse.EMERGENCY)
    more = {"triageLevel": 1, "reason": "昏迷，路边发现，无人陪同"}
    answer = await ask(desk, ward, li.code(), "emergency", **more)
    assert set(answer.json()["emergency"]) == {"pseudonym", "consent"}


async def test_a_machine_that_asks_for_care_is_told_no(desk, market, li):
    machine = await Terminal.certified(market.world, PAY)
    answer = await ask(desk, machine, li.code(), "treat")
    assert (answer.status_code, code_of(answer)) == (403, "use-not-certified")


async def test_each_refusal_of_a_code_has_its_word(desk, till, li):
    code = li.code()
    assert (await ask(desk, till, code, "treat")).status_code == 200
    assert code_of(await ask(desk, till, code, "treat")) == "code-spent"
    assert code_of(await ask(desk, till, "13" + "0" * 17, "treat")) == "code-unreadable"
    assert code_of(await ask(desk, till, "130000000000000000", "treat")) == "code-foreign"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://elsewhere/resolve"},
        {"exp": int(time.time()) - 1},
        {"exp": int(time.time()) + 86400},
        {"jti": ""},
        {"jti": "x" * 129},
        {"code": "another"},
        {"uses": ["pay"]},
        {"iss": "nobody"},
        {"iss": str(uuid4())},
        {"operator": "nobody"},
        {"operator": str(uuid4())},
        {"operator": 7},
    ],
)
async def test_an_assertion_over_anything_else_proves_nobody(desk, till, li, claims):
    answer = await ask(desk, till, li.code(), "treat", claims=claims)
    assert (answer.status_code, code_of(answer)) == (401, "client-unproven")


@pytest.mark.parametrize("assertion", ["", "no JWT", "é", "a" * 5000, "a.b.c"])
async def test_what_is_no_assertion_proves_nobody(desk, li, assertion):
    sent = {"code": li.code(), "uses": ["treat"], "assertion": assertion}
    assert code_of(await desk.post("/resolve", json=sent)) == "client-unproven"


async def test_an_assertion_is_good_once_and_by_its_own_key(desk, till, li):
    code = li.code()
    sent = {"code": code, "uses": ["treat"], "assertion": till.assertion(code, ["treat"])}
    assert (await desk.post("/resolve", json=sent)).status_code == 200
    assert code_of(await desk.post("/resolve", json=sent)) == "client-unproven"
    forged = replace(till, key=jwk.ECKey.generate_key("P-256"))
    assert code_of(await ask(desk, forged, li.code(), "treat")) == "client-unproven"


async def test_a_terminal_that_is_suspended_or_over_is_nobody(desk, market, till, li):
    over = await Terminal.certified(market.world, TREAT, days=-1)
    assert code_of(await ask(desk, over, li.code(), "treat")) == "client-unproven"
    await registry.suspend_terminal(market.pool, till.terminal_id)
    assert code_of(await ask(desk, till, li.code(), "treat")) == "client-unproven"


async def test_an_operator_belongs_to_the_terminals_institution(desk, market, till, li):
    elsewhere = await registry.register_institution(
        market.pool, InstitutionEntry("test|else", InstitutionKind.CLINIC, "李家诊所")
    )
    stranger = await registry.register_practitioner(
        market.pool, PractitionerEntry("test|stranger", elsewhere, "周远", Role.DOCTOR)
    )
    answer = await ask(desk, till, li.code(), "treat", claims={"operator": str(stranger)})
    assert code_of(answer) == "client-unproven"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"code":"1","uses":["treat"]}',
        b'{"code":"1","uses":["pray"],"assertion":""}',
        b'{"code":"1","uses":["treat"],"assertion":"","more":1}',
        b'{"code":"\\ud800","uses":["treat"],"assertion":""}',
        b"[" * 60_000,
    ],
)
async def test_what_is_no_question_is_refused_as_such(desk, body):
    answer = await desk.post("/resolve", content=body)
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


async def test_a_question_has_an_end(desk):
    answer = await desk.post("/resolve", content=b" " * 70_000)
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


async def test_a_question_asks_for_something(desk, till, li):
    assert code_of(await ask(desk, till, li.code())) == "invalid"


def test_the_address_in_assertions_is_the_one_that_is_called():
    assert ENDPOINT.endswith(gateway.routes()[0].path)
    assert gateway.is_answered_here("/resolve")
    assert not gateway.is_answered_here("/resolved")
