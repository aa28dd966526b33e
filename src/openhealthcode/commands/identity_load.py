"""`ohc identity load`: register the rows of a file, tell how it goes, go on where it stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from time import perf_counter
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from openhealthcode import app, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.collection.bulk import Reading, ResultFile, RowOutcome, register_rows, rows_of
from openhealthcode.commands.load import OPERATOR
from openhealthcode.settings import Settings
from openhealthcode.standards import CertificateTable, InvalidInput


async def load(
    settings: Settings,
    console: Console,
    path: Path,
    results: Path | None,
    reading: Reading,
    *,
    is_checked: bool = False,
) -> int:
    """Register every row; answers the exit code: 0 when all are in, 1 when one is not.

    Args:
        is_checked: the file is what the public-security service answered about these people.

    Raises:
        InvalidInput: no such file, or results of another file.
    """
    results = results or path.with_name(path.name + ".results.csv")
    started_at = perf_counter()
    async with app.opened(settings) as platform:
        operator = await registry.register_institution(platform.pool, OPERATOR)
        agent = Agent(AgentKind.PLATFORM, UUID(int=0), operator)
        source = Source(agent, operator, is_register=True, is_checked=is_checked)
        with await asyncio.to_thread(_open, results, path) as kept, _progress(console) as bar:
            before = kept.state.rows
            task = bar.add_task("registering", total=None, completed=before, rate="")
            rows = rows_of(path, reading, after=before)
            async for batch in register_rows(platform.pool, platform.keys, rows, source):
                await asyncio.to_thread(kept.add, batch)  # waits for the disk; the others go on
                done = kept.state.rows - before
                rate = f"{done / (perf_counter() - started_at):.0f}/s"
                bar.update(task, completed=kept.state.rows, rate=rate)
            state = kept.state
        seconds = perf_counter() - started_at
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
    _sum_up(console, state.counts, state.rows - before, seconds)
    console.print(f"Results of each row: {results}", highlight=False, soft_wrap=True)
    return int(bool(state.counts[RowOutcome.REFUSED] + state.counts[RowOutcome.SET_ASIDE]))


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
