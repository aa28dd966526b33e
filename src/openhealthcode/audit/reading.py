"""A resident's own log, opened. Only ``access`` may import this module.

Each line is checked against what it committed to when it was written, so that a line somebody
altered in the database says so even before anybody runs the whole check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from openhealthcode.audit import rules, store
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, KeyClass, Keys, ResidentKeys, UnreadableSeal, log_aad

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


@dataclass(frozen=True, slots=True)
class SystemRead:
    """One time a system was given entries of a resident, which its institution may have kept."""

    at: datetime
    institution_id: UUID
    entry_ids: frozenset[UUID]


async def system_reads(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> list[SystemRead]:
    """Everything institutions' systems were given; ``connection`` is the resident's."""
    resident_keys = keys.of(resident_id)
    return [
        SystemRead(
            row["recorded_at"], row["institution_id"], _entries(resident_keys, resident_id, row)
        )
        for row in await store.read_by_systems(connection, resident_id)
    ]


def _entries(keys: ResidentKeys, resident_id: ResidentId, row: rules.Columns) -> frozenset[UUID]:
    try:
        plain = keys.open(KeyClass.LOG, log_aad(resident_id, row["number"]), row["detail"])
    except (DestroyedKey, UnreadableSeal):
        return frozenset()
    return frozenset(UUID(bytes=item[0]) for item in _DECODER.decode(plain).get("items", ()))


def _line(keys: ResidentKeys, resident_id: ResidentId, row: rules.Columns) -> LogLine:
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
    keys: ResidentKeys, resident_id: ResidentId, row: rules.Columns
) -> tuple[Mapping[str, Any], bool]:
    if not rules.is_what_it_committed_to(resident_id, row):
        return {}, False
    try:
        plain = keys.open(KeyClass.LOG, log_aad(resident_id, row["number"]), row["detail"])
        return _DECODER.decode(plain), True
    except DestroyedKey:
        return {}, True
    except UnreadableSeal:
        return {}, False
