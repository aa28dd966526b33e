"""Reads and writes access tokens and spent assertions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.sign_in.model import Scope
from openhealthcode.standards.ids import SystemId

_QUERIES = load_queries("openhealthcode.sign_in.systems")


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token that has not expired, as it lies in the table."""

    system_id: SystemId
    scopes: str
    expires_at: datetime


async def spend_assertion(pool: Pool, assertion_key: bytes, expires_at: datetime) -> bool:
    """Accept an assertion once."""
    spent = await pool.fetchval(_QUERIES["spend_assertion"], assertion_key, expires_at)
    return spent is not None


async def add_token(
    connection: Connection,
    token_key: bytes,
    system_id: SystemId,
    scopes: Iterable[Scope],
    expires_at: datetime,
) -> None:
    """Keep a token's hash and what it permits."""
    granted = sorted(map(str, scopes))
    await connection.execute(_QUERIES["add_token"], token_key, system_id, granted, expires_at)


async def token(connection: Connection, token_key: bytes, at: datetime) -> StoredToken | None:
    """A token that has not expired."""
    row = await connection.fetchrow(_QUERIES["token"], token_key, at)
    if row is None:
        return None
    return StoredToken(row["system_id"], " ".join(row["scopes"]), row["expires_at"])
