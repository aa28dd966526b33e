"""What the pages of the map show, as plain frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology import (
    EditionRecord,
    EditionState,
    MapReviewer,
    MapRow,
    Term,
    difference,
    read_map,
)

CATEGORIES: Final = tuple(
    each for each in SensitiveCategory if each is not SensitiveCategory.CHOSEN
)
"""The kinds a row can close: what the resident adds is in no map."""


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as a reader sees it; ``place`` counts from 1 in the order of the document."""

    place: int
    row: MapRow

    @property
    def terms(self) -> tuple[str, ...]:
        """Everything it lists, beginnings of codes with an ellipsis."""
        return (*self.row.codes, *(f"{each}…" for each in self.row.prefixes), *self.row.words)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What an edition closes or opens of one category."""

    category: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """An edition on the list and on its own page."""

    number: int
    version: str
    base: str
    state: EditionState
    author: str
    decider: str
    reason: str
    at: datetime
    """When it came into its present state."""
    is_mine: bool
    rows: tuple[tuple[str, tuple[RowView, ...]], ...] = ()
    closes: tuple[ChangeView, ...] = ()
    opens: tuple[ChangeView, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether it closes or opens anything."""
        return bool(self.closes or self.opens)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowForm:
    """A row being written; all as typed."""

    category: str = ""
    betrayed_by: str = ""
    family: str = ""
    codes: str = ""
    prefixes: str = ""
    words: str = ""
    reason: str = ""
    source: str = ""

    @classmethod
    def of(cls, row: MapRow) -> RowForm:
        """The form that would write this row."""
        return cls(
            category=row.category,
            betrayed_by=row.betrayed_by,
            family=row.family,
            codes="\n".join(row.codes),
            prefixes="\n".join(row.prefixes),
            words="\n".join(row.words),
            reason=row.reason,
            source=row.source,
        )

    @property
    def entry(self) -> Mapping[str, object]:
        """The row as a document has it; nothing listed is an empty row."""
        lists = {
            name: [line.strip() for line in text.splitlines() if line.strip()]
            for name, text in (
                ("codes", self.codes),
                ("prefixes", self.prefixes),
                ("words", self.words),
            )
        }
        said = {
            "category": self.category,
            "betrayed-by": self.betrayed_by,
            "reason": self.reason.strip(),
            "source": self.source.strip(),
        }
        is_coded = lists["codes"] or lists["prefixes"]
        return said | ({"family": self.family} if is_coded else {}) | lists

    @property
    def is_empty(self) -> bool:
        """Whether it lists nothing: the row is to go."""
        return not (self.codes + self.prefixes + self.words).strip()


def edition_view(record: EditionRecord, me: MapReviewer) -> EditionView:
    """An edition on the list."""
    return EditionView(
        number=record.number,
        version=record.version,
        base=record.base,
        state=record.state,
        author=record.author.name,
        decider=record.decider.name if record.decider else "",
        reason=record.reason,
        at=record.decided_at or record.proposed_at or record.begun_at,
        is_mine=record.author.practitioner_id == me.practitioner_id,
    )


def whole_edition(record: EditionRecord, me: MapReviewer, before: Sequence[MapRow]) -> EditionView:
    """An edition on its own page, with what it changes against these rows."""
    _, rows = read_map(record.document)
    told = difference(rows, before)
    view = edition_view(record, me)
    return EditionView(
        number=view.number,
        version=view.version,
        base=view.base,
        state=view.state,
        author=view.author,
        decider=view.decider,
        reason=view.reason,
        at=view.at,
        is_mine=view.is_mine,
        rows=by_category(rows),
        closes=_changes(told.closes),
        opens=_changes(told.opens),
    )


def by_category(rows: Iterable[MapRow]) -> tuple[tuple[str, tuple[RowView, ...]], ...]:
    """The rows under their categories, in the order of the closed list."""
    views = [RowView(place, row) for place, row in enumerate(rows, 1)]
    return tuple(
        (category.value, tuple(view for view in views if view.row.category is category))
        for category in CATEGORIES
        if any(view.row.category is category for view in views)
    )


def _changes(terms: Iterable[Term]) -> tuple[ChangeView, ...]:
    return tuple(
        ChangeView(category, tuple(f"{term.family} {term.text}".strip() for term in group))
        for category, group in groupby(terms, lambda term: term.category)
    )
