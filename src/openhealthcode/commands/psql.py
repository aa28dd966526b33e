"""`ohc psql`: PostgreSQL's own client on the database we bring, as its owner."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from openhealthcode.database import embedded
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput


async def psql(settings: Settings, arguments: Sequence[str]) -> int:
    """Run the client with these arguments; answers its exit code.

    Raises:
        InvalidInput: the database is the operator's own, who has a client for it.
    """
    if settings.database_url:
        raise InvalidInput('this database is yours: use `psql "$OHC_DATABASE_OWNER_URL"`')
    async with await embedded.start(settings.cluster_at) as server:
        address = urlsplit(server.owner_url)
        without_password = urlunsplit(address._replace(netloc=f"{address.username}@"))
        client = await asyncio.create_subprocess_exec(
            server.binaries / "psql",
            without_password,
            *arguments,
            env={**os.environ, "PGPASSWORD": address.password or ""},
        )
        return await client.wait()
