"""PostgreSQL used as itself: pool, transactions in a context, named SQL, migrations.

Start with ``pool.transaction``: it is the only way any statement of the program runs.
"""

from openhealthcode.database.announcements import Announcements, announce
from openhealthcode.database.archive import ArchiveFailed, dump, restore
from openhealthcode.database.away import DatabaseAway, is_away
from openhealthcode.database.connections import Connection, Pool
from openhealthcode.database.migrate import (
    DOMAINS,
    AnotherShape,
    UnsuitableDatabase,
    is_empty,
    migrate,
    migrations,
    missing_migrations,
    mode,
    newest,
    schemas,
    stamp,
)
from openhealthcode.database.pool import (
    APPLICATION_ROLE,
    enter,
    look_up,
    open_pool,
    transaction,
)
from openhealthcode.database.queries import load_queries, repeated, split_statements
from openhealthcode.database.releases import older_connected
from openhealthcode.database.statistics import refresh_statistics

__all__ = [
    "APPLICATION_ROLE",
    "DOMAINS",
    "Announcements",
    "AnotherShape",
    "ArchiveFailed",
    "Connection",
    "DatabaseAway",
    "Pool",
    "UnsuitableDatabase",
    "announce",
    "dump",
    "enter",
    "is_away",
    "is_empty",
    "load_queries",
    "look_up",
    "migrate",
    "migrations",
    "missing_migrations",
    "mode",
    "newest",
    "older_connected",
    "open_pool",
    "refresh_statistics",
    "repeated",
    "restore",
    "schemas",
    "split_statements",
    "stamp",
    "transaction",
]
