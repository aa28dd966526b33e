"""`ohc load`: file Bundles made by others, tell of each file and of all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from openhealthcode import app, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Done, LoadedFile, Source, files_in
from openhealthcode.collection import load as load_files
from openhealthcode.commands.installation import reachable
from openhealthcode.database import refresh_statistics
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput

OPERATOR: Final = registry.InstitutionEntry(
    key="urn:openhealthcode:operator",
    kind=registry.InstitutionKind.AUTHORITY,
    name="平台导入",
    name_en="Loaded by the operator",
)


async def load(settings: Settings, console: Console, paths: Sequence[Path]) -> int:
    """File every file; answers the exit code: 0 when all went in, 1 when one was refused.

    Raises:
        InvalidInput: a path does not exist.
    """
    try:
        files = files_in(paths)
    except FileNotFoundError as error:
        raise InvalidInput(f"there is no {error.args[0]}") from None
    started_at = perf_counter()
    results: list[LoadedFile] = []
    async with reachable(settings) as reached, app.opened(reached) as platform:
        operator = await registry.register_institution(platform.pool, OPERATOR)
        source = Source(
            Agent(AgentKind.PLATFORM, UUID(int=0), operator), operator, is_register=True
        )
        with _progress(console) as progress:
            bar = progress.add_task("filing", total=len(files))
            async for loaded in load_files(platform.pool, platform.keys, files, source):
                results.append(loaded)
                progress.console.print(_line(loaded), highlight=False, markup=False, soft_wrap=True)
                progress.advance(bar)
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
        await refresh_statistics(reached.owner_url)
    _sum_up(console, results, perf_counter() - started_at)
    return int(any(loaded.error_code for loaded in results))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _line(loaded: LoadedFile) -> str:
    if loaded.error_code:
        return f"refused  {loaded.path.name}  [{loaded.error_code}] {loaded.error}"
    return f"filed    {loaded.path.name}  {_counts(loaded.counts)}"


def _counts(counts: Counter[Done]) -> str:
    return ", ".join(f"{counts[done]} {done.value}" for done in Done if counts[done]) or "nothing"


def _sum_up(console: Console, results: Sequence[LoadedFile], seconds: float) -> None:
    total: Counter[Done] = Counter()
    for loaded in results:
        total += loaded.counts
    refused = sum(1 for loaded in results if loaded.error_code)
    residents = sum(1 for loaded in results if loaded.is_new_resident)
    entries = total.total()
    console.print(
        f"\n{len(results)} files, {refused} refused; {residents} new residents;"
        f" {entries} entries: {_counts(total)}; {seconds:.1f} s, {entries / max(seconds, 1e-9):.0f}/s",
        highlight=False,
    )
