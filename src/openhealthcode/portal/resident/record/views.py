"""What the pages of the own record show, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from openhealthcode.portal.resident.record.plot import Plot
from openhealthcode.record.growth import Growth
from openhealthcode.record.immunisation import State
from openhealthcode.record.plain import Passage
from openhealthcode.standards import RecordCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version of an entry: what it said, who filed it and when."""

    number: int
    filed_at: datetime
    institution: str
    person: str = ""
    """Who of the institution, where a person filed it; empty for its system."""
    manner: str
    """As ``record.manner.<manner>`` says it."""
    delivery: str = ""
    """The sender's own number of the delivery; empty if it has none."""
    document: UUID | None = None
    """The entry it was made from."""
    title: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    is_error: bool = False
    """It says of the entry that it was entered in error."""
    is_deletion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedView:
    """An entry that a report or a document consists of."""

    entry_id: UUID
    title: str = field(repr=False)
    detail: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry as a page to read."""

    entry_id: UUID
    title: str = field(repr=False)
    detail: str = field(repr=False)
    when: str
    category: RecordCategory
    institution: str
    author: str = ""
    """Who wrote it, as the entry itself names them."""
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    named: tuple[NamedView, ...] = field(default=(), repr=False)
    versions: tuple[VersionView, ...]
    """Newest first; the first is what the page shows, unless it is a deletion."""
    series: str = ""
    """Where its chart is; empty for what is no result."""
    papers: tuple[str, ...] = field(default=(), repr=False)
    """The titles of pictures and PDFs inside it, which can be taken."""
    prints: bool = False
    """Whether this installation makes PDFs, and whoever looks may take one."""

    @property
    def is_error(self) -> bool:
        """Whether the entry was entered in error."""
        return self.versions[0].is_error

    @property
    def is_deleted(self) -> bool:
        """Whether the institution took the entry back."""
        return self.versions[0].is_deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """One value of a series, with where it comes from."""

    entry_id: UUID
    when: str
    text: str = field(repr=False)
    flag: str
    reference: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """One line of the list of results, and the page it leads to."""

    name: str = field(repr=False)
    unit: str
    latest: ReadingView
    count: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartView:
    """A series as a drawing and a table."""

    name: str = field(repr=False)
    unit: str
    readings: tuple[ReadingView, ...]
    """Newest first."""
    plot: Plot | None
    """None where there is no line to draw."""
    mixed_ranges: bool
    """Laboratories gave different reference ranges: none is drawn."""
    others: tuple[SeriesView, ...]
    """The same thing in other units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineView:
    """A medicine and what is known of how it is or was taken."""

    entry_id: UUID
    name: str = field(repr=False)
    detail: str = field(default="", repr=False)
    first: str = ""
    last: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseView:
    """One dose of the programme, as it stands for this child."""

    disease: str
    number: int
    of: int
    state: State
    due_from: date
    due_before: date | None
    age_months: int
    given_on: str = ""
    source: str = ""
    entry_id: UUID | None = None
    reason: str = field(default="", repr=False)
    """Why it was not given, as the record says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccineView:
    """One recorded vaccination."""

    entry_id: UUID
    title: str = field(repr=False)
    detail: str = field(repr=False)
    when: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccinationsView:
    """A child's schedule, and everything on record; for adults only that."""

    is_child: bool
    is_birth_known: bool
    now: tuple[DoseView, ...] = ()
    ahead: tuple[DoseView, ...] = ()
    done: tuple[DoseView, ...] = ()
    past: tuple[DoseView, ...] = ()
    recorded: tuple[VaccineView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredView:
    """One measurement of a child, as a row of the table."""

    entry_id: UUID
    when: str
    age_months: int
    value: str = field(repr=False)
    centile: int | None = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthView:
    """One kind of measurement: the drawing and its table, newest first."""

    growth: Growth = field(repr=False)
    plot: Plot
    rows: tuple[MeasuredView, ...]
    sex: str
    """``male`` or ``female``, whose curves are drawn; empty when none are."""
