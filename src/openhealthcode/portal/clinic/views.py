"""What each of the clinician's pages shows, as plain frozen values.

The pages are made from these and nothing else: a template cannot reach a domain, and a page can
be looked at without one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from markupsafe import Markup

from openhealthcode.portal.clinic.chart import Chart
from openhealthcode.record.orders import FindingKind
from openhealthcode.record.summary import Result, Summary
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, Sex
from openhealthcode.terminology.interactions import Severity

VISITS: Final = "/clinic/visits"
"""Where visits of this region's residents are; of another region's, under that region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    """The clinician who is signed in, as the institution registered them.

    Args:
        pattern: the cells their screen bears now, as ``label.pattern_now`` draws them.
    """

    name: str
    staff_number: str = ""
    title: str = ""
    department: str = ""
    institution: str
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentView:
    """The resident who showed the code: what identifies, and no more."""

    name: str = field(repr=False)
    sex: Sex
    birth_date: date | None = field(repr=False)
    age: int | None = field(repr=False)
    months: int | None = field(default=None, repr=False)
    """Age in months of a child under two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentVisitView:
    """A code presented to this clinician today, and what can still be done with it."""

    visit: str
    resident: ResidentView
    scene: Scene
    presented_at: datetime
    until: datetime | None
    """Until when the record can be opened; ``None`` when nothing is allowed."""
    is_override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemView:
    """Why a scan opened nothing: names the sentences ``clinic.problem.<name>``."""

    name: str
    kind: str = ""
    """What was scanned instead, for a code of another kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterView:
    """The code this counter shows; without one, no code can be signed here."""

    number: int
    svg: Markup | None = None
    digits: str = ""
    lifetime_seconds: int = 0
    refresh_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneView:
    """A step of care that can be chosen, with what is usually needed there."""

    scene: Scene
    categories: frozenset[RecordCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """The form after a scan: who it is, and what to ask for."""

    visit: str
    resident: ResidentView
    presented_at: datetime
    scenes: tuple[SceneView, ...]
    chosen_scene: Scene
    categories: tuple[RecordCategory, ...]
    chosen: frozenset[RecordCategory]
    lifetimes_hours: tuple[int, ...]
    chosen_hours: int
    has_shown_card: bool = False
    """A card compared with the person, or one on paper: there may be no phone."""
    shown_as: str = ""
    """What else than the phone's code it was: ``paper`` or ``short``."""
    """Instead of a code: as a rule there is no phone to answer on."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """A request on the resident's phone, not yet answered."""

    visit: str
    base: str = VISITS
    request: str
    resident: ResidentView
    scene: Scene
    count: int
    """How many categories were asked for."""
    asked_at: datetime
    answer_by: datetime
    region: str = ""
    """The home region, where it is another."""

    @property
    def path(self) -> str:
        """The page's own address."""
        here = f"/clinic/requests/{self.request}"
        return f"{self.base}/{self.visit}" if self.region else here


class Ending(StrEnum):
    """Why there is no record to read; the value names the sentences ``clinic.ending.<value>``."""

    REFUSED = "refused"
    UNANSWERED = "unanswered"
    CLOSED = "closed"
    """Withdrawn or past its time: which of the two is the resident's affair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingView:
    """A page without a record, and the next step."""

    visit: str
    base: str = VISITS
    ending: Ending
    resident: ResidentView | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One value inside a timeline entry that gathers several."""

    name: str
    value: str = field(repr=False)
    flag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One line of the timeline: an entry, or the results of one sitting together."""

    category: RecordCategory
    title: str = field(repr=False)
    detail: str = field(default="", repr=False)
    values: tuple[Measured, ...] = field(default=(), repr=False)
    gathered: str = ""
    """``prescribed`` or ``dispensed`` when the values are medicines of one sitting."""
    when: str
    source: str
    by: str = ""
    initials: str = field(default="", repr=False)
    """First letters of the pinyin of the title, for searching while typing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearView:
    """One year of a life, newest entry first; ``year`` is empty for what has no date."""

    year: str
    age: int | None
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendView:
    """The latest value of one measurement, its small drawing and its large one."""

    result: Result
    small: Chart | None
    large: Chart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineView:
    """The entries that were shown, by year, after filter and search."""

    total: int
    found: int
    counts: tuple[tuple[RecordCategory, int], ...]
    chosen: RecordCategory | None
    query: str
    years: tuple[YearView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """The record page: what decides first, then the life."""

    visit: str
    base: str = VISITS
    path: str
    """The page's own address, without filter and search."""
    resident: ResidentView
    purpose: PurposeOfUse
    scene: Scene
    shown_at: datetime
    until: datetime
    is_override: bool
    log_number: int
    summary: Summary
    trends: tuple[TrendView, ...]
    sources: tuple[str, ...]
    """The institution of each entry, by its place in what was shown."""
    stale_before: str
    """A medicine first named before this day shows since when."""
    timeline: TimelineView
    region: str = ""
    """The region that showed it, where it is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyView:
    """The form of an override: what it opens, what happens then.

    Without a visit it is for somebody who cannot show a code and carries a document.
    """

    visit: str
    base: str = VISITS
    resident: ResidentView | None
    minimum: tuple[RecordCategory, ...]
    hours: int
    chosen_level: int | None = None
    reason: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """One thing that speaks about an order."""

    kind: FindingKind
    severity: Severity
    title: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    when: str = ""
    source: str = ""
    says: str = ""
    is_marked: bool = False
    """A result with the mark of mutual recognition."""

    @property
    def is_grave(self) -> bool:
        """Whether it warns of harm."""
        return self.severity is Severity.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The forms of an order, and what was found about it.

    Args:
        medicines: names with the initials of their pinyin.
        alike: medicines that may be meant by what was typed.
        done: what was filed a moment ago: ``examination``, ``medicine`` or nothing.
    """

    action: str
    back: str
    resident: ResidentView | None
    examinations: tuple[tuple[str, str], ...]
    medicines: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    key: str
    kind: str = "examination"
    examination: str = field(default="", repr=False)
    medicine: str = field(default="", repr=False)
    dose: str = field(default="", repr=False)
    days: str = ""
    reason: str = ""
    explanation: str = field(default="", repr=False)
    told: tuple[ToldView, ...] = ()
    problem: str = ""
    alike: tuple[str, ...] = ()
    done: str = ""

    @property
    def is_repeat(self) -> bool:
        """Whether it takes a reason, explained to the resident."""
        return any(one.kind is FindingKind.RESULT_ELSEWHERE for one in self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """The sign-in form; a failed attempt never says which part was wrong."""

    account: str = ""
    problem: str = ""
    back: str = "/clinic"
