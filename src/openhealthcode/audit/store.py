"""Reads and writes the chain, the events and the queue; the only module that knows the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from asyncpg import Record
from asyncpg.cursor import CursorFactory
from prometheus_client import Counter

from openhealthcode.audit.model import ChainState, Pending, SealedEvent, UnknownChain, Writing
from openhealthcode.database import Connection, load_queries, repeated
from openhealthcode.transparency import EMPTY_CHAIN

_QUERIES: Final = load_queries("openhealthcode.audit")
_PREFETCHED: Final = 1000
_EVENTS: Final = Counter(
    "ohc_events", "Events logged, by action (disclosures, redeemed codes …).", ["action", "outcome"]
)
_SEQUENCER_LOCK: Final = 0x6F68635F736571  # "ohc_seq"


async def open_chain(connection: Connection, resident_id: UUID) -> None:
    """Begin the log of a new resident; a chain that exists stays as it is."""
    await connection.execute(_QUERIES["open_chain"], resident_id, EMPTY_CHAIN)


async def now(connection: Connection) -> datetime:
    """The database's time."""
    at: datetime = await connection.fetchval(_QUERIES["now"])
    return at


async def begin(connection: Connection, sealed: Sequence[SealedEvent]) -> None:
    """Begin a chain with each of these first events; a transaction of ``registration``."""
    columns = [list(column) for column in zip(*sealed, strict=True)]
    by_name = dict(zip(SealedEvent._fields, columns, strict=True))
    residents = by_name["resident_id"]
    await connection.execute(_QUERIES["begin_chains"], residents, by_name["link"])
    await connection.execute(_QUERIES["begin_events"], *columns)
    await connection.execute(_QUERIES["begin_pending"], residents, by_name["commitment"])
    for event in sealed:
        _counter(event.action, event.outcome).inc()


async def chain(connection: Connection, resident_id: UUID) -> tuple[ChainState, datetime]:
    """Where a resident's chain stands, and the database's time.

    Raises:
        UnknownChain: no such resident, or not visible in this transaction.
    """
    return _state(await connection.fetchrow(_QUERIES["chain"], resident_id))


async def chains(
    connection: Connection, resident_ids: Sequence[UUID]
) -> list[tuple[ChainState, datetime] | None]:
    """As ``chain`` for several residents, outside a transaction; None for one there is not."""
    rows = await connection.fetch(_QUERIES["chains"], list(resident_ids))
    return [None if row["next_number"] is None else _state(row) for row in rows]


async def hold(connection: Connection, resident_id: UUID) -> tuple[ChainState, datetime]:
    """As ``chain``, and it stays there: others wait until this transaction ends.

    Raises:
        UnknownChain: no such resident, or not visible in this transaction.
    """
    return _state(await connection.fetchrow(_QUERIES["hold"], resident_id))


def _state(row: Record | None) -> tuple[ChainState, datetime]:
    if row is None:
        raise UnknownChain
    return ChainState(row["next_number"], row["head"], row["consent_version"]), row["at"]


async def write(connection: Connection, writings: Sequence[Writing]) -> list[bool]:
    """Add each event whose chain is still as read; the others: read, decide and seal anew.

    Args:
        connection: in a transaction of the one resident, or in none: the events then are one.
        writings: from ``next_link``, with the versions of the consents.

    Returns:
        for each whether it was added. Outside a transaction also a chain that somebody else holds
        counts as moved, so that nobody waits for a stranger's.
    """
    parameters: list[object] = []
    for sealed, version, changes_consent in writings:
        parameters += sealed
        parameters += (version, version + changes_consent)
    (row,) = await connection.fetch(_write(len(writings)), *parameters)
    added = list(row)
    for writing, is_added in zip(writings, added, strict=True):
        if is_added:
            note_added(writing.sealed)
    return added


def note_added(sealed: SealedEvent) -> None:
    """Count an event that is in the log now."""
    _counter(sealed.action, sealed.outcome).inc()


@cache
def _write(count: int) -> str:
    return repeated(_QUERIES["write"], count)


@cache
def _counter(action: str, outcome: str) -> Counter:
    """The counter of one kind of event; finding it anew costs as much as linking one."""
    return _EVENTS.labels(action, outcome)


