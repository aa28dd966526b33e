"""`ohc leak`: where a found file comes from, said at the machine itself."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import anyio
from rich.console import Console
from rich.text import Text

from openhealthcode import app, registry
from openhealthcode.access.handing_over import HandedOver, Onlooker
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import Pool
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import PractitionerId, SystemId
from openhealthcode.supervision import tracing
from openhealthcode.supervision.tracing import Investigation, ScreenOrigin

_OPERATOR = Agent(AgentKind.PLATFORM, UUID(int=0))


async def leak(settings: Settings, console: Console, path: Path) -> int:
    """Trace one file; answers the exit code: 0 when it names a file that left or a screen, else 1.

    Raises:
        InvalidInput: the file cannot be read.
        TooLarge: it is larger than is looked at.
    """
    try:
        content = await anyio.Path(path).read_bytes()
    except OSError:
        raise InvalidInput("the file cannot be read") from None
    async with app.opened(settings) as platform:
        told = await tracing.investigate(platform.pool, platform.keys, content, _OPERATOR)
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
        for line in await _lines(platform.pool, told):
            console.print(Text(line), soft_wrap=True)
    return int(not (told.origins or told.screen))


async def _lines(pool: Pool, told: Investigation) -> list[str]:
    lines = [f"{told.form}: {told.marks} of 512 marks read, held against {told.weighed} files"]
    for origin in told.origins:
        who = await _name(pool, origin.file)
        lines.append(
            f"handed over {origin.file.made_at:%Y-%m-%d %H:%M} UTC as {origin.file.form} to {who}: "
            f"by {origin.source.because}, chance of error {origin.source.chance:.0e}"
        )
    if told.screen is not None:
        lines += await _screen(pool, told.screen)
    elif not told.origins:
        lines.append("which file it comes from cannot be said")
    if told.entries_read:
        lines.append(f"shown by the log, of {told.entries_read} entries:")
    for one in told.onlookers:
        when = f"{one.first_at:%Y-%m-%d %H:%M} to {one.latest_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"  {one.shown} to {await _name(pool, one)}, {when}")
    return lines


async def _screen(pool: Pool, told: ScreenOrigin) -> list[str]:
    """Whose screen, when, and what the log says they were shown then."""
    screen, seen = told.screen, told.seen
    person_id = PractitionerId(screen.account)
    person = (await registry.practitioners(pool, {person_id}))[person_id]
    minute = "" if screen.minute is None else f" at {screen.minute:%Y-%m-%d %H:%M} UTC"
    agree = f"{screen.agreements} of {screen.possible} marks agree"
    whose = f"a screen of {person.name} {person.staff_number}{minute}"
    lines = [f"{whose}: {agree}, chance of error {screen.chance:.0e}"]
    if seen is not None:
        kinds = ", ".join(seen.categories)
        lines.append(f"the log has {seen.looks} looks of theirs then, at {seen.residents} people")
        lines += [f"  shown: {kinds}"] if kinds else []
    else:
        lines.append("at which minute cannot be said")
    return lines


async def _name(pool: Pool, one: HandedOver | Onlooker) -> str:
    """Who it is: kind, name and institution as the register has them, or the id."""
    named = str(one.agent_id or "")
    try:
        if one.agent_id is not None and one.agent_kind is AgentKind.SYSTEM:
            named = (await registry.system(pool, SystemId(one.agent_id))).name
        elif one.agent_id is not None:
            person_id = PractitionerId(one.agent_id)
            person = (await registry.practitioners(pool, {person_id}))[person_id]
            named = f"{person.name} {person.staff_number}"
    except (NotFound, KeyError):
        pass
    places = await registry.institutions(pool, {one.institution_id} if one.institution_id else ())
    place = next((each.name for each in places.values()), "")
    return " ".join(part for part in (one.agent_kind.value, named, place) if part)
