"""What arrives as bytes: nobody is let in twice by one request, and nobody holds a place by being slow."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from openhealthcode.commands.server import options
from openhealthcode.operations import Around
from openhealthcode.operations.patience import (
    LARGEST_HEAD_BYTES,
    MOST_HEADERS,
    PatientProtocol,
)
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

LARGE = b"x" * 20_000_000


class Hurried(PatientProtocol):
    """As in the program, in a tenth of the time."""

    head_seconds = 1.0
    taking_seconds = 1.0
    every_seconds = 0.1


async def told(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {len(await request.body())}")


async def at_once(_: Request) -> Response:
    return PlainTextResponse("answered")


async def large(_: Request) -> Response:
    return Response(LARGE)


def explain(_: Request, error: HealthCodeError) -> Response:
    return PlainTextResponse(type(error).code, 400)


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    app = Starlette(
        routes=[
            Route("/told", told, methods=["GET", "POST"]),
            Route("/at-once", at_once, methods=["POST"]),
            Route("/large", large),
        ],
        middleware=[
            Middleware(Around, largest_body_bytes=1_000_000, request_seconds=2, explain=explain)
        ],
    )
    settings = options(Settings(tmp_path_factory.mktemp("data"))) | {
        "http": Hurried,
        "timeout_keep_alive": 1,
    }
    server = uvicorn.Server(uvicorn.Config(app, port=0, **settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        yield line


def said(line: socket.socket) -> bytes:
    """Everything until the other side ends."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answer_to(port: int, request: bytes) -> bytes:
    with connected(port) as line:
        line.sendall(request)
        return said(line)


GOOD = b"POST /told HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"


def test_a_request_is_answered(port):
    assert answer_to(port, GOOD).endswith(b"POST 3")


SMUGGLED = b"GET /told HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3\r\nContent-Length: 3\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: 3, 3\r\n",
        b"Content-Length: -3\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length\r\n",
        b"X: a\r\n b\r\nContent-Length : 3\r\n",
        b"X\x00Y: a\r\n",
        b"X: a\x00b\r\n",
        b"X: a\rContent-Length: 3\r\n",
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_refused(port, head):
    """The second request stands where a body would: it must never be answered."""
    request = b"POST /told HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n" + SMUGGLED
    answered = answer_to(port, request)
    assert answered.startswith(b"HTTP/1.1 400"), answered[:200]
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"GET 0" not in answered


@pytest.mark.parametrize("size", [b"3 x", b"g", b"-1", b"1" * 40, b""])
def test_a_broken_chunk_is_refused(port, size):
    head = b"POST /told HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answered = answer_to(port, head + size + b"\r\nabc\r\n0\r\n\r\n")
    assert b"POST 3" not in answered
    assert not answered or answered.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "line",
    [
        b"GET /told HTTP/9.9\r\n\r\n",
        b"G\x00T /told HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(port, line):
    answered = answer_to(port, line)
    assert not answered or answered.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert b"GET 0" not in answered


def test_a_head_without_end_is_cut_off(port):
    with connected(port) as line:
        line.sendall(b"GET /told HTTP/1.1\r\nHost: a\r\nX: ")
        assert refused_while_sending(line, [b"x" * 4096] * 800, 0.001)


@pytest.mark.parametrize(
    "headers",
    [
        b"X: " + b"x" * (LARGEST_HEAD_BYTES + 1) + b"\r\n",
        b"".join(b"X%d: y\r\n" % number for number in range(MOST_HEADERS + 1)),
    ],
)
def test_more_headers_than_anybody_has_are_refused(port, headers):
    answered = answer_to(port, b"GET /told HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n")
    assert not answered or answered[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431")


def refused_while_sending(line: socket.socket, parts: Iterable[bytes], pause: float) -> bool:
    """Whether the other side ended before all of it was sent."""
    try:
        for part in parts:
            line.sendall(part)
            time.sleep(pause)
    except OSError:
        return True
    return False


def ended_within(line: socket.socket, seconds: float) -> bool:
    line.settimeout(seconds)
    try:
        said(line)
    except TimeoutError:
        return False
    return True


def test_who_says_nothing_is_not_waited_for(port):
    with connected(port) as line:
        assert ended_within(line, 5)


def test_who_says_the_head_slowly_is_not_waited_for(port):
    with connected(port) as line:
        head = b"GET /told HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100
        assert refused_while_sending(line, [bytes([letter]) for letter in head], 0.05)


def test_who_sends_a_body_slowly_is_not_waited_for(port):
    head = b"POST /told HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with connected(port) as line:
        line.sendall(head)
        assert refused_while_sending(line, [b"x"] * 160, 0.05)


def test_who_goes_on_sending_after_the_answer_is_not_listened_to(port):
    head = b"POST /at-once HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with connected(port) as line:
        line.sendall(head)
        assert refused_while_sending(line, [b"x"] * 160, 0.05)


def test_who_takes_no_answer_is_not_waited_for(port):
    with connected(port) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(2)
        assert refused_while_sending(line, [b"x"] * 40, 0.05)


def test_who_takes_it_in_time_gets_all_of_it(port):
    answered = answer_to(port, b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answered.endswith(LARGE[-1000:])
    assert len(answered) > len(LARGE)


def test_the_next_request_of_a_connection_has_its_own_time(port):
    with connected(port) as line:
        for _ in range(12):
            line.sendall(GOOD.replace(b"Connection: close\r\n", b""))
            answer = b""
            while b"POST 3" not in answer:  # head and body may arrive one after the other
                part = line.recv(65536)
                assert part, answer
                answer += part
            time.sleep(0.2)
