"""A system searches inside one resident's record; what it may not see is neither shown nor counted.

Decision before paging: totals and page borders are those of the permitted entries, so that a
withheld entry leaves no gap. Where it takes opened entries to know what fits, permitted ones are
opened inside the transaction; nothing of them leaves it before the event is durable.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import cast
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import budgets, looking, remembered
from openhealthcode.access.asking import asking_to_keep
from openhealthcode.access.children import Admission, admission
from openhealthcode.access.finding import Cursor, Found, Page
from openhealthcode.access.first_page import Asked, first_page, is_enough_for
from openhealthcode.access.looking import Choice, Choices, Look, PersonRows, Row
from openhealthcode.access.read import choose_for_system, system_event
from openhealthcode.access.whole import at_most_shown
from openhealthcode.consent import Because, Provisions
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.record import KINDS, Search
from openhealthcode.record.reading import Entry
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, Labels, ResidentKeys, UnreadableId

_QUERIES = load_queries("openhealthcode.access")
_GROUPS = 4
_COLUMNS = 11
"""Of a row of every look; ``search_opened`` adds one."""

_BEFORE_ANYTHING = 0
_FIRST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)
_LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)

_Groups = tuple[tuple[ResidentId, ResidentKeys, list[Row]], ...]


@dataclass(frozen=True, slots=True)
class _Matching:
    """The selection of a search."""

    search: Search
    entry_ids: list[EntryId] | None
    institution_id: InstitutionId
    known: tuple[int, Provisions]
    """What the resident has said, and the version of it; it holds while that is still the version."""
    keys: Keys = field(repr=False)
    resident_id: ResidentId
    searchable: frozenset[str] = frozenset()
    """The types the system's token lets it search."""
    after: Cursor | None = None

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "search_opened" if self.search.needs_opening else "search"

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        groups = [[labels.token(text) for text in group] for group in self.search.tokens]
        days = self.search.days
        filed = self.search.filed
        found = (
            self.search.type,
            self.entry_ids,
            *groups,
            *[None] * (_GROUPS - len(groups)),
            None if days is None else [start or date.min for start, _ in days],
            None if days is None else [stop or date.max for _, stop in days],
            None if filed is None else [start or _FIRST_MOMENT for start, _ in filed],
            None if filed is None else [stop or _LAST_MOMENT for _, stop in filed],
            self.known[0],
            *at_most_shown(self.known[1], self.institution_id, labels),
            self.institution_id,
            self._as_of(),
        )
        return (*found, self._other_types()) if self.search.needs_opening else found

    def under(self, resident_id: ResidentId) -> _Matching:
        """See ``Selection``."""
        return replace(
            self,
            entry_ids=_entries_named(self.keys, resident_id, self.search),
            known=remembered.known_provisions(resident_id),
            resident_id=resident_id,
        )

    def _as_of(self) -> int | None:
        """Before which event an entry had to be there; of an id merged since, none was."""
        if self.after is None:
            return None
        return dict(self.after.snapshots).get(self.resident_id, _BEFORE_ANYTHING)

    def _other_types(self) -> list[str]:
        """What conditions and includes may lead to, as far as the system's token reaches."""
        wanted: frozenset[str] = frozenset()
        for condition in self.search.conditions:
            wanted |= condition.types
        for include in self.search.includes:
            wanted |= {include.source} if include.is_reverse else include.targets
        return sorted(wanted & self.searchable)


