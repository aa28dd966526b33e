"""PostgreSQL used as itself: pool, transactions in a context, named SQL, migrations.

Start with ``pool.transaction``: it is the only way any statement of the program runs.
"""

from openhealthcode.database.announcements import Announcements, announce
from openhealthcode.database.connections import Connection, Pool
from openhealthcode.database.migrate import (
    DOMAINS,
    AnotherShape,
    UnsuitableDatabase,
    is_empty,
    migrate,
    migrations,
    mode,
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
from openhealthcode.database.queries import load_queries, split_statements

__all__ = [
    "APPLICATION_ROLE",
    "DOMAINS",
    "Announcements",
    "AnotherShape",
    "Connection",
    "Pool",
    "UnsuitableDatabase",
    "announce",
    "enter",
    "is_empty",
    "load_queries",
    "look_up",
    "migrate",
    "migrations",
    "mode",
    "open_pool",
    "schemas",
    "split_statements",
    "stamp",
    "transaction",
]
