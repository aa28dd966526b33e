"""A system searches inside one resident's record; what it may not see is neither shown nor counted.

Decision before paging: totals and page borders are those of the permitted entries, so that a
withheld entry leaves no gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.asking import asking
from openhealthcode.access.children import admission
from openhealthcode.access.looking import Choice, Choices, Look, PersonRows, Row
from openhealthcode.access.read import choose_for_system, system_event
from openhealthcode.consent import Because, Provisions, Rule
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.record import Order, Search
from openhealthcode.record.reading import Entry
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, Labels, ResidentKeys, UnreadableId

_QUERIES = load_queries("openhealthcode.access")
_GROUPS = 4
_FIRST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)
_LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the sort key of its last entry (a day or a chain number) and its id."""

    key: int
    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: permitted entries in order, how many there are, where to go on."""

    entries: tuple[Entry, ...] = field(repr=False)
    total: int
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class _Matching:
    """The selection of a search."""

    search: Search
    entry_ids: list[EntryId] | None
    institution_id: InstitutionId
    known: tuple[int, Provisions]
    """What the resident has said, and the version of it; it holds while that is still the version."""
    keys: Keys = field(repr=False)

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "search"

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        groups = [[labels.token(text) for text in group] for group in self.search.tokens]
        days = self.search.days
        filed = self.search.filed
        return (
            self.search.type,
            self.entry_ids,
            *groups,
            *[None] * (_GROUPS - len(groups)),
            None if days is None else [start or date.min for start, _ in days],
            None if days is None else [stop or date.max for _, stop in days],
            None if filed is None else [start or _FIRST_MOMENT for start, _ in filed],
            None if filed is None else [stop or _LAST_MOMENT for _, stop in filed],
            self.known[0],
            *self._at_most_shown(labels),
            self.institution_id,
        )

    def under(self, resident_id: ResidentId) -> _Matching:
        """See ``Selection``."""
        return replace(
            self,
            entry_ids=_entries_named(self.keys, resident_id, self.search),
            known=looking.known_provisions(resident_id),
        )

    def _at_most_shown(self, labels: Labels) -> tuple[list[bytes], list[bytes]]:
        """Categories and closed kinds of which this institution could ever see something.

        Only the decision says what it does see; this keeps back what nobody has to weigh. Without
        it the work for an answer would tell how much of a record is closed.
        """
        permits = [
            one
            for one in self.known[1]
            if one.rule is Rule.PERMIT and one.institution_id in (None, self.institution_id)
        ]
        categories = frozenset(each for one in permits for each in one.categories)
        opened = {one.sensitive for one in permits}
        return (
            [labels.token_of(each) for each in categories],
            [
                token
                for kinds, token in labels.sensitivities()
                if any(kinds <= one for one in opened)
            ],
        )


async def search_entries(
    pool: Pool, keys: Keys, *, system: SystemAccess, search: Search, after: Cursor | None = None
) -> Page:
    """One page of what a search finds and this system may see.

    Raises:
        NotFound: no such resident; an unreadable id says the same.
        InvalidInput: more than four conditions on codes at once.
    """
    if len(search.tokens) > _GROUPS:
        raise InvalidInput("at most four conditions on codes can be combined")
    try:
        resident_id, _ = keys.open_id(search.patient)
    except UnreadableId:
        raise NotFound from None
    resident_keys = keys.of(resident_id)
    who = await asking(pool, system.institution_id)
    admitted = await admission(pool, keys, resident_id, system.institution_id, system.system_id)

    def choose(seen: Look) -> Choice:
        return choose_for_system(seen, seen.rows, system, (who, admitted), resident_keys.labels)

    found = _Found(search, after)

    def together(choices: Choices) -> Choices:
        return {
            one: replace(
                choice,
                rows=rows,
                event=system_event(
                    system, rows, choice.consent_ids, _because(choice.event), admitted
                ),
            )
            for (one, choice), rows in zip(choices.items(), found.page_of(choices), strict=True)
        }

    selection = _Matching(
        search,
        _entries_named(keys, resident_id, search),
        system.institution_id,
        looking.known_provisions(resident_id),
        keys,
    )
    async with transaction(pool, resident=resident_id) as connection:
        _, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, selection, choose, together
        )
        groups = _groups(resident_id, resident_keys, choice.rows)
        bodies: dict[UUID, bytes] = {}
        for one, _, rows in groups:
            if len(groups) > 1:
                await enter(connection, resident=one)
            bodies |= await _bodies(connection, one, rows)
    entries = {
        entry.entry_id: entry
        for _, owner, rows in groups
        for entry in looking.open_rows(owner, rows, bodies)
    }
    return Page(tuple(entries[row["entry_id"]] for row in found.shown), found.total, found.next)


class _Found:
    """What a search finds of a person, under whichever id it lies, and the page of it."""

    def __init__(self, search: Search, after: Cursor | None) -> None:
        self._search, self._after = search, after
        self.shown: list[Row] = []
        self.total = 0
        self.next: Cursor | None = None

    def page_of(self, choices: Choices) -> list[list[Row]]:
        """Of what may be shown under each id, what is on the page; a page is that of all."""
        rows = [row for choice in choices.values() for row in choice.rows]
        page = _page(rows, self._search, self._after)
        self.shown, self.total = page[: self._search.count], len(rows)
        is_last = len(page) <= self._search.count
        self.next = None if is_last else _cursor(self.shown[-1], self._search.order)
        on_page = {row["entry_id"] for row in self.shown}
        return [
            [row for row in choice.rows if row["entry_id"] in on_page]
            for choice in choices.values()
        ]


def _because(event: audit.Event) -> Because:
    return Because(str(event.detail["because"]))


def _groups(
    resident_id: ResidentId, keys: ResidentKeys, rows: list[Row]
) -> tuple[tuple[ResidentId, ResidentKeys, list[Row]], ...]:
    """The rows by the id they lie under."""
    return rows.groups if isinstance(rows, PersonRows) else ((resident_id, keys, rows),)


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


def _page(rows: list[Row], search: Search, after: Cursor | None) -> list[Row]:
    """The page after a cursor, with one entry more if there is a next one."""
    newest_first = search.order in (Order.NEWEST, Order.FILED_LAST)
    ordered = sorted(rows, key=lambda row: _key(row, search.order), reverse=newest_first)
    if after is not None:
        last = (after.key, after.entry_id.int)
        ordered = [
            row
            for row in ordered
            if (_key(row, search.order) < last if newest_first else _key(row, search.order) > last)
        ]
    return ordered[: search.count + 1]


def _key(row: Row, order: Order) -> tuple[int, int]:
    by_day = order in (Order.NEWEST, Order.OLDEST)
    return (row["day"].toordinal() if by_day else row["filed_number"], row["entry_id"].int)


def _cursor(row: Row, order: Order) -> Cursor:
    key, _ = _key(row, order)
    return Cursor(key, row["entry_id"])
