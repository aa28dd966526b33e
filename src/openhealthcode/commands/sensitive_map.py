"""`ohc map`: the sensitive map in force as a text, what another text would close, and rereading."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console

from openhealthcode import app, collection, terminology
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology import SensitiveMap, Term

_TURN_SECONDS: Final = 5.0


async def show(settings: Settings, console: Console) -> None:
    """Print the edition in force, as reviewers write it."""
    found = await _in_force(settings)
    text = terminology.write_map(found.edition, found.rows)
    console.print(text, end="", highlight=False, markup=False, soft_wrap=True)


async def compare(settings: Settings, console: Console, path: Path) -> None:
    """Say what a text closes and no longer lists against the edition in force.

    Raises:
        InvalidInput: the file cannot be read.
        MapUnreadable: it is no map, or a row could match nothing.
    """
    _, rows = terminology.read_map(_text(path))
    found = await _in_force(settings)
    told = terminology.difference(rows, found.rows)
    console.print(f"against edition {found.edition.version}:", highlight=False)
    _print(console, "+", told.closes)
    _print(console, "-", told.opens)
    console.print(
        f"closes {len(told.closes)} more, no longer lists {len(told.opens)}", highlight=False
    )


async def reread(settings: Settings, console: Console) -> None:
    """Go through what was filed before, to the end, as the server does beside its requests."""
    async with app.opened(settings) as platform:
        while await collection.reread(platform.pool, platform.keys, seconds=_TURN_SECONDS):
            run = await collection.last_rereading(platform.pool)
            if run is not None:
                console.print(f"{run.residents} residents", highlight=False)
        run = await collection.last_rereading(platform.pool)
    if run is not None and run.finished_at is not None:
        console.print(
            f"edition {run.edition}: {run.residents} residents, {run.closed} entries closed",
            highlight=False,
        )
    else:
        console.print("another process goes through the records", highlight=False)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        raise InvalidInput(f"{path} cannot be read") from None


async def _in_force(settings: Settings) -> SensitiveMap:
    async with app.opened(settings) as platform:
        return await terminology.in_force(platform.pool, platform.keys)


def _print(console: Console, sign: str, terms: Iterable[Term]) -> None:
    for category, family, text in terms:
        line = f"{sign} {category:14} {family or 'word':12} {text}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
