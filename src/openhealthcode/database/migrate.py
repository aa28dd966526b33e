"""Bring a database to the shape this release expects.

Migrations are numbered files, run once each in order, each in one transaction, one statement a
call. ``_before`` files run before the program is replaced, and leave the release before at work;
``_after`` files run when nothing of that release is left.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import uuid4

import asyncpg

from openhealthcode.database.queries import load_queries, split_statements
from openhealthcode.standards import HealthCodeError

_QUERIES = load_queries("openhealthcode.database")
_FOLDER: Final = files("openhealthcode.database").joinpath("migrations")
_FILE = re.compile(r"^\d{4}_[a-z0-9_]+_(before|after)\.sql$")
_OLDEST_SERVER = 150000
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.5

DOMAINS = (
    "database",
    "trust",
    "registry",
    "terminology",
    "identity",
    "audit",
    "representation",
    "record",
    "consent",
    "healthcode",
    "sign_in",
    "collection",
    "access",
    "supervision",
)
"""The packages that own a ``schema.sql``, in the order in which a database is built from them."""


class UnsuitableDatabase(HealthCodeError):
    """This database cannot be used."""

    code = "database-unsuitable"


class AnotherShape(UnsuitableDatabase):
    """This database was made by another version, before the first release; it has no way here."""


class NotInTurn(UnsuitableDatabase):
    """The database is more than one release behind: finish the update before, or stop the service."""

    code = "migration-not-in-turn"


class Blocked(UnsuitableDatabase):
    """A table that is to be changed is held by somebody for long; try again."""

    code = "migration-blocked"


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still to be applied, oldest first.

    Args:
        before: while the release before may go on.
        after: when nothing of it is left.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]


def missing_of(known: Iterable[str], applied: Collection[str]) -> Missing:
    """What of the known migrations is missing, by when it may be applied under load.

    Raises:
        NotInTurn: one of them needs the release before the last to be gone, and then another needs
            the last one to be at work.
    """
    missing = [name for name in sorted(known) if name not in applied]
    before = tuple(name for name in missing if _FILE.match(name)[1] == "before")  # type: ignore[index] # listed by that pattern
    after = tuple(name for name in missing if name not in before)
    if before and after and after[0] < before[-1]:
        raise NotInTurn
    return Missing(before, after)


async def missing_migrations(owner_url: str) -> Missing:
    """What a database that is in use lacks; as ``missing_of``.

    Raises:
        UnsuitableDatabase: it was never set up, or was made from other files.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        applied = await _applied(connection)
    finally:
        await connection.close()
    if not applied:
        raise UnsuitableDatabase("this database was not set up: run `ohc migrate`")
    return missing_of(migrations(), applied)


async def migrate(owner_url: str, only: Collection[str] | None = None) -> list[str]:
    """Apply what is missing; answer the names applied, oldest first.

    One at a time, whoever calls. A table that others use is waited for only shortly and asked for
    again: whoever waits for a lock for long has everybody else wait behind.

    Args:
        owner_url: the database as its owner.
        only: of these alone; by default all.

    Raises:
        UnsuitableDatabase: PostgreSQL older than 15, or a database that was made from other files.
        Blocked: a table stayed in use.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        if await connection.fetchval(_QUERIES["server_version"]) < _OLDEST_SERVER:
            raise UnsuitableDatabase("PostgreSQL 15 or newer is needed")
        await connection.execute(_QUERIES["hold_migrations"])
        known = migrations()
        applied = await _applied(connection)
        wanted = known if only is None else {name: known[name] for name in sorted(only)}
        missing = {name: text for name, text in wanted.items() if name not in applied}
        for name, text in missing.items():
            await _apply_patiently(connection, name, text)
        return list(missing)
    finally:
        await connection.close()


async def _apply_patiently(connection: asyncpg.Connection, name: str, text: str) -> None:
    for _ in range(_TRIES):
        try:
            await _apply(connection, name, text)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
    raise Blocked


async def _apply(connection: asyncpg.Connection, name: str, text: str) -> None:
    async with connection.transaction():
        await connection.execute(_QUERIES["wait_shortly"])
        for statement in split_statements(text):
            await connection.execute(statement)
        await connection.execute(_QUERIES["record_migration"], name, datetime.now(UTC), text)


async def _applied(connection: asyncpg.Connection) -> set[str]:
    """The names of what was applied before, each from the file that still bears it."""
    if await connection.fetchval(_QUERIES["migrations_table"]) is None:
        return set()
    known = migrations()
    try:
        altered = await connection.fetch(
            _QUERIES["migrations_altered"], list(known), list(known.values())
        )
    except asyncpg.UndefinedColumnError:
        raise AnotherShape from None  # from before the files' digests were kept
    if altered:
        raise AnotherShape
    return {row["name"] for row in await connection.fetch(_QUERIES["migrations_applied"])}


def migrations() -> dict[str, str]:
    """The migration files' texts by name, oldest first."""
    return {name: _FOLDER.joinpath(name).read_text(encoding="utf-8") for name in _names()}


def released() -> dict[str, str]:
    """The files that belong to a release and never change again, each with its SHA-256."""
    lines = _FOLDER.joinpath("released.txt").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line)}


@cache
def newest() -> str:
    """The number of the last migration this release knows, by which it is told from others."""
    return _names()[-1][:4]


def _names() -> list[str]:
    return sorted(entry.name for entry in _FOLDER.iterdir() if _FILE.match(entry.name))


def schemas() -> str:
    """Every domain's current ``schema.sql``, one after the other."""
    package = files("openhealthcode")
    texts = [package.joinpath(domain, "schema.sql").read_text("utf-8") for domain in DOMAINS]
    return "\n\n".join(texts)


async def stamp(owner_url: str, mode: str) -> None:
    """Mark a database as synthetic or production; the first mark stays for life.

    Raises:
        UnsuitableDatabase: it carries the other mark.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(_QUERIES["stamp"], mode, uuid4(), datetime.now(UTC))
        marked = await connection.fetchrow(_QUERIES["installation"])
        if marked is None or marked["mode"] != mode:
            raise UnsuitableDatabase(
                "this database holds synthetic residents and never becomes a production one"
                if mode == "production"
                else "this database is in production and never holds synthetic residents"
            )
    finally:
        await connection.close()


async def mode(owner_url: str) -> str | None:
    """What a database is marked as; nothing before it was set up."""
    connection = await asyncpg.connect(owner_url)
    try:
        if await connection.fetchval(_QUERIES["migrations_table"]) is None:
            return None
        marked = await connection.fetchrow(_QUERIES["installation"])
        return None if marked is None else str(marked["mode"])
    finally:
        await connection.close()


async def is_empty(owner_url: str) -> bool:
    """Whether the database holds no table at all."""
    connection = await asyncpg.connect(owner_url)
    try:
        return bool(await connection.fetchval(_QUERIES["foreign_tables"]) == 0)
    finally:
        await connection.close()
