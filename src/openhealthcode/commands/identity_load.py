"""`ohc identity load`: register the rows of a file, tell how it goes, go on where it stopped."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from openhealthcode import app, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.collection.bulk import (
    Desk,
    OwnDesk,
    ProcessDesk,
    Reading,
    ResultFile,
    RowOutcome,
    register_rows,
    rows_of,
)
from openhealthcode.commands.installation import reachable
from openhealthcode.commands.load import OPERATOR
from openhealthcode.database import Pool, refresh_statistics
from openhealthcode.settings import Settings
from openhealthcode.standards import CertificateTable, InvalidInput
from openhealthcode.trust import Keys

_FEW_ROWS: Final = 4096
"""So many are registered before other processes would have started."""


async def load(
    settings: Settings,
    console: Console,
    path: Path,
    results: Path | None,
    reading: Reading,
    *,
    is_checked: bool = False,
    processes: int = 1,
) -> int:
    """Register every row; answers the exit code: 0 when all are in, 1 when one is not.

    Args:
        is_checked: the file is what the public-security service answered about these people.
        processes: how many write; 0: one for each processor. A short file is written by one.

    Raises:
        InvalidInput: no such file, or results of another file.
        ProcessLost: one of the processes ended; run again, it goes on where it stopped.
    """
    results = results or path.with_name(path.name + ".results.csv")
    started_at = perf_counter()
    async with reachable(settings) as reached, app.opened(reached) as platform:
        operator = await registry.register_institution(platform.pool, OPERATOR)
        agent = Agent(AgentKind.PLATFORM, UUID(int=0), operator)
        source = Source(agent, operator, is_register=True, is_checked=is_checked)
        with await asyncio.to_thread(_open, results, path) as kept, _progress(console) as bar:
            before = kept.state.rows
            task = bar.add_task("registering", total=None, completed=before, rate="")
            rows = rows_of(path, reading, after=before)
            first = list(islice(rows, _FEW_ROWS))
            async with (
                _desk(platform, source, processes if len(first) == _FEW_ROWS else 1) as desk,
                aclosing(register_rows(desk, chain(first, rows))) as batches,
            ):
                async for batch in batches:
                    await asyncio.to_thread(kept.add, batch)  # waits for the disk; others go on
                    done = kept.state.rows - before
                    rate = f"{done / (perf_counter() - started_at):.0f}/s"
                    bar.update(task, completed=kept.state.rows, rate=rate)
            state = kept.state
        seconds = perf_counter() - started_at
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
        if state.rows > before:
            await refresh_statistics(reached.owner_url)
    _sum_up(console, state.counts, state.rows - before, seconds)
    console.print(f"Results of each row: {results}", highlight=False, soft_wrap=True)
    return int(bool(state.counts[RowOutcome.REFUSED] + state.counts[RowOutcome.SET_ASIDE]))


@asynccontextmanager
async def _desk(platform: app.Platform, source: Source, processes: int) -> AsyncIterator[Desk]:
    if processes == 1:
        yield OwnDesk(platform.pool, platform.keys, source)
        return
    opening = partial(_parts, platform.settings)
    async with ProcessDesk(processes or os.cpu_count() or 1, opening, source) as desk:
        yield desk


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[tuple[Pool, Keys]]:
    """What a process that writes works with."""
    async with app.opened(settings) as platform:
        yield platform.pool, platform.keys


def _open(results: Path, path: Path) -> ResultFile:
    if not path.is_file():
        raise InvalidInput(f"there is no {path}")
    return ResultFile(results, path)


def reading(kinds: str, encoding: str, left_out: Collection[str] = ()) -> Reading:
    """How to read a file, from what an operator typed.

    Raises:
        InvalidInput: there is no such table of kinds, or no such encoding.
    """
    try:
        "".encode(encoding)
    except LookupError:
        raise InvalidInput("there is no such encoding") from None
    return Reading(CertificateTable.named(kinds), encoding, frozenset(left_out))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} rows"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _sum_up(console: Console, counts: Counter[str], done: int, seconds: float) -> None:
    told = ", ".join(f"{counts[outcome]:,} {outcome.value}" for outcome in RowOutcome)
    console.print(f"{counts.total():,} rows: {told}", highlight=False)
    console.print(f"{done:,} now, in {seconds:.1f} s: {done / seconds:,.0f}/s", highlight=False)
