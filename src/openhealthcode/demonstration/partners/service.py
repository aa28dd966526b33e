"""What the three have in common: a key, a small database, signed messages, a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import uvicorn
from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from openhealthcode.database import load_queries
from openhealthcode.trust import (
    MessageSigner,
    UntrustedSignature,
    answer_components,
    request_components,
    verify_message,
)

_SEED_BYTES: Final = 32
_LARGEST: Final = 65_536
_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Refused(Exception):
    """The service says no; the sentence goes to whoever asked."""


class Service:
    """A service's folder: its key, its database, and what it was told of the others."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = directory
        self.signer = MessageSigner.of_seed(name, _seed(directory / "key"))
        self._seen: dict[str, float] = {}
        self._statements = load_queries("openhealthcode.demonstration.partners", f"{name}.sql")
        for statement in self._statements:
            if statement.startswith("create_"):
                self.rows(statement)

    def database(self) -> sqlite3.Connection:
        """A connection to the service's own database; every statement commits by itself."""
        opened = sqlite3.connect(self.directory / "data.sqlite", isolation_level=None)
        opened.row_factory = sqlite3.Row
        return opened

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Run one statement, by its name."""
        with closing(self.database()) as database:
            return database.execute(self._statements[statement], values).fetchall()

    @property
    def told(self) -> Mapping[str, Any]:
        """What was put down beside it when the demonstration introduced everybody."""
        told: Mapping[str, Any] = json.loads((self.directory / "told.json").read_bytes())
        return told

    async def asked_by_region(self, request: Request) -> tuple[bytes, dict[str, Any]]:
        """The question of a request that the region signed, once.

        Raises:
            UntrustedSignature: somebody else's, an old one, or one that was asked before.
        """
        body = await request.body()
        if len(body) > _LARGEST:
            raise UntrustedSignature
        key = bytes.fromhex(self.told["region_key"])
        components = request_components(request.method, request.url.path, body)
        now = time.time()
        proof = verify_message(key, components, dict(request.headers), now)
        self._seen = {nonce: at for nonce, at in self._seen.items() if now - at < 300}
        if proof.nonce in self._seen:
            raise UntrustedSignature
        self._seen[proof.nonce] = now
        return body, orjson.loads(body)

    def answer(self, asked: bytes, status: int, said: Mapping[str, Any]) -> Response:
        """A signed answer to that question."""
        body = orjson.dumps(said)
        signed = self.signer.headers(answer_components(status, body, asked), body, int(time.time()))
        return Response(body, status, signed, "application/json")


def page(template: str, **values: object) -> Response:
    """A page of a service."""
    return HTMLResponse(_templates().get_template(template).render(values), headers=_POLICY)


def style() -> Route:
    """The style sheet of all three."""

    async def answer(_: Request) -> Response:
        text = (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    return Route("/style.css", answer)


def refusal(sentence: str, status: int = 422) -> Response:
    """Why not, for whoever is no browser."""
    return JSONResponse({"message": sentence}, status)


def serve(application: Starlette, said: Mapping[str, Any]) -> None:
    """Run a service until whoever started it is gone.

    Says on the first line of its output where it listens and who it is.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(json.dumps({"port": listening.getsockname()[1], **said}) + "\n")
    sys.stdout.flush()
    asyncio.run(_serve(application, listening))


async def _serve(application: Starlette, listening: socket.socket) -> None:
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="error", ws="none", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    loop = asyncio.get_running_loop()
    gone = asyncio.create_task(_until_alone(loop))
    await asyncio.wait({serving, gone}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


async def _until_alone(loop: asyncio.AbstractEventLoop) -> None:
    """Until whoever started this process closes its end, or dies."""
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


def _seed(path: Path) -> bytes:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SEED_BYTES))
    return path.read_bytes()


@cache
def _templates() -> Environment:
    loader = PackageLoader("openhealthcode.demonstration.partners")
    return Environment(loader=loader, autoescape=True)
