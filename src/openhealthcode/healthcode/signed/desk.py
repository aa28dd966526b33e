"""What a desk without network remembers: the codes it accepted, and the newest list it went by.

An SQLite file with ``synchronous=FULL``: a code is on the disk before anybody is told that it
passed, so that it passes once also after a crash and for several scanners over one file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openhealthcode.database import load_queries
from openhealthcode.healthcode.signed.verify import ReplaySet, Verified, verify
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import TrustList

_QUERIES = load_queries("openhealthcode.healthcode.signed", "desk.sql")
_WAIT_SECONDS: Final = 10.0


class Desk:
    """The memory of one desk."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            InvalidInput: it cannot be opened, or is no such file.
        """
        try:
            self._connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
            self._connection.execute("PRAGMA synchronous = FULL")
            for name, statement in _QUERIES.items():
                if name.startswith("create_"):
                    self._connection.execute(statement)
        except sqlite3.Error:
            raise InvalidInput("the desk's own file cannot be used") from None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def accept(
        self, text: str, trusted: TrustList, now: datetime, *, challenge: bytes = b""
    ) -> Verified:
        """Check a code and remember it, both or neither.

        Raises:
            as ``verify``.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            replays = _Remembered(self._connection)
            found = verify(text, trusted, now, replays=replays, challenge=challenge)
            until = replays.until or found.until
            row = (found.handle, _seconds(until), _seconds(now), found.evidence)
            self._connection.execute(_QUERIES["add_accepted"], row)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return found

    def accepted(self) -> Sequence[tuple[datetime, str]]:
        """When which digits were accepted, the oldest first."""
        rows = self._connection.execute(_QUERIES["accepted"]).fetchall()
        return [(datetime.fromtimestamp(at, UTC), code) for at, code in rows]

    @property
    def newest(self) -> int:
        """The number of the newest list this desk went by."""
        return int(self._connection.execute(_QUERIES["newest"]).fetchone()[0])

    def remember_newest(self, number: int) -> None:
        """Go by no list of a lower number any more."""
        self._connection.execute(_QUERIES["remember_newest"], (number,))


class _Remembered(ReplaySet):
    """What lies in the file, asked inside the transaction that will add to it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection
        self.until: datetime | None = None

    def take(self, handle: bytes, until: datetime, now: datetime) -> bool:
        """Whether this handle was not taken yet; it is once the transaction commits."""
        self.until = until
        row = self._connection.execute(_QUERIES["is_accepted"], (handle, _seconds(now))).fetchone()
        return not row[0]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
