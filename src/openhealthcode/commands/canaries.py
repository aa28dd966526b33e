"""`ohc identity canaries`: plant residents who do not exist, so that trying out identities is noticed."""

from __future__ import annotations

from uuid import UUID

from rich.console import Console

from openhealthcode import app, collection, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.commands.load import OPERATOR
from openhealthcode.settings import Settings


async def canaries(settings: Settings, console: Console, count: int) -> None:
    """Plant so many, and say how many; who they are is told nobody.

    Raises:
        InvalidInput: none, or more than a thousand at once.
    """
    async with app.opened(settings) as platform:
        operator = await registry.register_institution(platform.pool, OPERATOR)
        source = Source(Agent(AgentKind.PLATFORM, UUID(int=0), operator), operator)
        planted = await collection.plant_canaries(
            platform.pool, platform.keys, count=count, source=source
        )
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
    console.print(f"{planted} planted; whoever asks for one appears at /supervision/lookups")
