"""What every request passes through: bounds, a number, a line in the log, the browser's rules.

One layer and not five: each would cost every request again. It is plain ASGI, so that a page that
keeps sending (server-sent events) is not held back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cache
from secrets import token_hex
from time import perf_counter
from typing import Any, Final

from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openhealthcode.database import DatabaseAway, is_away
from openhealthcode.operations import figures
from openhealthcode.operations.logs import request_id, tell
from openhealthcode.operations.refusals import MOST_A_SECOND, Refusals
from openhealthcode.standards import HealthCodeError, TooLarge, TooManyAttempts

_LOG: Final = logging.getLogger("openhealthcode.request")
_REFUSAL: Final = "openhealthcode.refusal"
_UNKNOWN_ROUTE: Final = "(none)"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_EVERY_ANSWER: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cache-control", b"no-store"),
)
_OVER_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


Explain = Callable[[Request, HealthCodeError], Response]
"""Says an expected failure in the manner of the address it happened at."""


class RequestTimedOut(HealthCodeError):
    """This took too long; try again."""

    code = "request-timed-out"


def note_refusal(request: Request, code: str) -> None:
    """Name the rule by which this request is refused, for the log and the figures."""
    request.scope[_REFUSAL] = code


class Around:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        largest_body_bytes: int,
        request_seconds: float,
        explain: Explain,
        most_refusals_per_second: int = MOST_A_SECOND,
    ) -> None:
        self._app = app
        self._largest_body_bytes = largest_body_bytes
        self._request_seconds = request_seconds
        self._explain = explain
        self._refusals = Refusals(most_refusals_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request within its bounds, and tell that it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = token_hex(8)
        token = request_id.set(number)
        started_at = perf_counter()
        answering = _Answering(scope, send, number)
        try:
            await self._answer(scope, receive, answering)
        finally:
            self._refusals.note(scope, answering.status)
            _tell(scope, answering.status, perf_counter() - started_at)
            request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, answering: _Answering) -> None:
        try:
            await self._within_bounds(scope, receive, answering)
        except Exception as error:
            if not isinstance(error, HealthCodeError):
                _LOG.exception("a fault")
                error = DatabaseAway() if is_away(error) else HealthCodeError()
            if answering.status:
                raise  # half an answer: closing the connection is all that is left to say
            answering.limit = None
            note_refusal(Request(scope), error.code)
            await self._explain(Request(scope), error)(scope, receive, answering)

    async def _within_bounds(self, scope: Scope, receive: Receive, answering: _Answering) -> None:
        if self._refusals.are_too_many(scope):
            raise TooManyAttempts
        if _declared_length(scope) > self._largest_body_bytes:
            raise TooLarge
        bounded = _BoundedBody(receive, self._largest_body_bytes)
        limit = answering.limit = asyncio.timeout(self._request_seconds)
        try:
            async with limit:
                await self._app(scope, bounded, answering)
        except TimeoutError:
            if limit.expired():
                raise RequestTimedOut from None
            raise


class _Answering:
    """Passes the answer on, with the headers every answer carries."""

    def __init__(self, scope: Scope, send: Send, number: str) -> None:
        self._scope = scope
        self._send = send
        self._number = number
        self.status = 0
        self.limit: asyncio.Timeout | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.limit is not None:
                self.limit.reschedule(None)  # begun in time: pages that keep sending may go on
            given = list(message["headers"])
            names = {name for name, _ in given}
            given += [header for header in _EVERY_ANSWER if header[0] not in names]
            given.append((b"x-request-id", self._number.encode()))
            if self._scope["scheme"] == "https" and _OVER_TLS[0] not in names:
                given.append(_OVER_TLS)
            message = {**message, "headers": given}
        await self._send(message)


class _BoundedBody:
    """Receives a body and refuses it as soon as it exceeds what is accepted."""

    __slots__ = ("_left", "_receive")

    def __init__(self, receive: Receive, largest_body_bytes: int) -> None:
        self._receive = receive
        self._left = largest_body_bytes

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge
        return message


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0
    return 0


def _tell(scope: Scope, status: int, seconds: float) -> None:
    route = template_of(scope)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    count, duration = _figures(route, method, status)
    count.inc()
    duration.observe(seconds)
    facts: dict[str, Any] = {
        "route": route,
        "method": method,
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
    }
    if rule := scope.get(_REFUSAL):
        figures.REFUSALS.labels(rule).inc()
        facts["rule"] = rule
    tell(_LOG, "answered", facts)


@cache
def _figures(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """The figures of one kind of request; finding them anew costs as much as changing them."""
    return figures.REQUESTS.labels(route, method, status), figures.SECONDS.labels(route)


def template_of(scope: Scope) -> str:
    """The route's template: ``/fhir/{type}/{id}``, where the path itself would name somebody."""
    return getattr(scope.get("route"), "path", None) or _UNKNOWN_ROUTE
