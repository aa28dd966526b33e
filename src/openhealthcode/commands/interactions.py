"""`ohc interactions`: which pairs of medicines are told at prescribing, and loading other ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from openhealthcode import app
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology import interactions
from openhealthcode.terminology.interactions import InteractionTable


async def show(settings: Settings, console: Console) -> None:
    """Print which table is in force."""
    async with app.opened(settings) as platform:
        _print(console, await interactions.interaction_table(platform.pool))


async def load(settings: Settings, console: Console, path: Path, edition: str) -> None:
    """Put a table in the place of the one in force, whole or not at all.

    Raises:
        InvalidInput: the file cannot be read.
        InteractionsUnreadable: it is no table of interactions; says in which line.
    """
    async with app.opened(settings) as platform:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                table = await interactions.load_interactions(
                    platform.pool, file, edition, datetime.now(UTC)
                )
        except OSError:
            raise InvalidInput(f"{path} cannot be read") from None
    _print(console, table)


async def drop(settings: Settings, console: Console) -> None:
    """Go back to the table this release brings."""
    async with app.opened(settings) as platform:
        _print(console, await interactions.drop_interactions(platform.pool))


def _print(console: Console, table: InteractionTable) -> None:
    when = f", loaded {table.loaded_at:%Y-%m-%d}" if table.loaded_at else ", brought by the release"
    console.print(f"{table.edition}: {table.pairs} pairs{when}", highlight=False, markup=False)
