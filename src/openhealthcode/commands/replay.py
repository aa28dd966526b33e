"""`ohc replay`: a past day of the log, judged again by the warning's rules that held then."""

from __future__ import annotations

from collections import Counter
from datetime import date

from rich.console import Console

from openhealthcode import app
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.supervision import alerts


async def replay(settings: Settings, console: Console, day: str) -> None:
    """Tell what each rule says of that day; nothing is kept.

    Raises:
        InvalidInput: no day.
    """
    try:
        of = date.fromisoformat(day)
    except ValueError:
        raise InvalidInput("a day is written as 2026-11-22") from None
    async with app.opened(settings) as platform:
        past = await alerts.judge_again(platform.pool, platform.keys, of)
    console.print(
        f"{past.day}: {past.accesses} accesses judged by edition {past.edition.name},"
        f" {past.alerts} alerts",
        highlight=False,
    )
    for rule, times in sorted(Counter(one.rule for one in past.findings).items()):
        console.print(f"  {rule}: {times}", highlight=False)
