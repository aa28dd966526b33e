"""Once a day (UTC+8), commit for everybody to how many events each resident's log has.

Reads every chain's number a page at a time, in transactions of their own: what has a leaf when it begins is
counted, what comes meanwhile may be. The statement then waits in the queue like an event, and the
sequencer places it after everything that waited before it: so an event a map counts lies before it in the
tree, and one that lies before its ``size`` is counted. Days on which nothing was at work share the next map.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.audit import store
from openhealthcode.audit.map_file import MapFile, MapWriter
from openhealthcode.audit.map_list import MAPS, MapList, rows_of
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import day_of
from openhealthcode.transparency import MapStatement, map_index

_PAGE: Final = 2_000
_REST_SECONDS: Final = 0.005
_LONGEST_STRETCH: Final = timedelta(days=99)
_DAY: Final = timedelta(days=1)
_FIRST: Final = UUID(int=0)
Now = Callable[[Pool], Awaitable[datetime]]


async def _by_the_database(pool: Pool) -> datetime:
    async with transaction(pool, task="mapping") as connection:
        return await store.now(connection)


class Mapper:
    """Makes the maps that are due, in the one process that sequences."""

    def __init__(self, pool: Pool, sequencer: Sequencer, *, now: Now = _by_the_database) -> None:
        self._pool = pool
        self._sequencer = sequencer
        self._maps = MapList(sequencer.files.folder)
        self._now = now

    async def map_due(self) -> bool:
        """One turn: make a map that is due, or list it once it has its place.

        Returns:
            whether none was due.
        """
        if not self._sequencer.is_at_work:
            return False
        unplaced = await asyncio.to_thread(self._maps.unplaced)
        if unplaced is not None:
            await self._bring_in(unplaced)
            return False
        listed = await asyncio.to_thread(self._maps.listed)
        newest = listed[-1][1] if listed else None
        taken_at = await self._now(self._pool)
        day = day_of(taken_at) - _DAY
        if newest is not None and newest.day >= day:
            return True
        first_day = newest.day + _DAY if newest else day
        await self._make(taken_at, first_day, min(day, first_day + _LONGEST_STRETCH), newest)
        return False

    async def _make(
        self, taken_at: datetime, first_day: date, day: date, newest: MapStatement | None
    ) -> None:
        async with transaction(self._pool, task="sequencing") as connection:
            size = await store.sequenced_size(connection)
            gaps = await store.gaps(connection)
        path = self._maps.numbers_of(day)
        writer = MapWriter(path)
        await self._read_numbers(writer, day)
        steps = writer.steps()
        for _ in range(writer.most_steps):
            await asyncio.to_thread(next, steps, None)
            await asyncio.sleep(_REST_SECONDS)  # requests of this process go on meanwhile
        with MapFile(path) as made:
            root = made.root
        statement = MapStatement(
            origin=self._sequencer.log,
            first_day=first_day,
            day=day,
            since=newest.since if newest else first_day,
            taken_at=taken_at.replace(microsecond=0),
            residents=writer.residents,
            size=size,
            root=root,
            gaps=tuple(gaps),
        )
        await asyncio.to_thread(self._maps.keep_unplaced, statement)
        await self._bring_in(statement)

    async def _read_numbers(self, writer: MapWriter, day: date) -> None:
        after = _FIRST
        while True:
            async with transaction(self._pool, task="mapping") as connection:
                page = await store.last_numbers(connection, after, _PAGE)
            for resident_id, number, salt in page:
                if salt is not None:
                    writer.add(map_index(salt, resident_id, day), number)
            if len(page) < _PAGE:
                return
            after = page[-1]["resident_id"]

    async def _bring_in(self, statement: MapStatement) -> None:
        """See to it that a map gets its place, and list it once it has."""
        rows = rows_of(statement)
        async with transaction(self._pool, task="sequencing") as connection:
            # In this order: what gets its place between the two is seen to have it.
            is_waiting = bool(await store.pending_map(connection, MAPS))
            leaf = await store.leaf_of(connection, MAPS, rows[-1].number)
            gaps = tuple(await store.gaps(connection))
        if leaf is not None:
            await asyncio.to_thread(self._maps.note_placed, leaf, statement)
        elif gaps != statement.gaps:
            await asyncio.to_thread(self._maps.forget_unplaced)
        elif not is_waiting:
            async with transaction(self._pool, resident=MAPS) as connection:
                await store.enqueue_map(connection, rows)
