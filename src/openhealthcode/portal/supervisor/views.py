"""What the pages of supervisors show, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from openhealthcode.supervision.summaries import Measure


@dataclass(frozen=True, slots=True)
class BarView:
    """One week of a chart; what is not published is no bar and no number."""

    week: date
    times: int | None
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class ChartView:
    """One measure by week: its sum, and its bars."""

    measure: Measure
    total: int
    most: int
    bars: tuple[BarView, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Charts that are read together, and whose numbers stand in one table."""

    name: str
    charts: tuple[ChartView, ...]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A line of the table of places.

    Args:
        name: of the institution, or the division's code; empty for several that are too small.
        query: leads to its own figures; empty where there are none.
        numbers: one for each measure of the table; None where nothing is published.
    """

    name: str
    query: str
    numbers: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class HealthView:
    """Whether the log goes on.

    Args:
        leaves: how many the newest signed head covers.
        waiting: events without a leaf.
        behind: leaves that are not counted in these figures yet.
    """

    leaves: int
    waiting: int
    behind: int
    counted_at: datetime | None
    witnesses: tuple[str, ...]
    late: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingView:
    """What of something waits for somebody, and where it is dealt with.

    Args:
        name: of its sentence.
        room: the page, below the office's address; empty for who only reads.
        count: how many; 0 is as it should be.
    """

    name: str
    room: str
    count: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    """What was asked for, and what may be chosen instead."""

    weeks: int
    lengths: tuple[int, ...]
    division: str
    institution: str
    first_week: date
    last_day: date
