"""A file that keeps room on the disk, given up when there is no other: then only the log still grows.

A full disk would stop reading as well, since no look is without its event. So before it is full
the ballast is removed and nothing more is taken in; when there is room again it is put back. Whether it lies
there is the whole state, so that every process, also after a crash, does the same.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from openhealthcode.collection import open_intake

_LOG: Final = logging.getLogger("openhealthcode.ballast")
_NAME: Final = "ballast"
_ZEROS: Final = bytes(2**20)
_LEAST_LEFT: Final = 0.5
"""Of the ballast's size: with less than this left beside it, it is given up."""
_ROOM_AGAIN: Final = 2.0
"""Of its size: with as much free it is put back, and the next delivery does not fill the disk at once."""


def free_bytes(folder: Path) -> int:
    """What the file system of a folder has left for us."""
    return shutil.disk_usage(folder).free


class Ballast:
    """Keeps room in one folder; ``size_bytes`` 0 keeps none."""

    def __init__(
        self, folder: Path, size_bytes: int, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._file = folder / _NAME
        self._size_bytes = size_bytes
        self._free = free

    async def watch(self) -> None:
        """Look once: give it up, put it back, or leave all as it is."""
        if self._size_bytes:
            open_intake(is_open=await asyncio.to_thread(self._is_room))

    def _is_room(self) -> bool:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        free = self._free(self._file.parent)
        if self._file.exists():
            if free >= _LEAST_LEFT * self._size_bytes:
                return True
            self._file.unlink(missing_ok=True)
            _LOG.error("the disk is nearly full: nothing more is taken in", extra={"facts": {}})
            return False
        if free < _ROOM_AGAIN * self._size_bytes:
            return False
        return self._is_put_back()

    def _is_put_back(self) -> bool:
        beside = self._file.with_name(f"{_NAME}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                for _ in range(0, self._size_bytes, len(_ZEROS)):
                    file.write(_ZEROS)
                os.fsync(file.fileno())
            beside.replace(self._file)
        except OSError:
            beside.unlink(missing_ok=True)
            return False
        _LOG.info("there is room on the disk", extra={"facts": {}})
        return True
