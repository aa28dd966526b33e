"""Take away what has lost its meaning: spent codes, old counts, dead tokens. Sessions stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode.database import Pool, load_queries, transaction

_QUERIES = load_queries("openhealthcode.sign_in")

_KEPT: Final = {
    "purge_attempts": timedelta(days=2),
    "purge_hours": timedelta(days=7),
    "purge_lockouts": timedelta(days=2),
    "purge_codes": timedelta(hours=1),
    # A number is given out again only when nobody can remember the person it stood for.
    "purge_bindings": timedelta(hours=1),
    "purge_challenges": timedelta(0),
    "purge_assertions": timedelta(minutes=1),
    "purge_access_tokens": timedelta(hours=1),
    "purge_workstations": timedelta(days=400),
}


async def purge(pool: Pool) -> None:
    """Run every few minutes by any one process; running it twice does no harm."""
    now = datetime.now(UTC)
    for name, kept in _KEPT.items():
        async with transaction(pool, task="purging") as connection:
            await connection.execute(_QUERIES[name], now - kept)
