"""A resident's own log, opened. Only ``access`` may import this module.

Each line is checked against what it committed to when it was written, so that a line somebody
altered in the database says so even before anybody runs the whole check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from openhealthcode.audit import store
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import (
    Columns,
    HistoryEvent,
    ReceiptEvent,
    ReceiptItem,
    is_what_it_committed_to,
)
from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    ResidentKeys,
    UnknownKey,
    UnreadableSeal,
    log_aad,
)

_FIRST_PAGE: Final = 2**63 - 1
_DECODER: Final = msgspec.msgpack.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event as its resident may read it."""

    number: int
    at: datetime
    action: str
    outcome: str
    purpose: str | None
    scene: str | None
    agent_kind: str
    agent_id: UUID
    institution_id: UUID | None
    detail: Mapping[str, Any] = field(repr=False)
    """As logged; empty once the log key is destroyed, or if the line was altered."""
    leaf_index: int | None
    """Its leaf in the public tree; None for the seconds until it has one."""
    is_intact: bool
    """False if the line is not what was written."""


async def lines(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[LogLine]:
    """A page of a resident's log, newest first.

    Args:
        connection: a transaction of this resident.
        keys: the installation's.
        resident_id: whose log.
        before: only lines with a smaller number; the last number of the page above.
        limit: lines at the most.
    """
    rows = await store.own_events(connection, resident_id, before or _FIRST_PAGE, limit)
    resident_keys = keys.of(resident_id)
    return [_line(resident_keys, resident_id, row) for row in rows]


async def numbered(
    connection: Connection, keys: Keys, resident_id: ResidentId, numbers: Sequence[int]
) -> list[tuple[LogLine, ReceiptEvent]]:
    """Events of a resident's log by number, as lines to read and as a receipt holds them.

    Args:
        connection: a transaction of this resident.
        keys: the installation's.
        resident_id: whose log.
        numbers: which; one that there is not is left out.
    """
    rows = await store.events_numbered(connection, resident_id, numbers)
    resident_keys = keys.of(resident_id)
    read = [(_line(resident_keys, resident_id, row), row) for row in rows]
    return [(line, _receipt_event(resident_id, line, row)) for line, row in read]


async def whole(
    connection: Connection, resident_id: ResidentId
) -> list[tuple[HistoryEvent, int | None]]:
    """Every event of a resident's log, oldest first, with its leaf; nothing is opened."""
    rows = await store.whole_log(connection, resident_id)
    return [
        (
            HistoryEvent(
                number=row["number"],
                at=row["recorded_at"],
                action=row["action"],
                outcome=row["outcome"],
                purpose=row["purpose"],
                scene=row["scene"],
                agent_kind=row["agent_kind"],
                agent=row["agent_id"],
                institution=row["institution_id"],
                detail=row["detail"],
                salt=row["salt"],
            ),
            row["leaf_index"],
        )
        for row in rows
    ]


async def counts(
    connection: Connection, first_leaf: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """How often what happened in a stretch of the public log, and where the next one begins.

    Args:
        connection: a transaction of the task ``supervision``.
        first_leaf: where the stretch begins.
        limit: leaves at the most.
    """
    size = await store.sequenced_size(connection)
    end_leaf = max(first_leaf, min(first_leaf + limit, size))
    rows = await store.counts_of_leaves(connection, first_leaf, end_leaf)
    return [dict(row) for row in rows], end_leaf


class LeafAct(NamedTuple):
    """That staff or a system did something with a record: where in the log, whose, which of the two."""

    leaf_index: int
    resident_id: UUID
    agent_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafLine:
    """An event of whatever resident, at its place in the public tree.

    Args:
        has_code: its agent identified the resident by a code, or at a desk, in the day before.
        was_withdrawn: refused, while the same agent was shown something before a withdrawal.
    """

    leaf_index: int
    resident_id: UUID
    at: datetime
    action: str
    outcome: str
    purpose: str | None
    scene: str | None
    agent_kind: str
    agent_id: UUID
    institution_id: UUID
    detail: Mapping[str, Any] = field(repr=False)
    has_code: bool
    was_withdrawn: bool


async def size(connection: Connection) -> int:
    """How many leaves the log has; in a transaction of the task ``supervision``."""
    return await store.sequenced_size(connection)


async def time_from(connection: Connection, leaf_index: int) -> datetime | None:
    """When the event of a leaf happened, or of the next one that has an event; None beyond all."""
    return await store.time_from_leaf(connection, leaf_index)


async def acts(
    connection: Connection, first_leaf: int, limit: int, actions: Sequence[str]
) -> tuple[list[LeafAct], int]:
    """Where staff and systems did something in a stretch of the log, and where the next one begins.

    Args:
        connection: a transaction of the task ``supervision``.
        first_leaf: where the stretch begins.
        limit: leaves at the most.
        actions: which.
    """
    size = await store.sequenced_size(connection)
    end_leaf = max(first_leaf, min(first_leaf + limit, size))
    rows = await store.acts_of_leaves(connection, first_leaf, end_leaf, actions)
    return [LeafAct(*row) for row in rows], end_leaf


async def leaves(connection: Connection, keys: Keys, leaf_indexes: Sequence[int]) -> list[LeafLine]:
    """What was done at these leaves, in their order; opened, which takes its time.

    Args:
        connection: a transaction of the task ``supervision``.
        keys: open what an event says; nothing where that is destroyed or altered.
        leaf_indexes: those of ``acts`` that matter.
    """
    if not leaf_indexes:
        return []
    rows = await store.accesses_at_leaves(connection, leaf_indexes)
    return [_leaf_line(keys, row) for row in rows]


def _leaf_line(keys: Keys, row: Columns) -> LeafLine:
    try:
        detail = _unsealed(keys.of(row["resident_id"]), row["resident_id"], row)
    except (DestroyedKey, UnknownKey, UnreadableSeal):
        detail = {}
    return LeafLine(
        leaf_index=row["leaf_index"],
        resident_id=row["resident_id"],
        at=row["recorded_at"],
        action=row["action"],
        outcome=row["outcome"],
        purpose=row["purpose"],
        scene=row["scene"],
        agent_kind=row["agent_kind"],
        agent_id=row["agent_id"],
        institution_id=row["institution_id"],
        detail=detail,
        has_code=row["has_code"],
        was_withdrawn=row["was_withdrawn"],
    )


def _receipt_event(resident_id: ResidentId, line: LogLine, row: Columns) -> ReceiptEvent:
    items = line.detail.get("items", ())
    return ReceiptEvent(
        resident=resident_id,
        number=line.number,
        at=line.at,
        action=line.action,
        outcome=line.outcome,
        purpose=line.purpose,
        scene=line.scene,
        agent_kind=line.agent_kind,
        agent=line.agent_id,
        institution=line.institution_id,
        detail=row["detail"],
        salt=row["salt"],
        items=tuple(
            ReceiptItem(UUID(bytes=entry), version, digest) for entry, version, digest in items
        ),
    )


async def of_actions(
    connection: Connection, keys: Keys, resident_id: ResidentId, actions: Sequence[str]
) -> list[LogLine]:
    """Every event of some rare kinds in a resident's log, in order."""
    rows = await store.events_of_actions(connection, resident_id, actions)
    return [_line(keys.of(resident_id), resident_id, row) for row in rows]


@dataclass(frozen=True, slots=True)
class SystemRead:
    """One time a system was given entries of a resident, which its institution may have kept."""

    at: datetime
    institution_id: UUID
    entry_ids: frozenset[UUID]
    consent_ids: frozenset[UUID]
    """By which consents, all of those that then allowed it."""


async def system_reads(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> list[SystemRead]:
    """Everything institutions' systems were given; ``connection`` is the resident's."""
    resident_keys = keys.of(resident_id)
    return [
        SystemRead(
            row["recorded_at"], row["institution_id"], *_named(resident_keys, resident_id, row)
        )
        for row in await store.read_by_systems(connection, resident_id)
    ]


async def shown_to_others(
    connection: Connection, keys: Keys, resident_id: ResidentId, after: int
) -> tuple[frozenset[UUID], int]:
    """The entries that somebody else was shown after an event, and the newest event's number.

    Raises:
        DestroyedKey: the account is closed.
    """
    resident_keys = keys.of(resident_id)
    # The newest first: what is logged between the two statements is followed the next time too.
    last = await store.last_number(connection, resident_id)
    rows = await store.shown_since(connection, resident_id, after)
    named = [_named(resident_keys, resident_id, row)[0] for row in rows]
    return frozenset[UUID]().union(*named), last


def _named(
    keys: ResidentKeys, resident_id: ResidentId, row: Columns
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The entries and the consents an event names."""
    try:
        detail = _unsealed(keys, resident_id, row)
    except (DestroyedKey, UnreadableSeal):
        return frozenset(), frozenset()
    entries = frozenset(UUID(bytes=item[0]) for item in detail.get("items", ()))
    return entries, frozenset(UUID(bytes=one) for one in detail.get("consents", ()))


def _line(keys: ResidentKeys, resident_id: ResidentId, row: Columns) -> LogLine:
    detail, is_intact = _open_detail(keys, resident_id, row)
    return LogLine(
        number=row["number"],
        at=row["recorded_at"],
        action=row["action"],
        outcome=row["outcome"],
        purpose=row["purpose"],
        scene=row["scene"],
        agent_kind=row["agent_kind"],
        agent_id=row["agent_id"],
        institution_id=row["institution_id"],
        detail=detail,
        leaf_index=row["leaf_index"],
        is_intact=is_intact,
    )


def _open_detail(
    keys: ResidentKeys, resident_id: ResidentId, row: Columns
) -> tuple[Mapping[str, Any], bool]:
    if not is_what_it_committed_to(resident_id, row):
        return {}, False
    try:
        return _unsealed(keys, resident_id, row), True
    except DestroyedKey:
        return {}, True
    except UnreadableSeal:
        return {}, False


def _unsealed(keys: ResidentKeys, resident_id: ResidentId, row: Columns) -> Mapping[str, Any]:
    plain = keys.open(KeyClass.LOG, log_aad(resident_id, row["number"]), row["detail"])
    return _DECODER.decode(plain)
