"""`ohc terminology`: load code systems an operator has a licence for, and say which there are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from openhealthcode import app, terminology
from openhealthcode.commands.installation import reachable
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology import loaded
from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import Delivery

FORMATS: Final = ("csv", "fhir", "loinc", "rf2")


async def load(settings: Settings, console: Console, delivery: Delivery) -> None:
    """Load one version of one code system: all of it, or nothing.

    Raises:
        UnreadableCodes: the file is not written as it has to be.
        VersionLoaded: this version is there already.
    """
    async with reachable(settings) as reached, app.opened(reached) as platform:
        with _progress(console) as bar:
            task = bar.add_task("loading", total=None)
            done = await loaded.load(
                platform.pool, delivery, lambda rows: bar.update(task, completed=rows)
            )
    console.print(
        f"{done.about.url} {done.about.version}: {done.concepts:,} concepts",
        highlight=False,
        soft_wrap=True,
    )


async def show(settings: Settings, console: Console) -> None:
    """Print every code system the release brings and every version that was loaded."""
    async with reachable(settings) as reached, app.opened(reached) as platform:
        for about, version in await terminology.all_systems(platform.pool):
            held = None if version else terminology.code_system(about.url)
            count = version.concepts if version else len(held.concepts) if held else 0
            origin = f"loaded {version.loaded_at:%Y-%m-%d}" if version else about.content.value
            console.print(
                f"{count:>8,}  {origin:17} {about.url} {about.version}",
                highlight=False,
                soft_wrap=True,
            )


def delivery_of(
    path: Path,
    file_format: str,
    *,
    url: str,
    version: str,
    name: str,
    encoding: str,
    chinese: Path | None,
) -> Delivery:
    """What a file delivers, from what an operator typed.

    Raises:
        InvalidInput: there is no such format or file, or something has to be said of it.
        UnreadableCodes: the file is not written as it has to be.
    """
    if file_format not in FORMATS:
        raise InvalidInput(f"the format is one of {', '.join(FORMATS)}")
    if not path.exists() or path.is_dir() != (file_format == "rf2"):
        raise InvalidInput(f"there is no {'folder' if file_format == 'rf2' else 'file'} {path}")
    if file_format == "rf2":
        return loaded.from_rf2(path)
    if file_format == "fhir":
        return loaded.from_fhir(path)
    if not version:
        raise InvalidInput("--version is needed: the file does not name its release")
    if file_format == "loinc":
        return loaded.from_loinc(path, loaded.about_loinc(version), chinese)
    if not url or not name:
        raise InvalidInput("--url and --name are needed: a table does not say what it is")
    source = f"{name} {version}, loaded by the operator"
    about = About(url=url, version=version, name=name, english=name, source=source)
    return loaded.from_csv(path, about, encoding)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} concepts"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
