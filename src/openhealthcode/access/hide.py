"""Residents close single entries, and open them again.

What refers to a closed entry is closed with it, as with every closed kind: else a result without its
visit would betray that there is one. Which entries a resident chose is what the log says, newest
first; what each entry carries as a label follows from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode import audit, collection, consent, identity
from openhealthcode.access import looking
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, announce, enter, load_queries, transaction
from openhealthcode.record.links import Linked, spread
from openhealthcode.standards import InvalidInput, NotFound, SensitiveCategory
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, ResidentKeys, UnknownKey

_QUERIES = load_queries("openhealthcode.access", "hide.sql")
_CHOICES: Final = (audit.Action.RECORD_HIDE, audit.Action.RECORD_REVEAL)
_CHOSEN: Final = frozenset({SensitiveCategory.CHOSEN})
_NONE: Final[frozenset[SensitiveCategory]] = frozenset()

Kinds = frozenset[SensitiveCategory]


@dataclass(frozen=True, slots=True)
class _Record:
    """The current entries of a record with the closed kinds and the links of each."""

    rows: Sequence[asyncpg.Record]
    carried: Sequence[Kinds]
    links: Sequence[Linked]

    def closed_with(self, entry_ids: frozenset[EntryId]) -> frozenset[EntryId]:
        """These entries and whatever refers to them, however far."""
        marked = [
            Linked(one.names, one.references, _CHOSEN if row["entry_id"] in entry_ids else _NONE)
            for row, one in zip(self.rows, self.links, strict=True)
        ]
        return frozenset(
            row["entry_id"] for row, kinds in zip(self.rows, spread(marked), strict=True) if kinds
        )

    def labels(self, entry_ids: frozenset[EntryId], *, is_closed: bool) -> dict[EntryId, Kinds]:
        """What these entries carry once they are closed, or open again, by the resident's choice."""
        return {
            row["entry_id"]: kinds | _CHOSEN if is_closed else kinds - _CHOSEN
            for row, kinds in zip(self.rows, self.carried, strict=True)
            if row["entry_id"] in entry_ids
        }


async def hide_entry(pool: Pool, keys: Keys, resident_id: ResidentId, entry_id: EntryId) -> None:
    """Close one entry: a general consent or an emergency no longer opens it, nor its absence shows.

    A consent apart for what the resident chose opens it, as it opens every closed kind.

    Raises:
        NotFound: no such entry in this record.
        InvalidInput: who one is cannot be closed entry by entry.
    """
    named = resident_id
    async with transaction(pool, resident=named) as connection:
        resident_id = await _filed_under(connection, keys, resident_id, entry_id)
        await audit.hold(connection, resident_id)
        row = await _entry(connection, resident_id, entry_id)
        await _log(connection, keys, resident_id, audit.Action.RECORD_HIDE, row)
        record = await _record(connection, keys.of(resident_id), resident_id)
        closed = record.labels(record.closed_with(frozenset({entry_id})), is_closed=True)
        await collection.relabel(connection, keys.of(resident_id), resident_id, closed)
        await _tell(connection, keys, {named, resident_id})


async def reveal_entry(pool: Pool, keys: Keys, resident_id: ResidentId, entry_id: EntryId) -> None:
    """Open an entry again that the resident had closed; whoever calls has verified who asks.

    What else is closed by another choice stays so. What was allowed at visits ends: it was allowed
    beside a preview without this entry.

    Raises:
        NotFound: the resident has not closed this entry.
    """
    named = resident_id
    async with transaction(pool, resident=named) as connection:
        resident_id = await _filed_under(connection, keys, resident_id, entry_id)
        await audit.hold(connection, resident_id)
        chosen = await _chosen(connection, keys, resident_id)
        if entry_id not in chosen:
            raise NotFound
        row = await _entry(connection, resident_id, entry_id)
        logged = await _log(connection, keys, resident_id, audit.Action.RECORD_REVEAL, row)
        record = await _record(connection, keys.of(resident_id), resident_id)
        still = record.closed_with(chosen - {entry_id})
        opened = record.labels(record.closed_with(frozenset({entry_id})) - still, is_closed=False)
        await collection.relabel(connection, keys.of(resident_id), resident_id, opened)
        await consent.end_visits(connection, keys, resident_id, logged)
        await _tell(connection, keys, {named, resident_id})


async def hidden_entries(pool: Pool, keys: Keys, resident_id: ResidentId) -> frozenset[EntryId]:
    """The entries this resident has closed; not those that are closed with them."""
    chosen: frozenset[EntryId] = frozenset()
    async with transaction(pool, resident=resident_id) as connection:
        for one in await _ids(connection, keys, resident_id):
            await enter(connection, resident=one)
            with suppress(UnknownKey, DestroyedKey):  # that account was closed
                chosen |= await _chosen(connection, keys, one)
    return chosen


async def _tell(connection: Connection, keys: Keys, residents: Iterable[ResidentId]) -> None:
    """Wake the pages of whichever of the person's ids they follow."""
    for one in residents:
        await announce(connection, consent.topic_of(keys, one))


async def _filed_under(
    connection: Connection, keys: Keys, resident_id: ResidentId, entry_id: EntryId
) -> ResidentId:
    """Under which of the person's ids an entry lies; the transaction is turned to that one."""
    for one in await _ids(connection, keys, resident_id):
        await enter(connection, resident=one)
        if await connection.fetchrow(_QUERIES["current"], one, entry_id) is not None:
            return one
    await enter(connection, resident=resident_id)
    return resident_id


async def _ids(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[ResidentId, ...]:
    """The person's ids; whoever acts for the resident acts for one."""
    if audit.is_represented(resident_id):
        return (resident_id,)
    return await identity.ids_of(connection, keys, resident_id)


async def _chosen(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> frozenset[EntryId]:
    chosen: set[EntryId] = set()
    for line in await log.of_actions(connection, keys, resident_id, _CHOICES):
        named = {EntryId(UUID(bytes=item[0])) for item in line.detail.get("items", ())}
        if line.action == audit.Action.RECORD_HIDE:
            chosen |= named
        else:
            chosen -= named
    return frozenset(chosen)


async def _entry(
    connection: Connection, resident_id: ResidentId, entry_id: EntryId
) -> asyncpg.Record:
    row = await connection.fetchrow(_QUERIES["current"], resident_id, entry_id)
    if row is None:
        raise NotFound
    if row["type"] == "Patient":
        raise InvalidInput("who one is cannot be closed entry by entry")
    return row


async def _record(connection: Connection, keys: ResidentKeys, resident_id: ResidentId) -> _Record:
    """How the entries of a record refer to each other; nothing is opened for it."""
    rows = await connection.fetch(_QUERIES["linked_record"], resident_id)
    links = [Linked.as_filed(row["tokens"]) for row in rows]
    carried = [keys.labels.sensitivity(row["sensitivity_token"]) for row in rows]
    return _Record(rows, carried, links)


async def _log(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    action: audit.Action,
    row: asyncpg.Record,
) -> audit.Appended:
    event = audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        detail={"items": looking.items([row])},
    )
    return await audit.append(connection, keys, resident_id, event, changes_consent=True)