async def close_chain(connection: Connection, resident_id: UUID, at: datetime) -> None:
    """End a resident's chain: from the commit on nobody can look, file or consent any more.

    Args:
        connection: a transaction of the task ``closing`` that holds the chain.
        resident_id: whose.
        at: when.
    """
    await connection.execute(_QUERIES["close_chain"], resident_id, at)


async def mark_linked(connection: Connection, resident_id: UUID, *, is_linked: bool) -> None:
    """Say that this chain is one of several of one person, or that it is alone again.

    The caller holds it, and says in the same transaction which the others are.
    """
    await connection.execute(_QUERIES["mark_linked"], resident_id, is_linked)


async def note_destruction(connection: Connection, resident_id: UUID, at: datetime) -> None:
    """Remember that the keys of a closed account are gone; a transaction of ``closing``."""
    await connection.execute(_QUERIES["note_destruction"], resident_id, at)


async def chains_to_destroy(connection: Connection, limit: int) -> list[UUID]:
    """Closed accounts whose keys may still be there; a transaction of ``closing``."""
    rows = await connection.fetch(_QUERIES["chains_to_destroy"], limit)
    return [row["resident_id"] for row in rows]


async def chains_after(connection: Connection, after: UUID, limit: int) -> list[UUID]:
    """The next open accounts in the order of their ids; a transaction of ``verification``."""
    rows = await connection.fetch(_QUERIES["chains_after"], after, limit)
    return [row["resident_id"] for row in rows]


async def events_numbered(
    connection: Connection, resident_id: UUID, numbers: Sequence[int]
) -> list[Record]:
    """Events of this resident by number, in order."""
    return await connection.fetch(_QUERIES["events_numbered"], resident_id, list(numbers))


async def leaf_of(connection: Connection, resident_id: UUID, number: int) -> int | None:
    """The leaf of the tree an event became; None for the seconds until it has one."""
    leaf_index: int | None = await connection.fetchval(_QUERIES["leaf_of"], resident_id, number)
    return leaf_index


async def commitment_of(connection: Connection, resident_id: UUID, number: int) -> bytes:
    """What stands in the tree for an event of this resident."""
    commitment: bytes = await connection.fetchval(_QUERIES["commitment_of"], resident_id, number)
    return commitment


async def read_by_systems(connection: Connection, resident_id: UUID) -> list[Record]:
    """Every time a system of an institution was given entries of this resident."""
    return await connection.fetch(_QUERIES["read_by_systems"], resident_id)


async def shown_since(connection: Connection, resident_id: UUID, number: int) -> list[Record]:
    """Every time somebody else was shown entries of this resident, after this event."""
    return await connection.fetch(_QUERIES["shown_since"], resident_id, number)


async def last_number(connection: Connection, resident_id: UUID) -> int:
    """The number of this resident's newest event."""
    return int(await connection.fetchval(_QUERIES["last_number"], resident_id) or 0)


async def events_of_actions(
    connection: Connection, resident_id: UUID, actions: Sequence[str]
) -> list[Record]:
    """Every event of these kinds in one resident's log, in order."""
    return await connection.fetch(_QUERIES["events_of_actions"], resident_id, list(actions))


async def own_events(
    connection: Connection, resident_id: UUID, before: int, limit: int
) -> list[Record]:
    """A page of one resident's events with numbers below ``before``, newest first."""
    return await connection.fetch(_QUERIES["own_events"], resident_id, before, limit)


async def whole_log(connection: Connection, resident_id: UUID) -> list[Record]:
    """Every event of one resident, oldest first."""
    return await connection.fetch(_QUERIES["whole_log"], resident_id)


async def is_free_to_sequence(connection: Connection) -> bool:
    """Whether this transaction is now the only one that sequences."""
    return bool(await connection.fetchval(_QUERIES["is_free_to_sequence"], _SEQUENCER_LOCK))


async def note_gap(connection: Connection, first: int, end: int, at: datetime) -> None:
    """Remember that leaves from ``first`` up to ``end`` may have lost their events."""
    await connection.execute(_QUERIES["note_gap"], first, end, at)


async def gaps(connection: Connection) -> list[tuple[int, int]]:
    """The leaves of which it is known that events were lost, as half-open ranges."""
    return [tuple(row) for row in await connection.fetch(_QUERIES["gaps"])]


