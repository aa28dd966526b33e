"""The file of wrapped keys, apart from the database and from its backups.

SQLite with ``synchronous=FULL``: a key is on the disk before anything is sealed under it, and
pages of destroyed keys are overwritten. Every process of an installation opens the same file.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from openhealthcode.database import load_queries
from openhealthcode.trust.model import UnsuitableKeyStore

_QUERIES = load_queries("openhealthcode.trust", "key_store.sql")
_TABLES = tuple(sql for name, sql in _QUERIES.items() if name.startswith("create_"))
_WAIT_SECONDS: Final = 10.0
_TURN_SECONDS: Final = 0.01
_SETTINGS: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
)


class Kek(NamedTuple):
    """One month's key-encryption key as stored; ``wrapped`` is None once it is destroyed."""

    number: int
    month: str
    wrapped: bytes | None
    superseded_on: str | None


class WrappedKey(NamedTuple):
    """One data key as stored; ``wrapped`` is None once it is destroyed."""

    key_class: int
    suite: str
    kek: int
    wrapped: bytes | None


class StoredIssuerKey(NamedTuple):
    """One key for signed codes as stored; times in seconds since 1970, None while not listed."""

    key_id: bytes
    suite: int
    public_key: bytes
    wrapped: bytes | None
    made_at: int
    signs_from: int | None
    signs_until: int | None
    believed_until: int | None


