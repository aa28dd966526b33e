"""Copy the key store to a place of its own, in the clear or for custodians to open together.

A copy holds the root keys it needs, so it opens what a record's owner had destroyed since, for as long as
there is one: it never lies beside a copy of the database, and is itself destroyed 35 days after its month at
the latest, when the installation destroys that month's root key. A copy of the key store without its root
keys opens nothing from that day on. Sealed, its key is divided among custodians and lies nowhere; so many
of them open it.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openhealthcode import trust
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Share

_PRIVATE: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_MAGIC: Final = b"SQLite format 3\x00"


def copy_keys(keys: Path, target: Path) -> Path:
    """Copy every file of the key directory into a new folder named for the moment; that folder.

    The store itself is copied as SQLite copies a database in use; the service goes on.

    Raises:
        InvalidInput: there is no key store.
    """
    if not keys.is_dir():
        raise InvalidInput(f"there is no key store in {keys}")
    target.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    folder = target / f"keys-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    _copy(keys, folder)
    return folder


def divide_keys(
    keys: Path, target: Path, *, needed: int, count: int
) -> tuple[Path, tuple[Share, ...]]:
    """Copy the key directory into one sealed file, and divide its key into so many shares.

    Returns:
        The file, and the shares: handed out one by one and kept by nobody else.

    Raises:
        InvalidInput: there is no key store, or such a division makes no sense.
    """
    key = trust.new_file_key()
    shares = trust.split(key, needed=needed, count=count)
    if not keys.is_dir():
        raise InvalidInput(f"there is no key store in {keys}")
    with tempfile.TemporaryDirectory(dir=keys.parent, prefix=".keys-") as apart:
        folder = copy_keys(keys, Path(apart))
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as archive:
            archive.add(folder, arcname=".")
        name = folder.name
    target.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    path = target / f"{name}.sealed"
    path.touch(mode=_PRIVATE_FILE, exist_ok=False)
    path.write_bytes(trust.seal_copy(key, content.getvalue()))
    return path, shares


def open_keys(path: Path, shares: Sequence[Share], target: Path) -> None:
    """Put a sealed copy's key directory in a place that does not exist yet.

    Raises:
        InvalidInput: there is something there, or the file holds no copy of a key store.
        SharesUnsuitable, UnreadableSeal: these shares do not open this file.
    """
    if target.exists():
        raise InvalidInput(f"{target} exists; keys are never written over")
    content = trust.open_copy(trust.combine(shares), path.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        _unpack(archive, target)


def _unpack(archive: tarfile.TarFile, target: Path) -> None:
    """Write folders and files, and nothing outside; ``filter="data"`` is there from Python 3.11.4 only.

    Raises:
        InvalidInput: there is something else in it; nothing was written.
    """
    members = archive.getmembers()
    within = target.resolve()
    if not all(
        (one.isdir() or one.isreg()) and (within / one.name).resolve().is_relative_to(within)
        for one in members
    ):
        raise InvalidInput("this is no copy of a key store")
    target.mkdir(mode=_PRIVATE, parents=True)
    for one in members:
        place = target / one.name
        content = archive.extractfile(one)
        if content is None:
            place.mkdir(mode=_PRIVATE, exist_ok=True)
        else:
            place.touch(mode=_PRIVATE_FILE)
            place.write_bytes(content.read())


def _copy(keys: Path, folder: Path) -> None:
    folder.mkdir(mode=_PRIVATE)
    for path in sorted(keys.rglob("*")):
        place = folder / path.relative_to(keys)
        if path.is_dir():
            place.mkdir(mode=_PRIVATE)
        elif _is_store(path):
            place.touch(mode=_PRIVATE_FILE)
            with closing(sqlite3.connect(path)) as store, closing(sqlite3.connect(place)) as copy:
                store.backup(copy)
        elif not path.name.endswith(("-wal", "-shm")):
            shutil.copy2(path, place)


def _is_store(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
