"""Follow the log: judge what happened since, and keep what came of it with the place in one transaction.

Run every few seconds by every process; one at a time does it. Whatever stops in between is begun again
from the place and the memory that were kept together, so that the same findings come of it.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.access import overseen
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.supervision.alerts import store
from openhealthcode.supervision.alerts.editions import in_force
from openhealthcode.supervision.alerts.gather import gather
from openhealthcode.supervision.warning import Alert, Edition, Memory, Watch
from openhealthcode.trust import Keys

TASK: Final = "supervision"
_AT_ONCE: Final = 500
"""Leaves of one transaction."""
_FORGET_EVERY_TURNS: Final = 5_000


class Follower:
    """What one process knows of the log it follows; another may have gone on meanwhile."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys
        self._watch: Watch | None = None
        self._next_leaf = 0
        self._turns = 0

    async def follow(self) -> int:
        """Judge everything that has its place in the log by now; how many leaves that was."""
        followed = 0
        while True:
            leaves = await self._stretch()
            followed += leaves
            if leaves < _AT_ONCE:
                return followed

    async def _stretch(self) -> int:
        try:
            async with transaction(self._pool, task=TASK) as connection:
                if not await store.takes_turn(connection):
                    return 0
                first = await store.next_leaf(connection)
                watch = await self._ready(connection, first)
                found = await overseen.accesses_since(
                    self._pool, self._keys, connection, first, _AT_ONCE
                )
                alerts: dict[str, Alert] = {}
                for access in await gather(self._pool, found.accesses):
                    alerts |= {one.alert_id: one for one in watch.judge(access).alerts}
                await self._keep(connection, watch, alerts, found.end_leaf, first)
        except BaseException:
            self._watch = None  # it has seen what was not kept
            raise
        self._next_leaf = found.end_leaf
        return found.end_leaf - first

    async def _keep(
        self,
        connection: Connection,
        watch: Watch,
        alerts: dict[str, Alert],
        end_leaf: int,
        first: int,
    ) -> None:
        self._turns += 1
        if self._turns % _FORGET_EVERY_TURNS == 1:
            await store.forget_old(connection)
        if end_leaf == first:
            return
        await store.remember(connection, watch.memory.changes())
        for alert in alerts.values():
            await store.tell(connection, self._keys, alert)
        await store.went_on(connection, end_leaf)

    async def _ready(self, connection: Connection, first: int) -> Watch:
        """The watch at this place under the edition in force."""
        edition = await in_force(connection, self._keys)
        watch = self._watch
        if watch is None or self._next_leaf != first:
            watch = Watch(edition, Memory.remember(await store.remembered(connection)))
        elif not _is_same(watch.edition, edition):
            watch = Watch(edition, watch.memory)
        self._watch = watch
        return watch


def _is_same(one: Edition, other: Edition) -> bool:
    return one.digest == other.digest
