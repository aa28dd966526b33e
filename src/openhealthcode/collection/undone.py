"""What is delivered again does not undo a change that was made since by the entry's id (ADR 56).

A sender's name finds the entry it had, and what it says now becomes the next version. Sent again after
somebody corrected the entry itself, an old Bundle would put the old content on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from openhealthcode.collection.model import Delivery, DeliveryOutdated, Resource
from openhealthcode.database import Connection
from openhealthcode.record import Manner
from openhealthcode.record import writing as record
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import ResidentKeys

_BY_ID: Final = frozenset({Manner.UPDATE, Manner.PATCH})


@dataclass(frozen=True, slots=True)
class Placed:
    """A delivery, the entry it becomes, and what was known of it before.

    Args:
        is_revived: it was deleted before.
        is_outdated: it says what the entry said before somebody changed it.
    """

    delivery: Delivery
    entry_id: EntryId
    before: record.FiledBefore | None
    source_token: bytes
    content_token: bytes
    is_revived: bool = False
    is_outdated: bool = False

    @property
    def version(self) -> int:
        """The version it becomes, or is already."""
        return 1 if self.before is None else self.before.version + (not self.is_unchanged)

    @property
    def is_unchanged(self) -> bool:
        """Whether the newest version says the same, or says what came after it."""
        return (
            self.before is not None
            and not self.is_revived
            and (self.is_outdated or self.before.content_token == self.content_token)
        )


async def not_undone(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    placed: Sequence[Placed],
) -> list[Placed]:
    """The same, where what the entry said before its change is left as it is.

    Raises:
        DeliveryOutdated: something it never said, last updated before it was changed; which of the two
            is right, the sender has to say.
    """
    named = [one.entry_id for one in placed if _is_by_name(one)]
    if not named:
        return list(placed)
    past = await record.past(connection, keys, resident_id, named)
    return [
        replace(one, is_outdated=_is_outdated(one, past[one.entry_id])) if _is_by_name(one) else one
        for one in placed
    ]


def _is_by_name(placed: Placed) -> bool:
    """Whether it would change an entry that was found by its sender's name."""
    before = placed.before
    return (
        placed.delivery.target is None
        and before is not None
        and before.version > 1
        and not placed.is_unchanged
    )


def _is_outdated(placed: Placed, past: record.Past) -> bool:
    if past.manner not in _BY_ID:
        return False
    if placed.content_token in past.contents:
        return True
    updated_at = _last_updated(placed.delivery.resource)
    if updated_at is None or updated_at >= past.filed_at:
        return False
    if placed.delivery.resource["resourceType"] == "Patient":
        return True  # comes along with every Bundle, from whoever has seen the person
    raise DeliveryOutdated


def _last_updated(resource: Resource) -> datetime | None:
    """When its sender says it was last updated."""
    meta = resource.get("meta")
    said = meta.get("lastUpdated") if isinstance(meta, dict) else None
    with suppress(ValueError):
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
        return found.replace(tzinfo=found.tzinfo or UTC) if found else None
    return None
