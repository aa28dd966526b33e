"""`ohc restore`: an installation from a backup. `ohc gap`: what it lost, told for good."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from openhealthcode import app, audit
from openhealthcode.commands.installation import reachable
from openhealthcode.database import open_pool
from openhealthcode.operations import backup as copies
from openhealthcode.settings import Settings


async def restore(settings: Settings, console: Console, source: Path) -> int:
    """Fill the empty database of the settings; 1 if events are lost and the gap is to be recorded.

    Raises:
        BackupDamaged: the backup is not whole; nothing was touched.
        UnsuitableDatabase: the database is not empty.
        ArchiveFailed: PostgreSQL's tool could not read the copy.
    """
    async with reachable(settings) as reached:
        done = await copies.restore(
            source, reached.owner_url, settings.log_at, jobs=os.cpu_count() or 1
        )
        console.print(f"restored the database of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC")
        for name in done.migrations:
            console.print(f"applied  {name}")
        console.print(
            "the log that was here stays" if done.is_log_kept else "the log is the backup's"
        )
        pool = await open_pool(reached.database_url, size=2)
        try:
            gap = await audit.find_gap(pool, settings.log_at)
        finally:
            await pool.close()
    if gap is None:
        console.print("nothing that was published is missing")
        return 0
    console.print(
        f"{gap.lost:,} events were published after this backup and are lost (leaves {gap.first:,} to"
        f" {gap.end - 1:,}). The service does not start before somebody records that:"
        ' ohc gap "why, and who answers for it"',
        highlight=False,
    )
    return 1


async def gap(settings: Settings, console: Console, reason: str) -> None:
    """Record in the region's own log which leaves lost their events, and why.

    Raises:
        InvalidInput: no reason in words, or the service is running.
    """
    async with app.opened(settings) as platform:
        found = await audit.record_gap(platform.pool, platform.keys, settings.log_at, reason)
        if found is None:
            console.print("nothing that was published is missing")
            return
        await platform.sequencer.sequence()
    console.print(
        f"recorded: {found.lost:,} events between leaves {found.first:,} and {found.end - 1:,} are lost",
        highlight=False,
    )
