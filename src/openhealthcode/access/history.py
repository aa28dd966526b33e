"""A system reads what was ever filed: the versions of one entry, or of everything of some types.

A version is shown by the same rules as an entry. That an entry was deleted is shown to whoever may
see what was deleted.

Source: FHIR R4, 3.1.0.12 (history).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from openhealthcode.access.everything import Mark
from openhealthcode.access.looking import Look, Row
from openhealthcode.access.whole import EverFiled, Rows, Seen, look_as_system
from openhealthcode.database import Pool
from openhealthcode.record.reading import opener
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

_LARGEST_PAGE: Final = 500
_USUAL_PAGE: Final = 100
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)


class Version(NamedTuple):
    """One version of an entry that may be shown; ``body`` is empty where it says: deleted."""

    type: str
    fhir_id: str
    version: int
    filed_at: datetime
    body: bytes

    def __repr__(self) -> str:
        return f"Version({self.type}, version={self.version})"


@dataclass(frozen=True, slots=True)
class Span:
    """Which versions of a history are asked for.

    Args:
        since: filed then or later.
        at: half-open; those that were current at some time in it.
        count: versions on a page, if it matters.
    """

    since: datetime | None = None
    at: tuple[datetime | None, datetime | None] | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One page of versions, the latest filing first, and how many there are."""

    versions: tuple[Version, ...] = field(repr=False)
    total: int
    next: Mark | None


async def history(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    types: frozenset[str],
    named: str,
    is_one_entry: bool,
    span: Span,
    after: Mark | None = None,
) -> History:
    """One page of a history, as far as this system may see it.

    Args:
        named: the FHIR id of the entry, or of the resident whose entries of these types are meant.

    Raises:
        NotFound: the entry has no version for this system, or never existed; which, it does not
            say. Of a resident's entries there may be none.
    """
    page = _Page(span, after)
    seen = None
    with suppress(UnreadableId, NotFound, UnknownKey, DestroyedKey):
        resident_id, entry_id = keys.open_id(named)
        seen = await look_as_system(
            pool,
            keys,
            system=system,
            resident_id=resident_id,
            asked=EverFiled(types, entry_id if is_one_entry else None),
            keep=page.keep,
        )
    if is_one_entry and not page.is_of_something:
        raise NotFound
    return History(_opened(keys, seen) if seen else (), page.total, page.next)


def _opened(keys: Keys, seen: Seen) -> tuple[Version, ...]:
    """What was chosen and logged, decrypted, in the order of the page."""
    found: list[tuple[tuple[int, int], Version]] = []
    for one, rows in seen.groups:
        open_body = opener(keys.of(one))
        for row in rows:
            entry_id, number = EntryId(row["entry_id"]), row["version"]
            sealed = seen.versions[entry_id, number]
            body = b"" if row["is_deletion"] else open_body(entry_id, number, sealed)
            fhir_id = keys.seal_id(one, entry_id)
            version = Version(row["type"], fhir_id, number, row["filed_at"], body)
            found.append((_key(row), version))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(version for _, version in found)


class _Page:
    """One page of a history under all ids of the person."""

    def __init__(self, span: Span, after: Mark | None) -> None:
        self._span, self._after = span, after
        self.is_of_something = False
        self.total = 0
        self.next: Mark | None = None

    def keep(self, look: Look, found: Rows) -> Rows:
        """Of what may be seen under each id, what is on this page."""
        as_of = self._after.as_of if self._after else look.at
        self.is_of_something = any(found.values())
        asked = {one: self._asked(rows, as_of) for one, rows in found.items()}
        self.total = sum(map(len, asked.values()))
        keyed = sorted((_key(row) for rows in asked.values() for row in rows), reverse=True)
        if self._after is not None:
            last = (self._after.key, self._after.entry_id.int)
            keyed = [key for key in keyed if key < last]
        count = min(self._span.count or _USUAL_PAGE, _LARGEST_PAGE)
        page = frozenset(keyed[:count])
        if len(keyed) > count:
            key, entry_id = keyed[count - 1]
            self.next = Mark(as_of, key, EntryId(UUID(int=entry_id)))
        return {one: [row for row in rows if _key(row) in page] for one, rows in asked.items()}

    def _asked(self, rows: list[Row], as_of: datetime) -> list[Row]:
        """The versions of one id that were filed by then, and since or at the time asked for."""
        replaced = _replaced(rows)
        start, stop = self._span.at or (None, None)
        return [
            row
            for row in rows
            if row["filed_at"] <= as_of
            and (self._span.since is None or row["filed_at"] >= self._span.since)
            and (stop is None or row["filed_at"] < stop)
            and (start is None or replaced.get((row["entry_id"], row["version"]), _NEVER) > start)
        ]


def _replaced(rows: list[Row]) -> dict[tuple[UUID, int], datetime]:
    """When a version was replaced by the one after it, as far as both may be seen."""
    return {(row["entry_id"], row["version"] - 1): row["filed_at"] for row in rows}


def _key(row: Row) -> tuple[int, int]:
    """By filing; no entry is filed twice at the same moment."""
    return (row["filed_at"] - _FIRST) // _STEP, row["entry_id"].int
