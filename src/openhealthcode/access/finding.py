"""What a search finds among the entries that may be shown: which of them fit, in order, by page.

Nothing here is asked of an entry that the decision withholds: not whether it fits, not whether
something else leads to it, not where it would stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from openhealthcode.access.looking import Choices, Row
from openhealthcode.record import Order, Resource, Search, matches, parameters, read_exactly
from openhealthcode.record.parameters import Place
from openhealthcode.record.reading import Entry, opener
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

MOST_OPENED: Final = 5_000
"""Entries of one record that are opened to answer one search."""

MOST_INCLUDED: Final = 1_000
"""Entries brought along with one page."""


class SearchTooWide(HealthCodeError):
    """More would have to be opened or brought along than one search may; narrow it."""

    code = "search-too-wide"


class Snapshot(NamedTuple):
    """Up to which event the entries of one id of the person belong to an answer."""

    resident_id: ResidentId
    number: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after the entry that stands at a place, in an answer begun before.

    ``place`` is empty for the first page.
    """

    snapshots: tuple[Snapshot, ...]
    place: Place = ()
    entry_id: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: permitted entries in order, how many there are, where to go on.

    ``total`` is None where nobody wants to be told.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    total: int | None
    next: Cursor | None
    previous: Cursor | None = None
    included: tuple[Entry, ...] = field(default=(), repr=False)


class Found:
    """What a search finds of a person, under whichever id it lies, and the page of it."""

    def __init__(self, search: Search, after: Cursor | None) -> None:
        self._search, self._after = search, after
        self.shown: list[Row] = []
        self.brought: list[Row] = []
        self.total = 0
        self.next: Cursor | None = None
        self.previous: Cursor | None = None
        self.snapshots: dict[ResidentId, int] = {}
        """As of which event each record was first looked at; filled before the page is made."""

    @property
    def is_only_counted(self) -> bool:
        """Whether the answer says how many there are and shows none."""
        return not self._search.count

    def page_of(self, choices: Choices, keys: Keys) -> list[list[Row]]:
        """Of what may be shown under each id, what is on the page; a page is that of all.

        Raises:
            SearchTooWide: see ``MOST_OPENED`` and ``MOST_INCLUDED``.
        """
        if self._search.needs_opening:
            self._page_of_opened(Opened(choices, keys))
        else:
            rows = [row for choice in choices.values() for row in choice.rows]
            self._turn_to({row["entry_id"].int: row for row in rows}, _by_row(self._search.order))
        on_page = {row["entry_id"] for row in (*self.shown, *self.brought)}
        return [
            [row for row in choice.rows if row["entry_id"] in on_page]
            for choice in choices.values()
        ]

    def _page_of_opened(self, opened: Opened) -> None:
        search = self._search
        fitting = {
            row["entry_id"].int: row
            for row in opened.rows()
            if row["is_candidate"] and matches(search.conditions, opened.resource(row), opened)
        }
        if search.sort:
            self._turn_to(
                fitting, lambda row: parameters.place_in(opened.resource(row), search.sort)
            )
        else:
            self._turn_to(fitting, _by_row(search.order))
        brought = parameters.brought_along(
            [opened.resource(row) for row in self.shown], search.includes, opened, MOST_INCLUDED
        )
        if len(brought) > MOST_INCLUDED:
            raise SearchTooWide
        self.brought = [opened.row_of(each) for each in brought]

    def _turn_to(self, rows: dict[int, Row], place_of: Callable[[Row], Place]) -> None:
        """Order what was found and keep one page of it."""
        descending = self._descending()
        placed = [(place_of(row), number) for number, row in rows.items()]
        ordered = self._arranged(placed, descending)
        start = self._start(ordered, descending)
        end = start + self._search.count
        self.total = len(ordered)
        self.shown = [rows[number] for _, number in ordered[start:end]]
        if self._search.count:
            self.next = self._after_item(ordered, end) if end < len(ordered) else None
            before = max(start - self._search.count, 0)
            self.previous = self._after_item(ordered, before) if start else None

    def _start(self, ordered: list[tuple[Place, int]], descending: Sequence[bool]) -> int:
        """How many stand before the page."""
        if self._after is None or self._after.entry_id is None:
            return 0
        last = (self._after.place, self._after.entry_id.int)
        if last in ordered:
            return ordered.index(last) + 1
        return self._arranged([*ordered, last], descending).index(last)

    def _arranged(
        self, placed: list[tuple[Place, int]], descending: Sequence[bool]
    ) -> list[tuple[Place, int]]:
        if self._search.sort:
            return parameters.arranged(placed, descending)
        return sorted(placed, reverse=descending[0])  # a day or a number, which nothing lacks

    def _after_item(self, ordered: list[tuple[Place, int]], number: int) -> Cursor:
        """The page that begins behind so many."""
        snapshots = tuple(Snapshot(*each) for each in self.snapshots.items())
        if not number:
            return Cursor(snapshots)
        place, entry_id = ordered[number - 1]
        return Cursor(snapshots, place, EntryId(UUID(int=entry_id)))

    def _descending(self) -> tuple[bool, ...]:
        if self._search.sort:
            return tuple(key.is_descending for key in self._search.sort)
        return (self._search.order in {Order.NEWEST, Order.FILED_LAST},)


def _by_row(order: Order) -> Callable[[Row], Place]:
    """By what the store keeps in clear: the clinical day, or the number of the filing."""
    if order in {Order.NEWEST, Order.OLDEST}:
        return lambda row: (row["day"].toordinal(),)
    return lambda row: (row["filed_number"],)


class Opened:
    """Entries that may be shown, opened when something asks for them; see ``Surroundings``."""

    def __init__(self, choices: Choices, keys: Keys) -> None:
        self._keys = keys
        self._openers = {one: opener(keys.of(one)) for one in choices}
        self._owned = {row["entry_id"]: (one, row) for one in choices for row in choices[one].rows}
        if len(self._owned) > MOST_OPENED:
            raise SearchTooWide
        self._resources: dict[EntryId, Resource] = {}
        self._rows: dict[tuple[str, str], Row] = {}

    def rows(self) -> Iterator[Row]:
        """All of them."""
        return (row for _, row in self._owned.values())

    def resource(self, row: Row) -> Resource:
        """An entry as its author wrote it."""
        entry_id = row["entry_id"]
        resource = self._resources.get(entry_id)
        if resource is None:
            owner, _ = self._owned[entry_id]
            body = self._openers[owner](entry_id, row["version"], row["body"])
            resource = self._resources[entry_id] = read_exactly(body)
            self._rows[parameters.name_of(resource)] = row
        return resource

    def row_of(self, resource: Resource) -> Row:
        """The row of a resource that was opened here."""
        return self._rows[parameters.name_of(resource)]

    def entry(self, reference: str) -> Resource | None:
        """See ``Surroundings``."""
        named = parameters.literal(reference)
        if named is None:
            return None
        try:
            _, entry_id = self._keys.open_id(named[1])
        except UnreadableId:
            return None
        owned = self._owned.get(entry_id)
        if owned is None or owned[1]["type"] != named[0]:
            return None
        return self.resource(owned[1])

    def of_type(self, type_: str) -> Iterable[Resource]:
        """See ``Surroundings``."""
        return [self.resource(row) for row in self.rows() if row["type"] == type_]
