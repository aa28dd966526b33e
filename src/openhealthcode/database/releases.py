"""Which releases of the program are connected to a database at this moment.

A release is told from others by the newest migration it knows: that is what decides whether it still
needs what an ``_after`` migration takes away.
"""

from __future__ import annotations

from typing import Final

import asyncpg

from openhealthcode.database.queries import load_queries

_QUERIES: Final = load_queries("openhealthcode.database")
_PROGRAM: Final = "openhealthcode"


def name_of(newest: str) -> str:
    """What a release that knows migrations up to this number calls its connections."""
    return f"{_PROGRAM} {newest}"


async def older_connected(url: str, newest: str) -> tuple[str, ...]:
    """The releases connected that know fewer migrations than this one, each by its newest.

    Args:
        url: the database as the role that the service signs in as, which sees its own connections.
        newest: the number of this release's newest migration.
    """
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_QUERIES["releases_connected"])
    finally:
        await connection.close()
    found = sorted(row["application_name"].removeprefix(f"{_PROGRAM} ") for row in rows)
    return tuple(one for one in found if one < newest)
