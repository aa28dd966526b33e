"""Whether this process may be sent requests, and if not, which part is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from asyncpg import InvalidSchemaNameError, UndefinedTableError

from openhealthcode.database import (
    Pool,
    UnsuitableDatabase,
    load_queries,
    migrations,
    transaction,
)
from openhealthcode.operations.chores import Chore
from openhealthcode.trust import Keys, UnknownKey

_LOG: Final = logging.getLogger("openhealthcode.readiness")
_QUERIES: Final = load_queries("openhealthcode.operations")
_PATIENCE_SECONDS: Final = 5.0
_NOBODY: Final = UUID(int=0)


class Watched(Protocol):
    """What of a running installation is looked at."""

    @property
    def pool(self) -> Pool: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def chores(self) -> tuple[Chore, ...]: ...
    @property
    def is_synthetic(self) -> bool: ...


async def missing(platform: Watched) -> dict[str, str]:
    """What is missing, in words, by part; nothing when all is well."""
    parts: dict[str, Callable[[Watched], Awaitable[str]]] = {
        "database": _database,
        "keys": _keys,
        "chores": _chores,
    }
    found: dict[str, str] = {}
    for part, look in parts.items():
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                sentence = await look(platform)
        except Exception as error:  # noqa: BLE001 - whatever it is, it means: not ready
            _LOG.warning("not ready", exc_info=error, extra={"facts": {"part": part}})
            sentence = "it does not answer"
        if sentence:
            found[part] = sentence
    return found


async def check_mode(pool: Pool, *, is_synthetic: bool | None) -> bool:
    """Whether this database is synthetic; refuses to go on if it is not what it has to be.

    Raises:
        UnsuitableDatabase: synthetic where production is meant, the reverse, or never set up.
    """
    try:
        async with transaction(pool) as connection:
            installation = await connection.fetchrow(_QUERIES["installation"])
    except (UndefinedTableError, InvalidSchemaNameError):
        installation = None
    if installation is None:
        raise UnsuitableDatabase("this database was not set up: run `ohc migrate`")
    found_synthetic = bool(installation["mode"] == "synthetic")
    if is_synthetic is not None and found_synthetic is not is_synthetic:
        raise UnsuitableDatabase(
            "this database is in production; a demonstration does not touch it"
            if is_synthetic
            else "this database holds synthetic residents and never goes into production"
        )
    return found_synthetic


async def database_time(pool: Pool) -> datetime:
    """What time it is for the database, whose clock decides consent."""
    async with transaction(pool) as connection:
        told: datetime = await connection.fetchval(_QUERIES["database_time"])
        return told


async def _database(platform: Watched) -> str:
    async with transaction(platform.pool) as connection:
        standing = await connection.fetchrow(_QUERIES["standing"])
        applied = {row["name"] for row in await connection.fetch(_QUERIES["applied_migrations"])}
    if unapplied := [one for one in migrations() if one not in applied and _is_needed(one)]:
        return f"run `ohc migrate`: {len(unapplied)} migrations are missing"
    if standing is None or not standing["acts_as_application"]:
        return "the connection does not act as ohc_app"
    if standing["is_owner"] and not platform.is_synthetic:
        return "it is entered as its owner or as a superuser, for whom its rules do not hold"
    return ""


def _is_needed(migration: str) -> bool:
    """Not those that wait until nothing of the release before is left: we do without them."""
    return not migration.endswith("_after.sql")


async def _keys(platform: Watched) -> str:
    try:
        await asyncio.to_thread(platform.keys.of, _NOBODY)
    except UnknownKey:
        return ""  # the store was read, and nobody has no key
    return "the key store gives out keys to anybody"


async def _chores(platform: Watched) -> str:
    late = [chore.name for chore in platform.chores if chore.is_late]
    return f"late: {', '.join(late)}" if late else ""
