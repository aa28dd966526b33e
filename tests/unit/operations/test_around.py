"""What every request passes through: bounds, headers, a line in the log, figures."""

from __future__ import annotations

import asyncio
import json
import logging
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from openhealthcode.operations import Around, note_refusal, refusals
from openhealthcode.operations.figures import exposition
from openhealthcode.operations.logs import JsonLines
from openhealthcode.operations.refusals import MOST_A_SECOND
from openhealthcode.standards import Conflict

_MARK = "王小明11010519491231002X"


async def _greet(request):
    return PlainTextResponse(f"hello {request.path_params['name']}")


async def _swallow(request):
    return PlainTextResponse(str(len(await request.body())))


async def _sleep(_):
    await asyncio.sleep(30)


async def _stream(_):
    async def slowly():
        for part in (b"one", b"two"):
            await asyncio.sleep(0.6)
            yield part

    return StreamingResponse(slowly())


async def _fault(_):
    raise ValueError(_MARK)


async def _conflict(_):
    raise Conflict


async def _framed(_):
    return PlainTextResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})


def _explain(_, error):
    return PlainTextResponse(error.code, {"too-large": 413, "conflict": 409}.get(error.code, 500))


@pytest.fixture
async def client():
    app = Starlette(
        routes=[
            Route("/greet/{name}", _greet),
            Route("/swallow", _swallow, methods=["POST"]),
            Route("/sleep", _sleep),
            Route("/stream", _stream),
            Route("/fault", _fault),
            Route("/conflict", _conflict),
            Route("/framed", _framed),
        ],
        middleware=[
            Middleware(Around, largest_body_bytes=1000, request_seconds=0.5, explain=_explain)
        ],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as opened:
        yield opened


class _Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines = []

    def emit(self, record):
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines():
    handler, logger = _Kept(), logging.getLogger("openhealthcode")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: handler.lines
    logger.removeHandler(handler)
    logger.setLevel(before)


async def test_the_log_knows_the_route_and_not_the_address(client, lines):
    await client.get(f"/greet/{_MARK}?q={_MARK}", headers={"User-Agent": _MARK.encode()})
    (line,) = [line for line in lines() if line["from"] == "openhealthcode.request"]
    assert (line["route"], line["method"], line["status"]) == ("/greet/{name}", "GET", 200)
    assert _MARK not in json.dumps(line, ensure_ascii=False)


async def test_a_line_and_its_answer_carry_the_same_number(client, lines):
    answer = await client.get("/greet/you")
    assert lines()[-1]["request"] == answer.headers["x-request-id"]


async def test_figures_know_no_address_either(client):
    await client.get(f"/greet/{_MARK}")
    await client.get(f"/nowhere/{_MARK}")
    told = exposition().decode()
    assert 'ohc_requests_total{method="GET",route="/greet/{name}",status="200"}' in told
    assert 'route="(none)",status="404"' in told
    assert _MARK not in told


async def test_a_body_is_refused_by_its_declared_length(client):
    answer = await client.post("/swallow", content=bytes(1001))
    assert (answer.status_code, answer.text) == (413, "too-large")


async def test_a_body_that_says_no_length_is_refused_once_it_is_too_long(client):
    async def endless():
        for _ in range(100):
            yield bytes(100)

    answer = await client.post("/swallow", content=endless())
    assert (answer.status_code, answer.text) == (413, "too-large")
    assert (await client.post("/swallow", content=bytes(1000))).text == "1000"


async def test_an_answer_that_does_not_begin_in_time_is_given_up(client):
    assert (await client.get("/sleep")).text == "request-timed-out"


async def test_an_answer_that_has_begun_may_take_its_time(client):
    assert (await client.get("/stream")).text == "onetwo"


async def test_a_fault_is_told_without_what_it_says(client, lines):
    answer = await client.get("/fault")
    assert (answer.status_code, answer.text) == (500, "error")
    told = json.dumps(lines(), ensure_ascii=False)
    assert "ValueError" in told
    assert "_fault" in told
    assert _MARK not in told


async def test_a_refusal_is_told_by_its_rule(client, lines):
    assert (await client.get("/conflict")).status_code == 409
    assert lines()[-1]["rule"] == "conflict"
    assert 'ohc_refusals_total{rule="conflict"}' in exposition().decode()


async def test_every_answer_is_held_to_the_strictest_rules_unless_it_says_otherwise(client):
    plain = (await client.get("/greet/you")).headers
    assert plain["content-security-policy"].startswith("default-src 'none'")
    assert plain["x-content-type-options"] == "nosniff"
    assert plain["cache-control"] == "no-store"
    assert plain["strict-transport-security"].startswith("max-age=31536000")
    assert (await client.get("/framed")).headers["content-security-policy"] == "default-src 'self'"


def test_a_refusal_noted_by_a_page_reaches_the_scope():
    scope = {"type": "http"}
    note_refusal(Request(scope), "code-spent")
    assert "code-spent" in scope.values()


async def test_who_is_refused_a_hundred_times_a_second_waits(client, monkeypatch):
    clock = [1000.5]
    monkeypatch.setattr(refusals, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    codes = [(await client.get("/conflict")).text for _ in range(MOST_A_SECOND + 120)]
    assert "too-many-attempts" in codes
    assert codes[0] == "conflict"
    clock[0] += 1
    assert (await client.get("/conflict")).text == "conflict"
