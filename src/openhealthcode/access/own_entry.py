"""Residents look at one entry of their own: every version of it, who filed each, and what it names.

An entry that was corrected, entered in error or deleted is shown as such, with what stood there
before: to its resident nothing that was filed about them is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.acting import seen_through
from openhealthcode.access.looking import Choice, Choices, Look, PersonRows, Row
from openhealthcode.access.model import Selection
from openhealthcode.database import Pool, transaction
from openhealthcode.record import Origin
from openhealthcode.record.reading import Entry, open_origin, opener
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, Labels, UnreadableId


@dataclass(frozen=True, slots=True)
class _Versions:
    """Every version of one entry."""

    entry_id: EntryId

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "own_versions"

    def parameters(self, _labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        return (self.entry_id,)

    def under(self, _resident_id: ResidentId) -> _Versions:
        """See ``Selection``."""
        return self


@dataclass(frozen=True, slots=True)
class _Named:
    """The current versions of some entries."""

    entry_ids: tuple[EntryId, ...]

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "own_named"

    def parameters(self, _labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        return (list(self.entry_ids),)

    def under(self, _resident_id: ResidentId) -> _Named:
        """See ``Selection``."""
        return self


@dataclass(frozen=True, slots=True)
class OwnVersion:
    """One version of an entry, and where it comes from.

    Args:
        entry: as any entry; its body is empty where this version says: deleted.
        filed_at: when it was filed.
        origin: who brought it, how, out of which document.
        is_deletion: the entry is gone with it.
    """

    entry: Entry
    filed_at: datetime
    origin: Origin = field(repr=False)
    is_deletion: bool


async def own_versions(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    entry_id: EntryId,
    *,
    action: audit.Action = audit.Action.RECORD_OWN_VIEW,
) -> tuple[OwnVersion, ...]:
    """Every version of one of the resident's entries, the newest first; logged like every look.

    Whoever acts for them is shown what their mandate covers.

    Raises:
        NotFound: there is no such entry, or it is not there for whoever looks.
    """
    groups = await _look(pool, keys, resident_id, _Versions(entry_id), action)
    found = [_opened(keys, one, row) for one, rows in groups for row in rows]
    return tuple(sorted(found, key=lambda one: one.entry.version, reverse=True))


async def own_named(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    fhir_ids: Iterable[str],
    *,
    action: audit.Action = audit.Action.RECORD_OWN_VIEW,
) -> tuple[Entry, ...]:
    """Those of the resident's entries that one of them names, as they are now; logged.

    What is another resident's, gone, or not there for whoever looks is left out.
    """
    named = frozenset(entry_id for one in fhir_ids if (entry_id := _entry_of(keys, one)))
    if not named:
        return ()
    try:
        groups = await _look(pool, keys, resident_id, _Named(tuple(sorted(named))), action)
    except NotFound:
        return ()
    return tuple(_entry(keys, one, row) for one, rows in groups for row in rows)


def _entry_of(keys: Keys, fhir_id: str) -> EntryId | None:
    try:
        return EntryId(keys.open_id(fhir_id)[1])
    except UnreadableId:
        return None


async def _look(
    pool: Pool, keys: Keys, resident_id: ResidentId, selection: Selection, action: audit.Action
) -> tuple[tuple[ResidentId, list[Row]], ...]:
    """The rows under each id of the person; logged and committed when this returns."""
    labels = keys.of(resident_id).labels
    async with transaction(pool, resident=resident_id) as connection:
        through = await seen_through(connection, keys, resident_id)
        choose = partial(_chosen, resident_id, action, labels, through)
        _, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, selection, choose, _something
        )
    if isinstance(choice.rows, PersonRows):
        return tuple((one, rows) for one, _, rows in choice.rows.groups)
    return ((resident_id, choice.rows),)


def _chosen(
    resident_id: ResidentId,
    action: audit.Action,
    labels: Labels,
    through: Callable[[Iterable[Row]], list[Row]],
    seen: Look,
) -> Choice:
    rows = through(row for row in seen.rows if labels.category(row["category_token"]) is not None)
    event = audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"items": looking.items(rows)} if rows else {},
    )
    return Choice(rows, event, seen.at)


def _something(choices: Choices) -> Choices:
    """What there is; where there is nothing, nothing is logged, and all is as if never asked."""
    if not any(choice.rows for choice in choices.values()):
        raise NotFound
    return choices


def _opened(keys: Keys, resident_id: ResidentId, row: Row) -> OwnVersion:
    origin = open_origin(keys.of(resident_id), resident_id, row["filed_number"], row["origin"])
    return OwnVersion(_entry(keys, resident_id, row), row["filed_at"], origin, row["is_deletion"])


def _entry(keys: Keys, resident_id: ResidentId, row: Row) -> Entry:
    entry_id, version = row["entry_id"], row["version"]
    resident_keys = keys.of(resident_id)
    body = b"" if row["is_deletion"] else opener(resident_keys)(entry_id, version, row["body"])
    day: date | None = None if row["day"] == date.min else row["day"]
    return Entry(
        EntryId(entry_id),
        version,
        row["type"],
        day,
        resident_keys.labels.category(row["category_token"]) or RecordCategory.DOCUMENTS,
        InstitutionId(row["institution_id"]),
        body,
    )
