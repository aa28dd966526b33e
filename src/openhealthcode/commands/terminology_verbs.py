"""The verbs of `ohc terminology` and their options; ``terminology`` does the work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from openhealthcode.commands.screen import screen
from openhealthcode.settings import Settings

terminology = typer.Typer(help="Code systems: load them, list them.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


@terminology.command("load")
def terminology_load(
    path: Annotated[Path, typer.Argument(help="The file; for rf2 the release's folder.")],
    file_format: Annotated[str, typer.Option("--format", help="csv, fhir, loinc or rf2.")],
    *,
    url: Annotated[str, typer.Option(help="csv: the code system's URI.")] = "",
    version: Annotated[str, typer.Option(help="csv, loinc: the release.")] = "",
    name: Annotated[str, typer.Option(help="csv: what the system is called.")] = "",
    encoding: Annotated[str, typer.Option(help="csv: such as gb18030.")] = "utf-8-sig",
    chinese: Annotated[
        Path | None, typer.Option(help="loinc: the release's Chinese names.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Load one version of a code system under your own licence: all of it, or nothing."""
    from openhealthcode.commands.terminology import delivery_of
    from openhealthcode.commands.terminology import load as run

    delivery = delivery_of(
        path,
        file_format,
        url=url,
        version=version,
        name=name,
        encoding=encoding,
        chinese=chinese,
    )
    asyncio.run(run(_settings(demo=demo), screen(), delivery))


@terminology.command("list")
def terminology_list(*, demo: Demo = False) -> None:
    """Say which code systems there are, in which versions, with how many codes."""
    from openhealthcode.commands.terminology import show as run

    asyncio.run(run(_settings(demo=demo), screen()))


def _settings(*, demo: bool) -> Settings:
    from openhealthcode.commands.installation import of_demonstration

    settings = Settings.from_environment()
    return of_demonstration(settings) if demo else settings
