"""`ohc identity quality`: what was doubtful about each institution's registrations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from rich.console import Console
from rich.table import Table

from openhealthcode import app, registry
from openhealthcode.commands.installation import reachable
from openhealthcode.identity import quality as gate
from openhealthcode.settings import Settings

_UNKNOWN: Final = "?"


async def quality(settings: Settings, console: Console, since: datetime | None) -> None:
    """Print the report of every institution, the one with the most to mend first."""
    first = date(datetime.now(UTC).year, 1, 1) if since is None else since.date()
    async with reachable(settings) as reached, app.opened(reached) as platform:
        reports = await gate.report(platform.pool, first)
        known = await registry.institutions(platform.pool, [one.institution_id for one in reports])
    names = {id_: institution.name for id_, institution in known.items()}
    rules = gate.in_force()
    table = Table("institution", "rule", "effect", "found", "share", "what", box=None)
    for one in reports:
        table.add_row(
            names.get(one.institution_id, _UNKNOWN), "received", "", f"{one.received:,}", "", ""
        )
        for found in one.found:
            rule = rules.of(found.code)
            effect, what = (rule.effect.value, rule.en) if rule else ("", "of another edition")
            table.add_row("", found.code, effect, f"{found.count:,}", f"{found.share:.1%}", what)
    console.print(table)
    console.print(
        f"{len(reports)} institutions since {first:%Y-%m}; rules of edition {rules.edition}",
        highlight=False,
    )