@budgets.leasing
async def search_entries(
    pool: Pool, keys: Keys, *, system: SystemAccess, search: Search, after: Cursor | None = None
) -> Page:
    """One page of what a search finds and this system may see.

    Raises:
        NotFound: no such resident; an unreadable id says the same.
        InvalidInput: more than four conditions on codes at once.
        SearchTooWide: more would have to be opened or brought along than one search may.
    """
    if len(search.tokens) > _GROUPS:
        raise InvalidInput("at most four conditions on codes can be combined")
    try:
        resident_id, _ = keys.open_id(search.patient)
    except UnreadableId:
        raise NotFound from None
    labels = keys.of(resident_id).labels
    who = await asking_to_keep(pool, system.institution_id)
    admitted = await admission(pool, keys, resident_id, system.institution_id, system.system_id)
    named = _entries_named(keys, resident_id, search)
    if is_enough_for(search, after):
        asked = Asked(system, search, resident_id, named, (who, admitted))
        page = await first_page(pool, keys, asked)
        if page is not None:
            return page
    found = Found(search, after)
    numbers: list[int] = []

    def choose(seen: Look) -> Choice:
        numbers.append(seen.state.next_number)
        return choose_for_system(seen, seen.rows, system, (who, admitted), labels)

    def together(choices: Choices) -> Choices:
        begun = zip(choices, numbers, strict=True) if after is None else after.snapshots
        found.snapshots = dict(begun)
        return _paged(choices, found, keys, system, admitted)

    selection = _Matching(
        search,
        named,
        system.institution_id,
        remembered.known_provisions(resident_id),
        keys,
        resident_id,
        frozenset(one for one in KINDS if system.permits(one, "s")) | {search.type},
        after,
    )
    async with transaction(pool, resident=resident_id) as connection:
        _, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, selection, choose, together
        )
        groups = _groups(resident_id, keys.of(resident_id), choice.rows)
        bodies: dict[UUID, bytes] | None = None
        if not search.needs_opening:
            bodies = await _bodies_of(connection, groups)
    return _page(found, groups, bodies)


def _paged(
    choices: Choices, found: Found, keys: Keys, system: SystemAccess, admitted: Admission
) -> Choices:
    """Of what may be shown, one page, and the events that say so."""
    told = {}
    pages = found.page_of(choices, keys)
    for (one, choice), rows in zip(choices.items(), pages, strict=True):
        event = system_event(system, rows, choice.consent_ids, _because(choice.event), admitted)
        if found.is_only_counted and found.total:
            # Told how many there are: something was answered, and no entry shown.
            event = replace(event, outcome=audit.Outcome.DONE)
        told[one] = replace(choice, rows=rows, event=event)
    return told


def _page(found: Found, groups: _Groups, bodies: dict[UUID, bytes] | None) -> Page:
    """What is on the page, opened now that the event is durable."""
    entries: dict[EntryId, Entry] = {}
    for _, owner, rows in groups:
        plain = [cast("Row", row[:_COLUMNS]) for row in rows]
        for entry in looking.open_rows(owner, plain, bodies):
            entries[entry.entry_id] = entry
    return Page(
        entries=tuple(entries[row["entry_id"]] for row in found.shown),
        total=found.total,
        next=found.next,
        previous=found.previous,
        included=tuple(entries[row["entry_id"]] for row in found.brought),
    )


def _because(event: audit.Event) -> Because:
    return Because(str(event.detail["because"]))


def _groups(resident_id: ResidentId, keys: ResidentKeys, rows: list[Row]) -> _Groups:
    """The rows by the id they lie under."""
    return rows.groups if isinstance(rows, PersonRows) else ((resident_id, keys, rows),)


async def _bodies_of(connection: Connection, groups: _Groups) -> dict[UUID, bytes]:
    bodies: dict[UUID, bytes] = {}
    for one, _, rows in groups:
        if len(groups) > 1:
            await enter(connection, resident=one)
        bodies |= await _bodies(connection, one, rows)
    return bodies


async def _bodies(
    connection: Connection, resident_id: ResidentId, rows: list[Row]
) -> dict[UUID, bytes]:
    wanted = [row["entry_id"] for row in rows]
    found = await connection.fetch(_QUERIES["bodies"], resident_id, wanted)
    return {row["entry_id"]: row["body"] for row in found}


def _entries_named(keys: Keys, resident_id: ResidentId, search: Search) -> list[EntryId] | None:
    """The entries of this resident among the ids asked for; other ids name nothing here."""
    if not search.ids:
        return None
    named = []
    for text in search.ids:
        try:
            owner, entry_id = keys.open_id(text)
        except UnreadableId:
            continue
        if owner == resident_id:
            named.append(entry_id)
    return named
