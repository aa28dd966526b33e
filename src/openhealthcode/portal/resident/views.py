"""What each of the resident's pages shows, as plain frozen values.

The pages are made from these and nothing else: a template cannot reach a
domain, and a page can be looked at without one. Names and details are text as
others wrote it; the templates make it inert.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup

from openhealthcode.access import Exposure
from openhealthcode.consent import ConsentKind, EmergencyScope, Notice, Uses
from openhealthcode.registry import Institution, Practitioner
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory, day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody who asks or looked, as their institution registered them."""

    name: str
    title: str = ""
    """What they are: 医生, 药师; empty when not registered."""
    department: str = ""
    institution: str
    staff_number: str = ""


@dataclass(frozen=True, slots=True)
class PickableView:
    """An entry that can be picked for a link."""

    entry_id: UUID
    item: ItemView


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """The health code on show."""

    svg: str = field(repr=False)
    issued_at: datetime
    lifetime_seconds: int
    refresh_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDoorView:
    """One consent in force, or an override: who can look now, and until when."""

    consent_id: UUID
    person: PersonView
    purpose: PurposeOfUse
    categories: tuple[RecordCategory, ...]
    is_override: bool
    granted_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """A request that waits for an answer, before it is opened."""

    request_id: UUID
    person: PersonView


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGivenView:
    """To whom something was last shown, and when that was allowed."""

    at: datetime
    person: PersonView


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One entry of the record in plain words."""

    title: str
    detail: str = ""
    when: str = ""
    """As precisely as it is known: ``2019``, ``2019-05`` or ``2019-05-03``."""
    source: str = ""
    category: RecordCategory
    entry_id: UUID | None = None
    """Where it can be opened; None where it cannot."""
    mark: str = ""
    """``error``: entered in error; ``changed``: it said something else before; else nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryView:
    """One line of a request: a category, what of it would be shown, and whether it is chosen."""

    category: RecordCategory
    items: tuple[ItemView, ...]
    is_chosen: bool = True

    @property
    def sample(self) -> tuple[str, ...]:
        """A few distinct titles that say what the category holds."""
        return tuple(dict.fromkeys(item.title for item in self.items))[:3]

    @property
    def has_more(self) -> bool:
        """Whether the sample leaves something out."""
        return len({item.title for item in self.items}) > len(self.sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A practitioner's request with the exact preview of what would be shown."""

    request_id: UUID
    person: PersonView
    purpose: PurposeOfUse
    scene: Scene
    asked_at: datetime
    answer_by: datetime
    categories: tuple[CategoryView, ...]
    previewed_number: int
    """Which event of the log this preview is; the answer covers nothing filed after it."""
    lifetimes_hours: tuple[int, ...]
    """The durations the resident can choose from, the longest as asked for."""
    chosen_hours: int
    with_what_is_added: bool = False
    open_already: tuple[CategoryView, ...] = ()
    """What this person sees whatever is answered, by other consents in force."""
    told: Notice
    is_system: bool = False
    """Proposed by an institution's system: nobody scanned a code."""

    @property
    def open_already_count(self) -> int:
        """How many entries that is."""
        return sum(len(line.items) for line in self.open_already)

    @property
    def count(self) -> int:
        """How many entries the present choice would show."""
        return sum(len(line.items) for line in self.categories if line.is_chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """What the resident answered, and where the log says so."""

    person: PersonView
    consent_id: UUID | None
    """The consent while it stands; ``None`` when it was refused, withdrawn or is over."""
    was_allowed: bool
    allowed: tuple[CategoryView, ...]
    withheld: tuple[RecordCategory, ...]
    end_at: datetime | None
    with_what_is_added: bool
    log_number: int

    @property
    def count(self) -> int:
        """How many entries were allowed."""
        return sum(len(line.items) for line in self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFileView:
    """What programs read of a receipt, and how people find its events in the log."""

    address: str
    """Where it is said how to check one."""
    log: str
    events: tuple[tuple[int, str], ...]
    """Number and commitment of each."""
    json: Markup = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """What one institution wrote about one day: as a rule, a visit."""

    when: str
    source: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearView:
    """One year of a life, newest day first; ``year`` is empty for what has no date."""

    year: str
    age: int | None
    days: tuple[DayView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A page of the resident's own record."""

    total: int
    counts: tuple[tuple[RecordCategory, int], ...]
    chosen: RecordCategory | None
    years: tuple[YearView, ...]
    older: str = ""
    """The address of the next, older part; empty when this is the last."""
    found: int = 0
    """How many entries the filters leave."""
    query: str = field(default="", repr=False)
    all_years: tuple[str, ...] = ()
    chosen_year: str = ""
    is_child: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    """One line of "who looked": what somebody did with the record, in one or several steps."""

    number: int
    """The newest of the events it stands for."""
    at: datetime
    sentence: str
    """Names the sentence, as ``resident.looked.action.<sentence>``."""
    person: PersonView | None
    """``None``: the resident, or the platform itself."""
    scene: Scene | None = None
    count: int = 0
    times: int = 1
    reason: str = ""
    """The practitioner's own words, for an override."""
    accepted_at: datetime | None = None
    """When a code was shown to a desk without network, by that desk's clock."""
    because: str = ""
    """Why something was shown or not, as ``consent.because.resident.<because>``; may be empty."""
    is_override: bool = False
    has_items: bool = False
    """Whether what was seen can be listed."""
    withdrawable: UUID | None = None
    """The consent still in force that this look rests on."""
    is_intact: bool = True
    """False when a line is not what was written."""
    may_ask: bool = False
    """Whether it names a person of an institution, whom the resident may not know."""


@dataclass(frozen=True, slots=True)
class MachineDayView:
    """What the systems of one institution did on one day, folded."""

    institution: str
    """Empty for the platform itself."""
    day: date
    looks: tuple[LookView, ...]

    @property
    def count(self) -> int:
        """Entries over all of them; one that was read twice counts twice."""
        return sum(look.count for look in self.looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksView:
    """A page of the log: people first, the resident's own steps and machines folded."""

    people: tuple[LookView, ...]
    own: tuple[LookView, ...]
    machine: tuple[LookView, ...]
    lines: int
    """How many events the page stands for."""
    older: str = ""

    @property
    def machine_days(self) -> tuple[MachineDayView, ...]:
        """What machines did by institution and day, the newest day first."""
        groups: dict[tuple[date, str], list[LookView]] = {}
        for look in self.machine:
            day = day_of(look.at)
            place = look.person.institution if look.person else ""
            groups.setdefault((day, place), []).append(look)
        return tuple(
            MachineDayView(place, day, tuple(looks)) for (day, place), looks in groups.items()
        )

    @property
    def is_intact(self) -> bool:
        """Whether every line is what was written when it happened."""
        return all(look.is_intact for look in (*self.people, *self.own, *self.machine))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """A phone or browser that is signed in."""

    device_id: UUID
    signed_in_at: datetime
    verified_at: datetime
    is_this_one: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeView:
    """The resident's own page."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    """Masked."""
    emergency: EmergencyScope
    """What an override may open."""
    has_pin: bool
    open_doors: tuple[OpenDoorView, ...]
    devices: tuple[DeviceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyView:
    """The whole record as a document to read and print."""

    name: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What else the record says of the person, each by the key of its label."""
    categories: tuple[CategoryView, ...] = field(repr=False)
    total: int
    made_at: datetime
    log_number: int
    number: str
    """The copy's own, which a found file is traced by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderView:
    """An institution and how much of the record it filed or was given."""

    institution: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedView:
    """The receipt of a closed account."""

    number: int
    at: datetime
    commitment: str
    """Of the closing's event in the public tree, in hexadecimal."""
    entries: int
    originals: tuple[HolderView, ...]
    copies: tuple[HolderView, ...]
    unreadable_from: date
    proof: str
    """A tlog-proof; empty while the tree has not reached the event."""


DURATIONS_DAYS: Final = (30, 90, 365, 1095)
"""For how long a consent ahead of visits can be given."""
VISITS: Final = (1, 3, 10)
"""For how many visits it can be given, if not for as many as there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """One consent given ahead of visits."""

    consent_id: UUID
    institution_id: UUID
    person: PersonView
    kind: ConsentKind
    categories: tuple[RecordCategory, ...]
    sensitive: tuple[SensitiveCategory, ...]
    may_keep: bool
    uses: Uses | None = None
    end_at: datetime
    is_in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFormView:
    """What a consent ahead of visits can say, for one institution."""

    institution_id: UUID
    institution: Institution
    departments: tuple[str, ...]
    staff: tuple[Practitioner, ...]
    kinds: tuple[ConsentKind, ...]
    categories: tuple[RecordCategory, ...]
    chosen: frozenset[str]
    durations_days: tuple[int, ...]
    visits: tuple[int, ...] = VISITS
    instead: UUID | None = None
    """The consent that ends as this one begins."""
    who: str = "all:"
    kind: ConsentKind = ConsentKind.STANDING
    may_keep: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """A correction that was asked for: its clock, or its answer."""

    institution: str
    words: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    days_left: int
    """Negative when the answer is late."""
    answer: str
    answered_at: datetime | None
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsView:
    """The page of rights."""

    exposure: Exposure
    closed: int
    """What the resident keeps closed ahead: restrictions and single entries."""
    asked: tuple[AskedView, ...]
    objects: bool
    """To secondary use."""
    days: int
    """Within which an institution answers."""
    prints: bool = False
    """Whether this installation makes PDFs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectableView:
    """Entries of one category, each with the id a correction names."""

    category: RecordCategory
    entries: tuple[tuple[UUID, ItemView], ...] = field(repr=False)
