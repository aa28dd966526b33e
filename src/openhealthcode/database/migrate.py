"""Bring a database to the shape this release expects.

Migrations are numbered files, run once each in order, each in one transaction, one statement a
call. ``_before`` files run before the program is replaced, ``_after`` files after it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from uuid import uuid4

import asyncpg

from openhealthcode.database.queries import load_queries, split_statements
from openhealthcode.standards import HealthCodeError

_QUERIES = load_queries("openhealthcode.database")
_FILE = re.compile(r"^\d{4}_[a-z0-9_]+_(before|after)\.sql$")
_OLDEST_SERVER = 150000

DOMAINS = (
    "database",
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
)
"""The packages that own a ``schema.sql``, in the order in which a database is built from them."""


class UnsuitableDatabase(HealthCodeError):
    """This database cannot be used."""

    code = "database-unsuitable"


class AnotherShape(UnsuitableDatabase):
    """This database was made by another version, before the first release; it has no way here."""


async def migrate(owner_url: str) -> list[str]:
    """Apply what is missing; answer the names applied, oldest first.

    Raises:
        UnsuitableDatabase: PostgreSQL older than 15, or a database that was made from other files.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        if await connection.fetchval(_QUERIES["server_version"]) < _OLDEST_SERVER:
            raise UnsuitableDatabase("PostgreSQL 15 or newer is needed")
        applied = await _applied(connection)
        missing = {name: text for name, text in migrations().items() if name not in applied}
        for name, text in missing.items():
            async with connection.transaction():
                for statement in split_statements(text):
                    await connection.execute(statement)
                await connection.execute(
                    _QUERIES["record_migration"], name, datetime.now(UTC), text
                )
        return list(missing)
    finally:
        await connection.close()


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
    folder = files("openhealthcode.database").joinpath("migrations")
    found = sorted(
        (entry for entry in folder.iterdir() if _FILE.match(entry.name)), key=lambda e: e.name
    )
    return {entry.name: entry.read_text(encoding="utf-8") for entry in found}


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
