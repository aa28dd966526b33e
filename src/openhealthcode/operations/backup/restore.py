"""Make an installation of a backup: an empty database is filled, a log or keys that are there stay.

A log is never rolled back: what it proves was published. If it is ahead of the restored database, the
service refuses to start until the gap is recorded (``audit.gap``).
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from openhealthcode.database import migrate, refresh_statistics
from openhealthcode.database import restore as fill
from openhealthcode.operations.backup import manifest
from openhealthcode.operations.backup.manifest import Manifest
from openhealthcode.transparency import LogFolder


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Args:
        migrations: applied on top, where the backup is of an earlier release.
        is_log_kept: a log was there already and stays; otherwise the backup's is in its place.
    """

    manifest: Manifest
    migrations: tuple[str, ...]
    is_log_kept: bool


async def restore(backup: Path, owner_url: str, log: Path, *, jobs: int) -> Restored:
    """Fill an empty database from a backup, bring it to this release's shape, put the log in place.

    Raises:
        BackupDamaged: the backup is not whole; nothing was touched.
        UnsuitableDatabase: the database is not empty.
        ArchiveFailed: PostgreSQL's tool could not read the copy; make the database anew.
    """
    found = await asyncio.to_thread(manifest.check, backup)
    await fill(owner_url, backup / manifest.DATABASE, jobs=jobs)
    applied = await migrate(owner_url)
    await refresh_statistics(owner_url)
    is_placed = await asyncio.to_thread(_place_log, backup / manifest.LOG, log)
    return Restored(found, tuple(applied), is_log_kept=not is_placed)


def _place_log(source: Path, log: Path) -> bool:
    """The backup's log, whole or not at all; False where a log is there, which stays."""
    if log.is_dir() and LogFolder(log).entries_size(0) > 0:
        return False
    fresh = log.with_name(f".{log.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    if log.is_dir():
        log.rmdir()  # empty, or it would have been kept
    fresh.rename(log)
    return True
