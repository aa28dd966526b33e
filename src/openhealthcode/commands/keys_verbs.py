"""The verbs of `ohc keys` and their options; ``keys`` does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openhealthcode.commands.screen import screen
from openhealthcode.settings import Settings

keys = typer.Typer(help="Copies of the key store.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


@keys.command("copy")
def keys_copy(
    target: Annotated[Path, typer.Argument(help="A folder far from the database's copies.")],
    shares: Annotated[int, typer.Option(help="Seal it, and divide its key into so many.")] = 0,
    needed: Annotated[int, typer.Option(help="How many of them open it.")] = 0,
    *,
    demo: Demo = False,
) -> None:
    """Copy the key store while the service goes on; sealed for custodians with --shares."""
    from openhealthcode.commands import keys as run

    settings = Settings.from_environment()
    if demo:
        from openhealthcode.commands.installation import of_demonstration

        settings = of_demonstration(settings)
    if shares or needed:
        run.divide(settings, screen(), target, (needed, shares), _hand)
    else:
        run.copy(settings, screen(), target)


@keys.command("open")
def keys_open(
    source: Annotated[Path, typer.Argument(help="The sealed copy.")],
    target: Annotated[Path, typer.Argument(help="Where the keys go; nothing is there yet.")],
) -> None:
    """Open a sealed copy with the shares of its custodians, each typed unseen."""
    from openhealthcode.commands import keys as run

    run.join(screen(), source, target, lambda told: str(typer.prompt(told, hide_input=True)))


def _hand(text: str) -> None:
    """For one custodian's eyes; the screen is wiped before the next comes."""
    told = screen()
    told.clear()
    typer.echo(text)
    typer.prompt("\nWritten down? Enter wipes the screen", default="", show_default=False)
    told.clear()
