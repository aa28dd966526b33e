"""`ohc upgrade`: replace a release that serves by the one this command belongs to, without a failed request.

First what the database needs before; then the service's processes, one generation by the next, on the same
port; and when nothing of the release before is connected any more, what it still needed is taken away.
"""

from __future__ import annotations

import asyncio
import sys
from time import monotonic
from typing import Final

from rich.console import Console

from openhealthcode.commands.installation import reachable
from openhealthcode.commands.serving import Standing, ask, standing
from openhealthcode.database import migrate, missing_migrations, newest, older_connected
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

_LONGEST_SECONDS: Final = 300.0
_OTHERS_LEAVE_WITHIN_SECONDS: Final = 60.0
_TURN_SECONDS: Final = 0.1


class UpgradeFailed(HealthCodeError):
    """The new release did not come up; the one before goes on."""

    code = "upgrade-failed"


async def upgrade(settings: Settings, console: Console, port: int) -> int:
    """Do it, and answer 0; 1 where another machine's processes still need what is to be taken away.

    Args:
        port: where `ohc serve` listens on this machine.

    Raises:
        NotInTurn: the database is more than one release behind.
        Blocked: a table that is to be changed stayed in use; nothing is half done.
        UpgradeFailed: the new release does not come up over this installation; nothing stopped.
    """
    async with reachable(settings) as reached:
        missing = await missing_migrations(reached.owner_url)
        await _apply(reached, console, missing.before)
        await _replace(settings, console, port)
        if not missing.after:
            return 0
        others = await _others(reached)
        if others:
            console.print(
                f"still connected: a release that knows migrations up to {', '.join(others)} only."
                " Run `ohc upgrade` on its machine; the last one applies what is left:"
                f" {', '.join(missing.after)}",
                soft_wrap=True,
            )
            return 1
        await _apply(reached, console, missing.after)
    return 0


async def _apply(settings: Settings, console: Console, names: tuple[str, ...]) -> None:
    if names:
        for name in await migrate(settings.owner_url, names):
            console.print(f"applied  {name}")


async def _replace(settings: Settings, console: Console, port: int) -> None:
    found = standing(settings, port)
    if found is None:
        console.print(f"nothing is served at port {port} of this machine")
        return
    ask(settings, port, found, sys.executable)
    now = await _until_replaced(settings, port, found)
    console.print(f"{len(now.answering)} processes answer, started with {now.python}")
    while now.leaving:
        await asyncio.sleep(_TURN_SECONDS)
        now = standing(settings, port) or _gone(now)
    console.print(f"those before have left: {', '.join(map(str, found.answering))}")


async def _until_replaced(settings: Settings, port: int, before: Standing) -> Standing:
    give_up_at = monotonic() + _LONGEST_SECONDS
    while True:
        now = standing(settings, port)
        if now is None or monotonic() > give_up_at:
            raise UpgradeFailed("the service did not answer; see its log")
        if now.replaced > before.replaced:
            break
        await asyncio.sleep(_TURN_SECONDS)
    if now.problem:
        raise UpgradeFailed(
            f"The new release does not come up, the one before goes on: {now.problem}"
        )
    return now


def _gone(before: Standing) -> Standing:
    raise UpgradeFailed(f"the service ended while processes were leaving ({before.leaving})")


async def _others(settings: Settings) -> tuple[str, ...]:
    """The older releases that are connected, once those of this machine had time to leave."""
    give_up_at = monotonic() + _OTHERS_LEAVE_WITHIN_SECONDS
    while others := await older_connected(settings.database_url, newest()):
        if monotonic() > give_up_at:
            return others
        await asyncio.sleep(_TURN_SECONDS)
    return ()