class KeyStore:
    """Reads and writes wrapped keys; each writing method is one durable commit."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        path.touch(mode=0o600)
        try:
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            _keep_a_journal(self._connection)
            for setting in _SETTINGS:
                self._connection.execute(setting)
        except sqlite3.DatabaseError as error:
            raise UnsuitableKeyStore from error
        self._alone = threading.RLock()
        with self.commit():
            for table in _TABLES:
                self._connection.execute(table)

    def close(self) -> None:
        with self._alone:
            self._connection.close()

    @contextmanager
    def commit(self) -> Iterator[None]:
        """Everything written in the block becomes durable at its end, or none of it."""
        with self._alone:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def region_key(self, name: str) -> bytes | None:
        row = self._row("region_key", name)
        return None if row is None else bytes(row[0])

    def add_region_key(self, name: str, wrapped: bytes) -> bytes:
        """Store a region's key unless another process just did; answers the one that counts."""
        with self.commit():
            self._connection.execute(_QUERIES["add_region_key"], (name, wrapped))
            (stored,) = self._connection.execute(_QUERIES["region_key"], (name,)).fetchone()
        return bytes(stored)

    def region_key_names(self) -> list[str]:
        with self._alone:
            rows = self._connection.execute(_QUERIES["region_key_names"]).fetchall()
        return [str(row[0]) for row in rows]

    def count_data_keys(self) -> list[tuple[int, str, int, int]]:
        """By class and suite: how many residents' keys there are, and how many not destroyed."""
        with self._alone:
            rows = self._connection.execute(_QUERIES["count_data_keys"]).fetchall()
        return [(int(row[0]), str(row[1]), int(row[2]), int(row[3])) for row in rows]

    def data_keys(self, resident_id: UUID) -> list[WrappedKey]:
        """A resident's keys of every class, destroyed ones included; none for a stranger."""
        with self._alone:
            cursor = self._connection.execute(_QUERIES["data_keys"], (resident_id.bytes,))
            return [WrappedKey(*row) for row in cursor.fetchall()]

    def add_data_keys(self, keys: Iterable[tuple[UUID, WrappedKey]]) -> int:
        """Store keys that do not exist yet; existing ones, also destroyed ones, stay as they are.

        Answers how many were stored. Call inside ``commit``, with ``youngest_kek`` read in the same: a key wrapped under a
        key-encryption key that is being destroyed would be lost.
        """
        cursor = self._connection.executemany(
            _QUERIES["add_data_key"], ((resident.bytes, *key) for resident, key in keys)
        )
        return cursor.rowcount

    def destroy_data_keys(self, resident_id: UUID, key_classes: Iterable[int]) -> bool:
        """Wipe data keys from the file and its journal, all at once; False if there was none."""
        with self.commit():
            cursor = self._connection.executemany(
                _QUERIES["destroy_data_key"], [(resident_id.bytes, each) for each in key_classes]
            )
        self.wipe_journal()
        return cursor.rowcount > 0

    def keks(self) -> list[Kek]:
        with self._alone:
            return [Kek(*row) for row in self._connection.execute(_QUERIES["keks"]).fetchall()]

    def youngest_kek(self) -> Kek | None:
        row = self._row("youngest_kek")
        return None if row is None else Kek(*row)

    def add_kek(self, month: str, wrapped: bytes, today: str) -> Kek:
        """Store a month's key and retire those before it, unless another process just did."""
        with self.commit():
            self._connection.execute(_QUERIES["add_kek"], (month, wrapped))
            self._connection.execute(_QUERIES["supersede_keks"], (month, today))
            return Kek(*self._connection.execute(_QUERIES["youngest_kek"]).fetchone())

    def data_keys_of_older_keks(self, kek: int, limit: int) -> list[tuple[UUID, WrappedKey]]:
        with self._alone:
            cursor = self._connection.execute(_QUERIES["data_keys_of_older_keks"], (kek, limit))
            return [(UUID(bytes=row[0]), WrappedKey(*row[1:])) for row in cursor.fetchall()]

    def rewrap_data_keys(self, keys: Iterable[tuple[UUID, WrappedKey]]) -> None:
        """Replace wrapped keys; call inside ``commit`` together with what was read."""
        rows = [(resident.bytes, key.key_class, key.kek, key.wrapped) for resident, key in keys]
        self._connection.executemany(_QUERIES["rewrap_data_key"], rows)

    def is_kek_in_use(self, number: int) -> bool:
        row = self._row("kek_in_use", number)
        return row is not None and bool(row[0])

    def destroy_kek(self, number: int) -> None:
        """Wipe a key-encryption key; call inside ``commit`` together with ``is_kek_in_use``."""
        self._connection.execute(_QUERIES["destroy_kek"], (number,))

    def add_issuer_key(self, key: StoredIssuerKey) -> None:
        with self.commit():
            self._connection.execute(_QUERIES["add_issuer_key"], key)

    def issuer_keys(self) -> list[StoredIssuerKey]:
        with self._alone:
            rows = self._connection.execute(_QUERIES["issuer_keys"]).fetchall()
        return [StoredIssuerKey(*row) for row in rows]

    def signing_issuer_key(self, moment: int) -> StoredIssuerKey | None:
        row = self._row("signing_issuer_key", moment)
        return None if row is None else StoredIssuerKey(*row)

    def schedule_issuer_keys(self, times: Mapping[bytes, tuple[int, int, int]]) -> None:
        """Say when each key signs and until when it is believed; those not named sign nothing."""
        with self.commit():
            self._connection.execute(_QUERIES["unlist_issuer_keys"])
            self._connection.executemany(
                _QUERIES["schedule_issuer_key"], [(name, *when) for name, when in times.items()]
            )

    def destroy_issuer_key(self, name: bytes) -> bool:
        """Wipe a key for signed codes from the file and its journal; False if there was none."""
        with self.commit():
            cursor = self._connection.execute(_QUERIES["destroy_issuer_key"], (name,))
        self.wipe_journal()
        return cursor.rowcount > 0

    def newest_list(self, authority: str) -> int:
        """The highest number of an authority's lists that was taken here; 0 for none."""
        row = self._row("newest_list", authority)
        return 0 if row is None else int(row[0])

    def remember_list(self, authority: str, number: int) -> None:
        with self.commit():
            self._connection.execute(_QUERIES["remember_list"], (authority, number))

    def signed_head(self, origin: str) -> tuple[int, bytes] | None:
        """Size and root of the newest head a log signed."""
        row = self._row("signed_head", origin)
        return None if row is None else (int(row[0]), bytes(row[1]))

    def advance_head(
        self, origin: str, before: tuple[int, bytes] | None, after: tuple[int, bytes]
    ) -> bool:
        """Remember a new head if the one before is still the newest; False if it is not."""
        name = "begin_head" if before is None else "advance_head"
        with self.commit():
            cursor = self._connection.execute(_QUERIES[name], (origin, *(before or ()), *after))
        return cursor.rowcount == 1

    def wipe_journal(self) -> None:
        """Move the write-ahead log into the file and empty it; old pages do not linger there.

        Another process that is reading just then keeps it open; the next wipe takes it along.
        """
        with self._alone:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _row(self, query: str, *parameters: object) -> tuple[Any, ...] | None:
        with self._alone:
            row: tuple[Any, ...] | None
            row = self._connection.execute(_QUERIES[query], parameters).fetchone()
            return row


def _keep_a_journal(connection: sqlite3.Connection) -> None:
    """Write ahead; of processes that begin together with a new file the others wait for the first.

    SQLite waits for a lock, but not for one it would have to make stronger, as here.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_TURN_SECONDS)
        else:
            return
