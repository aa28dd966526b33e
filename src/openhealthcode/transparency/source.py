"""Fetch a published log, tile by tile, into a folder: to check it here, or to keep a copy.

Source: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from openhealthcode.standards import HealthCodeError
from openhealthcode.transparency.checkpoint import open_checkpoint
from openhealthcode.transparency.frontier import TILE_WIDTH
from openhealthcode.transparency.note import NoteVerifier
from openhealthcode.transparency.tiles import LogFolder, tile_path

_TIMEOUT_SECONDS: Final = 20.0
_LARGEST_FILE: Final = 65_536
_LONGEST_LIST: Final = 2**24
"""Of daily maps: a century and more."""


class LogUnreachable(HealthCodeError):
    """A file of the published log cannot be fetched."""

    code = "log-unreachable"


class PublishedLog:
    """A log below an address; one connection, kept open."""

    def __init__(self, address: str) -> None:
        """Prepare; nothing is fetched yet.

        Args:
            address: what stands before ``/checkpoint``, with ``http://`` or ``https://``.
        """
        parts = urlsplit(address.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise LogUnreachable("a log's address begins with http:// or https://")
        # Only who fetches needs it: to import it takes as long as a check of a file.
        import http.client  # noqa: PLC0415

        is_secure = parts.scheme == "https"
        self._failures = (OSError, http.client.HTTPException)
        kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
        self._path = parts.path

    def close(self) -> None:
        self._connection.close()

    def copy(self, folder: Path, log: NoteVerifier) -> LogFolder:
        """Fetch the newest head and every tile it promises that is not in the folder yet.

        Raises:
            LogUnreachable: a file is not there.
            UntrustedNote: the head is not signed by this log.
        """
        note = self._fetch("checkpoint").decode("utf-8", "replace")
        size = open_checkpoint(note, log).size
        kinds: list[tuple[int | str, int]] = [("entries", size)]
        level = 0
        while size >> 8 * level:
            kinds.append((level, size >> 8 * level))
            level += 1
        for kind, count in kinds:
            for index in range(-(-count // TILE_WIDTH)):
                self._keep(folder, kind, index, min(count - index * TILE_WIDTH, TILE_WIDTH))
        with contextlib.suppress(LogUnreachable):  # a log may be younger than its first map
            (folder / "maps").write_bytes(self._fetch("maps", _LONGEST_LIST))
        copied = LogFolder(folder)
        copied.publish(note)
        return copied

    def _keep(self, folder: Path, kind: int | str, index: int, width: int) -> None:
        """One tile: the full one where the ragged one is gone already."""
        for candidate in dict.fromkeys((width, TILE_WIDTH)):
            name = tile_path(kind, index, candidate)
            if (folder / name).exists():
                return
            try:
                content = self._fetch(name)
            except LogUnreachable:
                if candidate == TILE_WIDTH:
                    raise
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            return

    def _fetch(self, name: str, largest: int = _LARGEST_FILE) -> bytes:
        try:
            self._connection.request("GET", f"{self._path}/{name}")
            answer = self._connection.getresponse()
            content = answer.read(largest + 1)
        except self._failures:
            raise LogUnreachable(f"{name} cannot be fetched") from None
        if answer.status != 200 or len(content) > largest:
            answer.close()
            raise LogUnreachable(f"{name} cannot be fetched")
        return content
