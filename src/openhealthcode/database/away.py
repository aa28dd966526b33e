"""The database cannot be reached, went away in the middle of something, or finds no room for it."""

from __future__ import annotations

from typing import Final

import asyncpg

from openhealthcode.standards import HealthCodeError


class DatabaseAway(HealthCodeError, OSError):
    """The database does not answer at this moment; ask again, word for word, in a few seconds."""

    code = "database-away"


STARTING: Final = (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
_GONE: Final = (
    DatabaseAway,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DiskFullError,  # until the ballast is given up, some seconds later
    *STARTING,
)


def is_away(error: BaseException) -> bool:
    """Whether a fault says no more than that the database went away or comes up again."""
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)  # the driver's own word for a connection that is lost
    return isinstance(error, _GONE)
