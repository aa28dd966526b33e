"""The verbs of `ohc group` and their options; ``groups`` does the work."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from openhealthcode.commands.screen import screen
from openhealthcode.settings import Settings

group = typer.Typer(help="Groups whose records an institution may ask for.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


@group.command("approve")
def group_approve(
    members: Annotated[Path, typer.Argument(help="A file with one ID number a line.")],
    *,
    institution: Annotated[str, typer.Option(help="Its id here, or its system|value.")],
    name: Annotated[str, typer.Option(help="What the group is called.")],
    purpose: Annotated[str, typer.Option(help="What for, as it was approved.")],
    until: Annotated[datetime, typer.Option(help="The day on which that ends.")],
    demo: Demo = False,
) -> None:
    """Let an institution ask for these records, as far as each resident lets it keep them."""
    from openhealthcode.commands.groups import approve as run

    settings = _settings(demo=demo)
    asyncio.run(
        run(
            settings,
            screen(),
            members,
            institution=institution,
            name=name,
            purpose=purpose,
            until=until,
        )
    )


@group.command("list")
def group_list(*, demo: Demo = False) -> None:
    """List the groups, the newest first; names nobody."""
    from openhealthcode.commands.groups import show as run

    asyncio.run(run(_settings(demo=demo), screen()))


@group.command("end")
def group_end(
    group_id: Annotated[UUID, typer.Argument(help="As `ohc group list` names it.")],
    *,
    demo: Demo = False,
) -> None:
    """Take an approval back; who was in the group is destroyed."""
    from openhealthcode.commands.groups import end as run

    asyncio.run(run(_settings(demo=demo), screen(), group_id))


def _settings(*, demo: bool) -> Settings:
    from openhealthcode.commands.installation import of_demonstration

    settings = Settings.from_environment()
    return of_demonstration(settings) if demo else settings