async def sequenced_size(connection: Connection) -> int:
    """How many leaves the database has given to events; after a crash the tree may have more."""
    size: int = await connection.fetchval(_QUERIES["sequenced_size"])
    return size


async def time_from_leaf(connection: Connection, leaf_index: int) -> datetime | None:
    """When the event of this leaf, or of the next there is, happened."""
    found: datetime | None = await connection.fetchval(_QUERIES["time_from_leaf"], leaf_index)
    return found


async def counts_of_leaves(connection: Connection, first: int, end: int) -> list[Record]:
    """How often what happened at the leaves from ``first`` up to ``end``."""
    return await connection.fetch(_QUERIES["counts_of_leaves"], first, end)


async def acts_of_leaves(
    connection: Connection, first: int, end: int, actions: Sequence[str]
) -> list[Record]:
    """Which staff and systems acted at the leaves from ``first`` up to ``end``, in order."""
    return await connection.fetch(_QUERIES["acts_of_leaves"], first, end, list(actions))


async def accesses_at_leaves(connection: Connection, leaf_indexes: Sequence[int]) -> list[Record]:
    """What was done at these leaves, in order."""
    return await connection.fetch(_QUERIES["accesses_at_leaves"], list(leaf_indexes))


async def pending(connection: Connection, limit: int, but: UUID) -> list[Pending]:
    """Events that wait for their leaf, the resident's own in order; not what waits under ``but``."""
    rows = await connection.fetch(_QUERIES["pending"], limit, but)
    return sorted(Pending(*row) for row in rows)


async def pending_map(connection: Connection, resident_id: UUID) -> list[Pending]:
    """The daily map that waits under this id, in order."""
    return [Pending(*row) for row in await connection.fetch(_QUERIES["pending_map"], resident_id)]


async def enqueue_map(connection: Connection, rows: Sequence[Pending]) -> None:
    """Have a daily map wait for its leaves; a transaction of the id it waits under."""
    numbers, commitments = [row.number for row in rows], [row.commitment for row in rows]
    await connection.execute(_QUERIES["enqueue_map"], rows[0].resident_id, numbers, commitments)


async def last_numbers(connection: Connection, after: UUID, limit: int) -> list[Record]:
    """The next chains in the order of ids: last number, salt of the first event; of ``mapping``."""
    return await connection.fetch(_QUERIES["last_numbers"], after, limit)


async def waiting(connection: Connection) -> int:
    """How many events wait for their leaf."""
    count: int = await connection.fetchval(_QUERIES["waiting"])
    return count


async def pending_of(connection: Connection, commitments: Sequence[bytes]) -> list[Pending]:
    """Those waiting events whose commitment is among these."""
    rows = await connection.fetch(_QUERIES["pending_of"], commitments)
    return [Pending(*row) for row in rows]


async def see_one_moment(connection: Connection) -> datetime:
    """Begin a verification: all that follows in this transaction is as of the answered moment."""
    await connection.execute(_QUERIES["one_snapshot"])
    moment: datetime = await connection.fetchval(_QUERIES["moment"])
    return moment


def every_event(connection: Connection) -> CursorFactory[Record]:
    """The whole log by resident and number, with each event's leaf and its chain's state."""
    return connection.cursor(_QUERIES["every_event"], prefetch=_PREFETCHED)


async def chains_without_events(connection: Connection) -> list[Record]:
    """Chains that say something happened while no event is left."""
    return await connection.fetch(_QUERIES["chains_without_events"])


async def leaves_without_events(connection: Connection) -> list[Record]:
    """Leaves whose event is gone."""
    return await connection.fetch(_QUERIES["leaves_without_events"])


async def every_pending(connection: Connection) -> list[Pending]:
    """All events that wait for their leaf."""
    return [Pending(*row) for row in await connection.fetch(_QUERIES["every_pending"])]


async def place(connection: Connection, placed: Sequence[tuple[Pending, int]]) -> None:
    """Note each event's leaf and take it out of the queue."""
    residents = [event.resident_id for event, _ in placed]
    numbers = [event.number for event, _ in placed]
    indexes = [leaf_index for _, leaf_index in placed]
    await connection.execute(_QUERIES["place"], residents, numbers, indexes)
    await connection.execute(_QUERIES["finish"], residents, numbers)
