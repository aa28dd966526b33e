"""Make a backup while the service goes on.

The database comes first, as it is at one moment; the log after it. So the log that is copied holds at
least every leaf the database knows: restored together, nothing of the log is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openhealthcode.database import Pool, dump, load_queries, transaction
from openhealthcode.operations.backup import manifest
from openhealthcode.operations.backup.manifest import Manifest
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import LogFolder

_QUERIES: Final = load_queries("openhealthcode.operations")
_PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is whole: where it lies, what it says of itself, how large it is."""

    folder: Path
    manifest: Manifest
    size_bytes: int


async def make(
    pool: Pool, owner_url: str, log: Path, target: Path, *, release: str, jobs: int
) -> Made:
    """Copy the database and the log into a new folder named for the moment.

    Half a backup bears another name, and is taken away when making it fails.

    Args:
        owner_url: the database as a role that row-level security does not hold for.
        log: the public log.
        target: the folder that backups lie in; not inside the log, nor around it.
        jobs: tables copied at once.

    Raises:
        ArchiveFailed: PostgreSQL's tool could not copy the database.
        InvalidInput: the target and the log lie within each other.
    """
    refuse_overlap(target, log)
    moment = datetime.now(UTC)
    folder = target / moment.strftime("%Y%m%dT%H%M%SZ")
    partial = target / f".{folder.name}.partial"
    await asyncio.to_thread(partial.mkdir, mode=_PRIVATE, parents=True)
    try:
        await dump(owner_url, partial / manifest.DATABASE, jobs=jobs)
        await asyncio.to_thread(_copy_log, log, partial / manifest.LOG)
        async with transaction(pool) as connection:
            (found,) = await connection.fetch(_QUERIES["installation"])
        told = Manifest(
            release=release,
            made_at=moment,
            installation_id=found["installation_id"],
            mode=found["mode"],
            leaves=LogFolder(partial / manifest.LOG).entries_size(0),
            files=await asyncio.to_thread(manifest.digests, partial),
        )
        size = await asyncio.to_thread(_settle, partial, folder, told)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Made(folder, told, size)


def refuse_overlap(one: Path, other: Path) -> None:
    """Refuse two places of which one lies in the other.

    Raises:
        InvalidInput: they do.
    """
    first, second = one.resolve(), other.resolve()
    if first == second or first in second.parents or second in first.parents:
        raise InvalidInput(f"{one} and {other} lie within each other; keep them apart")


def _copy_log(log: Path, target: Path) -> None:
    """The head before what it covers: what is added meanwhile is then more than it promises."""
    target.mkdir(mode=_PRIVATE)
    if not log.is_dir():
        return
    for path in log.iterdir():
        if path.is_file():
            shutil.copy2(path, target / path.name)
    for _ in range(2):  # a part of a tile goes when the tile is full; the second time finds that
        _copy_missing(log, target)


def _copy_missing(log: Path, target: Path) -> None:
    for path in sorted(log.rglob("*")):
        place = target / path.relative_to(log)
        if place.exists() or (path.parent == log and path.is_file()):
            continue
        if path.is_dir():
            place.mkdir(mode=_PRIVATE)
            continue
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(path, place)


def _settle(partial: Path, folder: Path, told: Manifest) -> int:
    """Have everything on the disk before it bears its name; how many bytes it is."""
    manifest.write(partial, told)
    paths = list(partial.rglob("*"))
    for path in (*paths, partial):
        _sync(path)
    partial.rename(folder)
    _sync(folder.parent)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
