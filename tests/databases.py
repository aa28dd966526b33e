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
_unused: dict[str, list[str]] = {}

_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE
    name regclass;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign keys: any order will do
    FOR name IN SELECT oid FROM pg_class
                 WHERE oid >= 16384 AND relkind = 'r' AND oid <> 'ohc.migration'::regclass
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
END
$$
"""
# What was created by whom and last changed when, down to columns, policies and constraints; and the
# rows no test may leave.
_SHAPE = """
SELECT (SELECT array_agg((oid, xmin, relacl, relnamespace)::text ORDER BY oid)
          FROM pg_class WHERE oid >= 16384),
       (SELECT array_agg((attrelid, attnum, xmin, attacl)::text ORDER BY attrelid, attnum)
          FROM pg_attribute WHERE attrelid >= 16384),
       (SELECT array_agg((oid, xmin)::text ORDER BY oid) FROM pg_policy),
       (SELECT array_agg((oid, xmin)::text ORDER BY oid) FROM pg_constraint WHERE oid >= 16384),
       (SELECT array_agg((oid, xmin)::text ORDER BY oid) FROM pg_trigger),
       (SELECT array_agg((oid, xmin)::text ORDER BY oid) FROM pg_proc WHERE oid >= 16384),
       (SELECT array_agg(name ORDER BY name) FROM ohc.migration)
"""


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
    """A database as the migrations leave it, whoever is still connected to the one before.

    One whose schema a test left alone is emptied and used again: that takes a tenth of the time.
    """
    unused = _unused.setdefault(of.owner_url, [])
    if not unused:
        unused.append(name := f"test_{next(_numbers)}")
        in_a_loop_of_its_own(_create(of, name, template=_TEMPLATE))
    name = unused.pop()
    try:
        yield Database(name, _named(of.url, name), _named(of.owner_url, name))
    finally:
        if in_a_loop_of_its_own(_is_as_new(of, name)):
            unused.append(name)
        else:
            in_a_loop_of_its_own(_execute(of, f"DROP DATABASE {name} WITH (FORCE)"))


async def _is_as_new(of: embedded.EmbeddedPostgres, name: str) -> bool:
    """Empty every table of a database; answer whether it is now the same as its template."""
    connection = await asyncpg.connect(_named(of.owner_url, name))
    try:
        await connection.execute(_END_OTHERS)
        await connection.execute(_EMPTY)
        found = await connection.fetchrow(_SHAPE)
    finally:
        await connection.close()
    template = await asyncpg.connect(_named(of.owner_url, _TEMPLATE))
    try:
        return bool(found == await template.fetchrow(_SHAPE))
    finally:
        await template.close()


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
