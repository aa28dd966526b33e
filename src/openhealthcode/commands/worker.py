"""One process of `ohc serve`: answers whoever comes to the port its parent holds, until it is told to go.

Told by SIGTERM it answers what is being answered and ends. Told by SIGUSR1, because another has taken its
place, it takes no new connection, closes each after its next answer, and ends when none is left:
nobody who is connected meets a closed door. Without its parent it ends too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette

from openhealthcode import app
from openhealthcode.commands.server import IDLE_SECONDS, options
from openhealthcode.operations import tell_in_json
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

READY: Final = "ready"
_LOG: Final = logging.getLogger("openhealthcode.worker")
_LONGEST_FAREWELL_SECONDS: Final = IDLE_SECONDS + 5.0
_ALONE_SECONDS: Final = 1.0
"""What was taken from the port a moment ago becomes a connection only after its TLS handshake."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]


class Worker(uvicorn.Server):
    """A server that can leave without anybody noticing."""

    def __init__(self, config: uvicorn.Config, *, life: int, tell: Callable[[str], None]) -> None:
        """Take a pipe that ends with the parent, and how to tell it that requests are answered."""
        super().__init__(config)
        self._life, self._tell = life, tell
        self._leaving: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open everything, listen, and say so."""
        await super().startup(sockets=sockets)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._begin_to_leave)
        loop.add_reader(self._life, self._end)
        self._tell(READY)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._life)
        self.should_exit = True

    def _begin_to_leave(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        for server in self.servers:
            server.close()  # whoever waits at the port is taken by the others that hold it
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers = [
            *self.server_state.default_headers,
            (b"connection", b"close"),
        ]
        began_at = alone_since = monotonic()
        while monotonic() < min(began_at + _LONGEST_FAREWELL_SECONDS, alone_since + _ALONE_SECONDS):
            await asyncio.sleep(0.05)
            if self.server_state.connections:
                alone_since = monotonic()
        self.should_exit = True


def main(port: int, life: int, told: int) -> None:
    """Serve.

    Args:
        port: the socket that the parent listens at.
        life: the reading end of a pipe that the parent holds open while it lives.
        told: the writing end of a pipe: takes ``ready``, or the sentence of what is wrong.
    """

    def tell(sentence: str) -> None:
        with contextlib.suppress(OSError):  # it was told already, or the parent is gone
            os.write(told, sentence.encode())
            os.close(told)

    try:
        settings = Settings.from_environment()
        tell_in_json(settings.log_level)
        application = app.create(settings)
    except HealthCodeError as error:
        tell(str(error))
        sys.exit(1)
    lifespan = application.router.lifespan_context
    application.router.lifespan_context = _telling(lifespan, tell)
    worker = Worker(uvicorn.Config(application, **options(settings)), life=life, tell=tell)
    worker.run(sockets=[socket.socket(fileno=port)])


def _telling(lifespan: Lifespan, tell: Callable[[str], None]) -> Lifespan:
    """The same, but that a failure at the start is told to the parent, an expected one in its words."""

    @asynccontextmanager
    async def told(application: Starlette) -> AsyncIterator[Any]:
        try:
            async with lifespan(application) as state:
                yield state
        except HealthCodeError as error:
            tell(str(error))
            raise
        except Exception as error:
            _LOG.exception("a fault at the start or the end")
            tell(f"it does not start ({type(error).__name__}); see the log")
            raise

    return told


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
