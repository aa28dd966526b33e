"""What the public tree proves and a restored database does not know (缺口), and telling so for good.

A database restored from a copy lacks the events since that copy, while their leaves were published and
stay. Nothing is served over such a database until somebody with a name in words has recorded the gap:
which leaves, when found, why. The record stands in the region's own log, hence in the tree as well; the
lost leaves stay provable to everybody who kept a receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from openhealthcode.audit import store
from openhealthcode.audit.map_list import MapList
from openhealthcode.audit.model import Action, Agent, AgentKind, Event, EventsLost, Pending
from openhealthcode.audit.own import REGION, append_own
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import LogFolder
from openhealthcode.trust import Keys

_SHORTEST_REASON, _LONGEST_REASON = 4, 1_000
_PLATFORM: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Leaves from ``first`` up to but not including ``end``, of which ``lost`` have no event here."""

    first: int
    end: int
    lost: int


async def find_gap(pool: Pool, folder: Path) -> Gap | None:
    """The leaves in the files that the database knows nothing of; ``None`` when there are none.

    Events that wait for their leaf and have one already, as after a crash, are not lost.
    """
    async with transaction(pool, task="sequencing") as connection:
        return await _gap(connection, LogFolder(folder))


async def refuse_gap(pool: Pool, folder: Path) -> None:
    """Stop a service whose database is behind what was published.

    Raises:
        EventsLost: it is, and nobody has recorded the gap.
    """
    gap = await find_gap(pool, folder)
    if gap is not None:
        raise EventsLost(gap.lost)


async def gaps(pool: Pool) -> tuple[tuple[int, int], ...]:
    """The leaves of which it was recorded that their events are lost, as half-open ranges."""
    async with transaction(pool, task="sequencing") as connection:
        return tuple(await store.gaps(connection))


async def record_gap(pool: Pool, keys: Keys, folder: Path, reason: str) -> Gap | None:
    """Tell for good that events were lost, and let the service go on; ``None`` if none were.

    Args:
        reason: in words, by whoever answers for it.

    Raises:
        InvalidInput: no reason, or one beyond all bounds.
    """
    reason = reason.strip()
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise InvalidInput("a reason in words is needed, of at most 1,000 characters")
    async with transaction(pool, task="sequencing") as connection:
        if not await store.is_free_to_sequence(connection):
            raise InvalidInput("stop the service first: its log is at work")
        gap = await _gap(connection, LogFolder(folder))
        if gap is None:
            return None
        # All at once: leaves that are placed hide the lost ones before them.
        await place_known(connection, LogFolder(folder), gap.first, gap.end)
        await enter(connection, resident=REGION)
        await append_own(connection, keys, _told(gap, reason))
        await store.note_gap(connection, gap.first, gap.end, await store.now(connection))
    return gap


def _told(gap: Gap, reason: str) -> Event:
    return Event(
        action=Action.LOG_GAP,
        agent=Agent(AgentKind.PLATFORM, _PLATFORM),
        detail={"first": gap.first, "end": gap.end, "lost": gap.lost, "reason": reason},
    )


async def place_known(connection: Connection, files: LogFolder, known: int, size: int) -> int:
    """Give the events that wait and have a leaf already that leaf, as after a crash; how many.

    Args:
        connection: a transaction of the task ``sequencing``.
        known: how many leaves the database knows.
        size: how many there are.

    Raises:
        LogDamaged: the files cannot be read.
    """
    forgotten = await asyncio.to_thread(files.commitments, known, size)
    leaf_indexes = {commitment: known + n for n, commitment in enumerate(forgotten)}
    found = await _known(connection, files, forgotten)
    await store.place(connection, [(event, leaf_indexes[event.commitment]) for event in found])
    return len(found)


async def _gap(connection: Connection, files: LogFolder) -> Gap | None:
    known = await store.sequenced_size(connection)
    while True:
        size = await asyncio.to_thread(files.entries_size, 0)
        if size <= known:
            return None
        unknown = await asyncio.to_thread(files.commitments, known, size)
        lost = len(unknown) - len(await _known(connection, files, unknown))
        before, known = known, await store.sequenced_size(connection)
        if not lost:
            return None
        if known == before:
            return Gap(known, size, lost)
        # Another process placed some meanwhile: they wait no more, and are not lost.


async def _known(
    connection: Connection, files: LogFolder, commitments: Sequence[bytes]
) -> list[Pending]:
    """Those that wait in the queue, or are daily maps: these lie beside the log, not in the database."""
    maps = await asyncio.to_thread(MapList(files.folder).rows)
    found = {row.commitment: row for row in await store.pending_of(connection, commitments)}
    found |= {one: maps[one] for one in commitments if one in maps}
    return list(found.values())
