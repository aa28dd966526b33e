"""Reads and writes who is under special protection, by mark."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from openhealthcode.database import Connection, load_queries
from openhealthcode.supervision.protected.model import Protection, Standing

_QUERIES: Final = load_queries("openhealthcode.supervision.protected")


async def ask(
    connection: Connection, marks: Sequence[bytes], at: datetime, by: UUID, until: datetime
) -> None:
    """Keep that somebody asks for a person's protection; nothing holds yet."""
    await connection.execute(_QUERIES["ask"], list(marks), at, by, until)


async def confirm(
    connection: Connection, marks: Sequence[bytes], at: datetime, by: UUID, since: datetime
) -> bool:
    """Let what somebody else asked hold from now on; whether there was anything."""
    return bool(await connection.fetch(_QUERIES["confirm"], list(marks), at, by, since))


async def protections(
    connection: Connection, marks: Collection[bytes]
) -> dict[bytes, list[Protection]]:
    """The protections of these residents that were confirmed, also those that are over."""
    found: dict[bytes, list[Protection]] = {}
    for row in await connection.fetch(_QUERIES["protections"], list(marks)):
        span = Protection(row["confirmed_at"], row["until"])
        found.setdefault(row["resident_mark"], []).append(span)
    return found


async def standing(connection: Connection, at: datetime, since: datetime) -> Standing:
    """How many hold, and how many wait."""
    row = (await connection.fetch(_QUERIES["standing"], at, since))[0]
    return Standing(row["in_force"], row["waiting"])
