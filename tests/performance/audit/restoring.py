"""A region restored from a backup: verified, read in, indexed, its statistics refreshed.

Beside it the time PostgreSQL's own tool takes for the same copy alone.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from measure import Figure
from visit.world import Region, processors, region, run

from openhealthcode.database import embedded, open_pool
from openhealthcode.database import restore as read_in
from openhealthcode.operations import backup

MANY, ENTRIES = 100_000, 10


def measure(*, is_full: bool) -> Iterator[Figure]:
    residents = MANY if is_full else MANY // 20
    with region(residents, entries=ENTRIES) as made:
        (made.directory / "log").mkdir()
        started = time.perf_counter()
        copy = run(_copied(made))
        copying = time.perf_counter() - started
        whole = _seconds(copy, is_whole=True)
        alone = _seconds(copy, is_whole=False)
    yield Figure(
        "restore_100k_residents" if is_full else f"restore_{residents}_residents",
        round(whole, 1),
        "s",
        baseline=round(alone, 1),
        baseline_is="pg_restore of the same copy alone",
        notes={
            "residents": residents,
            "entries": residents * ENTRIES,
            "megabytes": round(copy.size_bytes / 1e6),
            "copying took": round(copying, 1),
            "processors": processors(),
        },
    )


async def _copied(made: Region) -> backup.Made:
    pool = await open_pool(made.postgres.url, size=2)
    copied = await backup.make(
        pool,
        made.postgres.owner_url,
        made.directory / "log",
        made.directory / "copies",
        release=version("openhealthcode"),
        jobs=processors(),
    )
    await pool.close()
    return copied


def _seconds(copy: backup.Made, *, is_whole: bool) -> float:
    """Into a server of its own, with the same settings as the one that was copied."""
    directory = Path(tempfile.mkdtemp(prefix="ohc-bench-"))
    directory.chmod(0o711)
    tuned = {"shared_buffers": "1GB", "max_wal_size": "2GB"}
    server = run(embedded.start(directory / "pg", settings=tuned))
    try:
        started = time.perf_counter()
        if is_whole:
            log = directory / "log"
            run(backup.restore(copy.folder, server.owner_url, log, jobs=processors()))
        else:
            run(read_in(server.owner_url, copy.folder / "database", jobs=processors()))
        return time.perf_counter() - started
    finally:
        run(server.stop())
        shutil.rmtree(directory, ignore_errors=True)
