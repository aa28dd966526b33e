"""How long a connection may take, and how much it may say before anything is answered.

Nobody holds a place by being slow: what is asked has to be said within seconds, and what is
answered has to be taken. One look every few seconds finds who is not done; a request itself costs
two assignments more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD_BYTES: Final = 65_536
MOST_HEADERS: Final = 128
MOST_OF_ONE_ADDRESS: Final = 1024
"""Connections at once of one address, unless a named proxy speaks for many: half of all there may be."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
)
_connections: Counter[str] = Counter()


class HeadTooLarge(Exception):
    """More headers than anything we are asked has, or longer ones."""


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 of the server, with an end to its patience."""

    head_seconds = 10.0
    """From a connection's beginning, or a request's first byte, to the end of its headers."""
    taking_seconds = 30.0
    """How long an answer may wait for whoever asked to take any of it."""
    every_seconds = 2.5
    """How often a connection is looked at."""

    _address = ""
    _is_in_head = True
    _head_bytes = 0
    _due_at: float | None = None
    """Until when what was begun has to be said."""
    _taken_by: float | None = None
    """Until when some of the answer has to be taken."""
    _untaken_bytes = 0
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # of TCP
        """Begin; an address that has enough of them already gets no more."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        _connections[self._address] += 1
        if _connections[self._address] > MOST_OF_ONE_ADDRESS and not self.config.proxy_headers:
            transport.abort()
            return
        self._due_at = self.loop.time() + self.head_seconds
        self._look = self.loop.call_later(self.every_seconds, self._look_again)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and make room."""
        if self._look is not None:
            self._look.cancel()
        _connections[self._address] -= 1
        if not _connections[self._address]:
            del _connections[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; a head that is not whole yet may be only so long."""
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins: its head has to follow."""
        self._is_in_head, self._head_bytes = True, 0
        self._due_at = self.loop.time() + self.head_seconds
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if len(self.headers) >= MOST_HEADERS or len(value) > LARGEST_HEAD_BYTES:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; how long the rest may take is the application's."""
        self._is_in_head, self._due_at = False, None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._due_at = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; what is still being sent of the request has to come to its end."""
        if self.cycle.more_body:
            self._due_at = self.loop.time() + self.head_seconds
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Whoever asked takes no more for now."""
        self._taken_by = self.loop.time() + self.taking_seconds
        self._untaken_bytes = self.transport.get_write_buffer_size()
        super().pause_writing()

    def resume_writing(self) -> None:
        """They do again."""
        self._taken_by = None
        super().resume_writing()

    def _look_again(self) -> None:
        now = self.loop.time()
        if self._taken_by is not None:
            untaken_bytes = self.transport.get_write_buffer_size()
            if untaken_bytes < self._untaken_bytes:  # slowly, but they take it
                self._taken_by = now + self.taking_seconds
            self._untaken_bytes = untaken_bytes
        if any(due is not None and due < now for due in (self._due_at, self._taken_by)):
            self.transport.abort()
        else:
            self._look = self.loop.call_later(self.every_seconds, self._look_again)
