"""`ohc migrate`: bring the database to the shape this release expects."""

from __future__ import annotations

from rich.console import Console

from openhealthcode.commands.installation import reachable
from openhealthcode.database import migrate as apply
from openhealthcode.database import mode, stamp
from openhealthcode.settings import Settings


async def migrate(settings: Settings, console: Console) -> None:
    """Apply missing migrations; a database that is set up for the first time is for production."""
    async with reachable(settings) as reached:
        applied = await prepare(reached)
    for name in applied:
        console.print(f"applied  {name}")
    if not applied:
        console.print("nothing to apply")


async def prepare(settings: Settings) -> list[str]:
    """Migrate as the owner and stamp a new database for production.

    Raises:
        UnsuitableDatabase: older than PostgreSQL 15.
    """
    applied = await apply(settings.owner_url)
    if await mode(settings.owner_url) is None:
        await stamp(settings.owner_url, "production")
    return applied
