"""A system takes everything it may see of one record: page by page, or put together as a summary.

Source: FHIR R4, Patient/$everything; IPS, Patient/$summary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from openhealthcode.access import looking
from openhealthcode.access.looking import Look, Row
from openhealthcode.access.whole import InRecord, Rows, Seen, Wanted, look_as_system
from openhealthcode.database import Pool
from openhealthcode.record.reading import Entry
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

LARGEST_PAGE: Final = 1_000
"""Entries on a page, however many are asked for; nearly every record is one page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: when the first one was looked at, the last entry's sort key and its id."""

    as_of: datetime
    key: int
    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class Everything:
    """One page of what may be seen of a record, newest first, and how much that is."""

    entries: tuple[Entry, ...] = field(repr=False)
    total: int
    next: Mark | None
    at: datetime | None


_NOTHING: Final = Everything((), 0, None, None)


async def everything(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    patient: str,
    wanted: Wanted,
    count: int | None = None,
    after: Mark | None = None,
) -> Everything:
    """One page of everything of a record that this system may see.

    Who does not exist, or no longer does, has nothing; the same is said of one of whom this system
    may see nothing. What is filed for the first time after the first page is on none that follows.

    Args:
        patient: the FHIR id of the resident.
        count: entries on a page.
    """
    count = min(count or LARGEST_PAGE, LARGEST_PAGE)
    is_one_page = count == LARGEST_PAGE and after is None  # nearly always
    page = _Page(count, after)
    try:
        resident_id, _ = keys.open_id(patient)
        seen = await look_as_system(
            pool,
            keys,
            system=system,
            resident_id=resident_id,
            asked=InRecord(wanted, has_bodies=is_one_page),
            keep=page.keep,
        )
    except (UnreadableId, NotFound, UnknownKey, DestroyedKey):
        return _NOTHING
    return Everything(opened(keys, seen), page.total, page.next, seen.look.at)


def opened(keys: Keys, seen: Seen) -> tuple[Entry, ...]:
    """What was chosen and logged, decrypted; newest first, under whichever id it lies."""
    bodies = seen.bodies or None
    found = [
        entry
        for one, rows in seen.groups
        for entry in looking.open_rows(keys.of(one), rows, bodies)
    ]
    if len(seen.groups) > 1:
        found.sort(key=lambda entry: _key(entry.day, entry.entry_id), reverse=True)
    return tuple(found)


class _Page:
    """One page of a record under all ids of the person."""

    def __init__(self, count: int, after: Mark | None) -> None:
        self._count, self._after = count, after
        self.total = 0
        self.next: Mark | None = None

    def keep(self, look: Look, found: Rows) -> Rows:
        """Of what may be seen under each id, what is on this page."""
        as_of = self._after.as_of if self._after else look.at
        there = {one: list(filter(partial(_was_there, as_of), rows)) for one, rows in found.items()}
        self.total = sum(map(len, there.values()))
        if self._after is None and self.total <= self._count:
            return there
        keyed = sorted(
            (_key(row["day"], row["entry_id"]) for rows in there.values() for row in rows),
            reverse=True,
        )
        if self._after is not None:
            last = (self._after.key, self._after.entry_id.int)
            keyed = [key for key in keyed if key < last]
        page = frozenset(keyed[: self._count])
        if len(keyed) > self._count:
            key, entry_id = keyed[self._count - 1]
            self.next = Mark(as_of, key, EntryId(UUID(int=entry_id)))
        return {
            one: [row for row in rows if _key(row["day"], row["entry_id"]) in page]
            for one, rows in there.items()
        }


def _was_there(as_of: datetime, row: Row) -> bool:
    """Whether an entry had been filed by then; one that changed later is still shown."""
    return bool(row["version"] > 1 or row["filed_at"] <= as_of)


def _key(day: date | None, entry_id: UUID) -> tuple[int, int]:
    return (day or date.min).toordinal(), entry_id.int
