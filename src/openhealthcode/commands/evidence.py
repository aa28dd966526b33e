"""`ohc evidence`: the pack an outside evaluator is handed."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from openhealthcode import app
from openhealthcode.settings import Settings
from openhealthcode.supervision import evidence as packs


async def evidence(settings: Settings, console: Console, folder: Path) -> None:
    """Write the pack into a new or empty folder.

    Raises:
        InvalidInput: there is something in it already.
    """
    async with app.opened(settings) as platform:
        digests = await packs.write(platform.pool, platform.keys, folder, version("openhealthcode"))
    for one in packs.checklists():
        counts = ", ".join(f"{count} {answer}" for answer, count in sorted(one.counts.items()))
        console.print(f"{one.title}: {counts}", highlight=False, soft_wrap=True)
    console.print(f"written  {folder}  {len(digests)} files", highlight=False, soft_wrap=True)
