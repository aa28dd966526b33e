"""Deliver messages through an SMS provider's HTTP gateway.

One POST of ``{"phone": "+86…", "text": "…"}`` with a bearer token; any 2xx answer is acceptance.
Providers differ in everything else, so a region puts its own few lines in between.
"""

from __future__ import annotations

import asyncio
import http.client
from typing import Final
from urllib.parse import urlsplit

import orjson

from openhealthcode.sign_in.model import MessageNotSent
from openhealthcode.sign_in.outbox import Message

_TIMEOUT_SECONDS: Final = 8.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class SmsGateway:
    """An outbox that posts to one configured address; follows no redirect with its token."""

    def __init__(self, url: str, token: str, *, codes_per_hour: int = 20_000) -> None:
        """Check the address once, at start.

        Args:
            url: where messages are posted.
            token: the bearer token for it.
            codes_per_hour: the most the whole installation sends; what a flood may cost.

        Raises:
            ValueError: not an HTTPS address (plain HTTP is allowed to this machine only).
        """
        address = urlsplit(url)
        if not address.hostname or address.scheme not in {"http", "https"}:
            raise ValueError("the SMS gateway's address is not a URL")
        if address.scheme == "http" and address.hostname not in _LOOPBACK:
            raise ValueError("the SMS gateway must be reached by https")
        self._is_secure = address.scheme == "https"
        self._host = address.hostname
        self._port = address.port
        self._path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        self._token = token
        self._codes_per_hour = codes_per_hour

    @property
    def codes_per_hour(self) -> int:
        """How many codes the whole installation may send through it in an hour."""
        return self._codes_per_hour

    async def send(self, message: Message) -> None:
        """Hand a message over; waits eight seconds at the most.

        Raises:
            MessageNotSent: no connection, no answer, or an answer other than 2xx.
        """
        body = orjson.dumps({"phone": message.phone.number, "text": message.text})
        try:
            status = await asyncio.to_thread(self._post, body)
        except (OSError, http.client.HTTPException):
            raise MessageNotSent from None
        if not 200 <= status < 300:
            raise MessageNotSent

    def _post(self, body: bytes) -> int:
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_TIMEOUT_SECONDS)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
        }
        try:
            connection.request("POST", self._path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()
