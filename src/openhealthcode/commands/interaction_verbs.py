"""The verbs of `ohc interactions` and their options; ``interactions`` does the work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from openhealthcode.commands.screen import screen
from openhealthcode.settings import Settings

interactions = typer.Typer(help="Medicines that harm each other.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


@interactions.command("show")
def interactions_show(*, demo: Demo = False) -> None:
    """Say which table is in force."""
    from openhealthcode.commands.interactions import show as run

    asyncio.run(run(_settings(demo=demo), screen()))


@interactions.command("load")
def interactions_load(
    path: Annotated[Path, typer.Argument(help="CSV: one, other, severity, zh, en, source.")],
    *,
    edition: Annotated[str, typer.Option(help="How the source calls this edition.")],
    demo: Demo = False,
) -> None:
    """Put a table in the place of the one in force, whole or not at all."""
    from openhealthcode.commands.interactions import load as run

    asyncio.run(run(_settings(demo=demo), screen(), path, edition))


@interactions.command("drop")
def interactions_drop(*, demo: Demo = False) -> None:
    """Go back to the table this release brings."""
    from openhealthcode.commands.interactions import drop as run

    asyncio.run(run(_settings(demo=demo), screen()))


def _settings(*, demo: bool) -> Settings:
    from openhealthcode.commands.installation import of_demonstration

    settings = Settings.from_environment()
    return of_demonstration(settings) if demo else settings
