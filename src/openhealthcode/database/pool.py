"""Connections and transactions: every statement runs as the non-owner role, in a named context.

Row-level security shows a transaction only the rows of the resident, of the looked-up keys or of
the task it was opened for; opened for nothing, it sees none. The context is set as literal
``SET LOCAL`` (Citus passes those on to its workers) built from typed values only.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from types import TracebackType
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode.database.away import STARTING, DatabaseAway
from openhealthcode.database.connections import Connection, Pool
from openhealthcode.database.migrate import newest
from openhealthcode.database.releases import name_of

APPLICATION_ROLE: Final = "ohc_app"
TASKS: Final = frozenset(
    {
        "sequencing",
        "verification",
        "purging",
        "closing",
        "supervision",
        "registration",
        "retention",
        "notices",
        "statistics",
        "review",
        "matching",
        "linkage",
        "publishing",
        "mapping",
    }
)
"""Work that crosses residents; each policy that lets one through names it."""


async def open_pool(url: str, *, size: int = 16) -> Pool:
    """Open a pool of connections that act as ``ohc_app``.

    Args:
        url: the database, as a role that is ``ohc_app`` or a member of it.
        size: connections at the most; a process never waits for itself with fewer than two.

    Raises:
        DatabaseAway: the database cannot be reached.
        asyncpg.PostgresError: the role cannot be taken.
    """
    pool = Pool(partial(_connect, url), size)
    pool.release(await pool.acquire())  # fails now rather than at the first request
    return pool


async def _connect(url: str) -> Connection:
    try:
        connection: Connection = await asyncpg.connect(
            url,
            server_settings={
                "jit": "off",
                # Every statement finds its rows by resident; planning it anew each time costs more.
                "plan_cache_mode": "force_generic_plan",
                "application_name": name_of(newest()),
            },
        )
    except (OSError, *STARTING) as error:
        raise DatabaseAway from error
    try:
        await connection.execute(f"SET ROLE {APPLICATION_ROLE}")
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            encoder=lambda document: b"\x01" + document,
            decoder=lambda document: document[1:],
            format="binary",
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


class transaction:  # noqa: N801 - reads as a statement: ``async with transaction(...)``
    """One transaction in one context; commits at the end of the block, else rolls back.

    Args:
        pool: where the connection comes from.
        resident: whose rows may be seen and written.
        lookup: keys (hashes, references) of the look-up rows the caller can already name.
        task: one of ``TASKS``.
    """

    __slots__ = ("_begin", "_connection", "_pool")

    def __init__(
        self,
        pool: Pool,
        *,
        resident: UUID | None = None,
        lookup: Collection[bytes] = (),
        task: str | None = None,
    ) -> None:
        self._pool = pool
        self._begin = _begin(resident, lookup, task)

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.acquire()
        try:
            await self._connection.execute(self._begin)
        except BaseException:
            self._pool.release(self._connection)
            raise
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._connection.execute("COMMIT" if kind is None else "ROLLBACK")
        except BaseException:
            # What the server did with it is unknown or moot: never reuse this connection.
            self._connection.terminate()
            raise
        finally:
            self._pool.release(self._connection)


async def enter(connection: Connection, *, resident: UUID) -> None:
    """Turn an open transaction to one resident, once a look-up has told whose rows it needs."""
    await connection.execute(_set_resident(resident))


async def look_up(connection: Connection, keys: Collection[bytes]) -> None:
    """Let an open transaction see the look-up rows of these keys, and of these alone."""
    await connection.execute(_set_lookup(keys))


def _begin(resident: UUID | None, lookup: Collection[bytes], task: str | None) -> str:
    statements = ["BEGIN"]
    if resident is not None:
        statements.append(_set_resident(resident))
    if lookup:
        statements.append(_set_lookup(lookup))
    if task is not None:
        if task not in TASKS:
            raise ValueError("unknown task")
        statements.append(f"SET LOCAL ohc.task = '{task}'")
    return "; ".join(statements)


def _set_resident(resident: UUID) -> str:
    return f"SET LOCAL ohc.resident_id = '{UUID(int=resident.int)}'"


def _set_lookup(keys: Collection[bytes]) -> str:
    return f"SET LOCAL ohc.lookup = '{','.join(key.hex() for key in keys)}'"
