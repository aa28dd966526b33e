"""Databases for tests: real PostgreSQL, one server a session, a fresh migrated copy a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from openhealthcode.database import embedded, migrate

_T = TypeVar("_T")
_TEMPLATE = "migrated"
_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """One database with every migration applied and nothing in it."""

    name: str
    url: str
    """As the service, a member of ``ohc_app``."""
    owner_url: str
    """As a superuser: for tests that meddle as an attacker would."""


def in_a_loop_of_its_own(work: Coroutine[Any, Any, _T]) -> _T:
    """Finish asynchronous work from synchronous code without touching the test's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@contextmanager
def server(binaries: Path | None) -> Iterator[embedded.EmbeddedPostgres]:
    """A server with a migrated template, in a short path anyone can pass through."""
    home = Path(tempfile.mkdtemp(prefix="ohc-test-", dir="/tmp"))
    home.chmod(0o711)
    started = in_a_loop_of_its_own(
        embedded.start(
            home / "pg", durable=False, settings={"max_connections": "200"}, binaries=binaries
        )
    )
    try:
        in_a_loop_of_its_own(_create(started, _TEMPLATE, template="template1"))
        in_a_loop_of_its_own(migrate(_named(started.owner_url, _TEMPLATE)))
        yield started
    finally:
        in_a_loop_of_its_own(started.stop())
        shutil.rmtree(home)


@contextmanager
def fresh_database(of: embedded.EmbeddedPostgres) -> Iterator[Database]:
    """A copy of the migrated template, dropped afterwards whoever is still connected."""
    name = f"test_{next(_numbers)}"
    in_a_loop_of_its_own(_create(of, name, template=_TEMPLATE))
    try:
        yield Database(name, _named(of.url, name), _named(of.owner_url, name))
    finally:
        in_a_loop_of_its_own(_execute(of, f"DROP DATABASE {name} WITH (FORCE)"))


async def _create(of: embedded.EmbeddedPostgres, name: str, template: str) -> None:
    await _execute(of, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")


async def _execute(of: embedded.EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(of.owner_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(url: str, name: str) -> str:
    return url.replace("/openhealthcode?", f"/{name}?")
