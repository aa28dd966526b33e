"""Go again through what was filed, when a new edition of the sensitive map is in force.

What the edition closes is closed in entries of every age, in all their versions, and in whatever
refers to them; each resident's log says so. What an edition no longer lists stays closed in what was
filed before: nobody previewed it, and a consent shows no more than what its resident saw listed.

A run goes through the residents by their ids and notes how far it got, so that it goes on where it
stopped. Whatever is filed meanwhile is read by the edition in force already.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from openhealthcode import audit, terminology
from openhealthcode.audit import UnknownChain
from openhealthcode.collection.closing import Kinds, names_of, telling_names, told_by_names
from openhealthcode.collection.references import all_references
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.record import READER, betrayed_by
from openhealthcode.record import writing as record
from openhealthcode.record.links import Linked, spread
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.terminology import SensitiveMap
from openhealthcode.trust import Keys, UnknownKey

_QUERIES = load_queries("openhealthcode.collection")
_AT_ONCE: Final = 20
_LEASE: Final = timedelta(minutes=2)
_PLATFORM: Final = UUID(int=0)
_REGISTERED: Final = ("Organization/", "Practitioner/")
_NONE: Final[Kinds] = frozenset()


@dataclass(frozen=True, slots=True)
class Rereading:
    """How far a run got, for the reviewers' page."""

    edition: str
    started_at: datetime
    finished_at: datetime | None
    residents: int
    closed: int
    """Entries that were open before."""


async def reread(pool: Pool, keys: Keys, *, seconds: float) -> bool:
    """Go on with the run for the edition in force; whether anything is left to do here.

    Args:
        pool: of the record.
        keys: the residents'.
        seconds: when to stop and let others work.
    """
    run = await _run(pool, keys)
    if run is None:
        return False
    number, reached = run
    stop_at = time.monotonic() + seconds
    while True:
        async with transaction(pool, task="verification") as connection:
            found = await audit.chains_after(connection, reached, _AT_ONCE)
        closed = 0
        for resident_id in found:
            closed += await reread_resident(pool, keys, ResidentId(resident_id))
        is_done = len(found) < _AT_ONCE
        step = _Step(
            start=reached,
            reached=found[-1] if found else reached,
            residents=len(found),
            closed=closed,
            is_done=is_done,
        )
        if not await _advance(pool, number, step):
            return False  # somebody else went on: the lease was over
        reached = step.reached
        if is_done:
            return False
        if time.monotonic() >= stop_at:
            await pool.execute(_QUERIES["release_reread"], number, datetime.now(UTC))
            return True


async def last_rereading(pool: Pool) -> Rereading | None:
    """The run that goes on or went last; None before there was any."""
    row = await pool.fetchrow(_QUERIES["newest_reread"])
    if row is None:
        return None
    return Rereading(
        row["edition"], row["started_at"], row["finished_at"], row["residents"], row["closed"]
    )


async def reread_resident(pool: Pool, keys: Keys, resident_id: ResidentId) -> int:
    """Close what the edition in force closes in one record; how many entries were open before.

    Nothing is filed or shown meanwhile: the resident's chain is held, and a look that was decided
    before finds it moved.
    """
    try:
        async with transaction(pool, resident=resident_id) as connection:
            return await _reread(pool, connection, keys, resident_id)
    except (UnknownChain, UnknownKey):
        return 0  # closed meanwhile


async def _reread(pool: Pool, connection: Connection, keys: Keys, resident_id: ResidentId) -> int:
    await audit.hold(connection, resident_id)
    by = await terminology.in_force(connection, keys)
    resident_keys = keys.of(resident_id)
    versions = await record.versions(connection, resident_keys, resident_id)
    found = await _found(pool, versions, by)
    widened = _widened(versions, found)
    if widened:
        newest = {version.entry_id: version for version in versions}
        await record.close(connection, resident_keys, resident_id, widened)
        event = audit.Event(
            action=audit.Action.RECORD_RELABEL,
            agent=audit.Agent(audit.AgentKind.PLATFORM, _PLATFORM),
            detail={
                "edition": by.edition.version,
                "items": [
                    (entry_id.bytes, one.number, one.digest)
                    for entry_id, one in newest.items()
                    if entry_id in widened
                ],
            },
        )
        await audit.append(connection, keys, resident_id, event)
    return len(widened)


async def _found(pool: Pool, versions: Sequence[record.Version], by: SensitiveMap) -> list[Kinds]:
    """What each version betrays by itself, and by the names of whoever it names."""
    resources = [orjson.loads(version.body) for version in versions]
    named = {
        reference
        for resource in resources
        for reference in all_references(resource)
        if reference.startswith(_REGISTERED) and _is_ours(reference)
    }
    owners = {version.institution_id for version in versions}
    names: dict[str, Iterable[str]] = {}
    for owner in owners:
        names.update(await names_of(pool, named, owner))
    telling = telling_names(names, by)
    return [
        betrayed_by(resource, by) | told_by_names(resource, version.institution_id, telling)
        for resource, version in zip(resources, versions, strict=True)
    ]


def _is_ours(reference: str) -> bool:
    """Whether it names an institution or practitioner of the registry."""
    try:
        UUID(reference.partition("/")[2])
    except ValueError:
        return False
    return True


def _widened(versions: Sequence[record.Version], found: Sequence[Kinds]) -> Mapping[EntryId, Kinds]:
    """The entries that carry more than they did, and all that they carry from now on."""
    before: dict[EntryId, Kinds] = {}
    kinds: dict[EntryId, Kinds] = {}
    links: dict[EntryId, frozenset[bytes]] = {}
    for version, betrayed in zip(versions, found, strict=True):
        entry_id = version.entry_id
        before[entry_id] = before.get(entry_id, _NONE) | version.sensitive
        kinds[entry_id] = kinds.get(entry_id, before[entry_id]) | before[entry_id] | betrayed
        links[entry_id] = links.get(entry_id, frozenset()) | version.tokens
    carried = spread([Linked.as_filed(links[each], kinds[each]) for each in kinds])
    return {
        entry_id: carries
        for entry_id, carries in zip(kinds, carried, strict=True)
        if carries != before[entry_id]
    }


async def _run(pool: Pool, keys: Keys) -> tuple[int, UUID] | None:
    """The run to go on with, leased to this process, and where it stands; None if there is none."""
    by = await terminology.in_force(pool, keys)
    reading = sha256(READER.encode() + by.digest).digest()
    now = datetime.now(UTC)
    newest = await pool.fetchrow(_QUERIES["newest_reread"])
    if newest is not None and newest["reading"] == reading and newest["finished_at"] is not None:
        return None
    number: int = newest["run"] if newest is not None else 0
    if newest is None or newest["reading"] != reading:
        number += 1
        await pool.execute(_QUERIES["begin_reread"], number, reading, by.edition.version, now)
    leased = await pool.fetchrow(_QUERIES["lease_reread"], number, now, now + _LEASE)
    return None if leased is None else (number, leased["reached"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """From where to where a run went, and what it did there."""

    start: UUID
    reached: UUID
    residents: int
    closed: int
    is_done: bool


async def _advance(pool: Pool, run: int, step: _Step) -> bool:
    now = datetime.now(UTC)
    row = await pool.fetchrow(
        _QUERIES["advance_reread"],
        run,
        step.start,
        step.reached,
        now + _LEASE,
        now if step.is_done else None,
        step.residents,
        step.closed,
    )
    return row is not None
