"""`ohc backup`: a copy of database and log while the service goes on."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from openhealthcode.commands.installation import reachable
from openhealthcode.database import open_pool
from openhealthcode.operations import backup as copies
from openhealthcode.settings import Settings

_MEGABYTE = 1_000_000


async def backup(settings: Settings, console: Console, target: Path) -> None:
    """Copy database and log into a new folder, and say where it lies.

    Raises:
        InvalidInput: the target lies within the log or the keys, or around them.
        ArchiveFailed: the database could not be copied.
    """
    copies.refuse_overlap(target, settings.keys_at)
    async with reachable(settings) as reached:
        pool = await open_pool(reached.database_url, size=2)
        try:
            made = await copies.make(
                pool,
                reached.owner_url,
                settings.log_at,
                target,
                release=version("openhealthcode"),
                jobs=os.cpu_count() or 1,
            )
        finally:
            await pool.close()
    size = f"{made.size_bytes / _MEGABYTE:.1f} MB, {made.manifest.leaves:,} leaves of the log"
    console.print(f"copied   {made.folder}  {size}", highlight=False, soft_wrap=True)
