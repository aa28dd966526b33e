"""What two regions tell each other of one visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from openhealthcode.consent import Ask
from openhealthcode.registry import Region
from openhealthcode.standards import HealthCodeError, RecordCategory, Scene, Sex
from openhealthcode.standards.ids import TerminalId


class RegionUnavailable(HealthCodeError):
    """The other region does not answer now; nothing was asked of anybody."""

    code = "region-unavailable"


class RegionRefused(HealthCodeError):
    """The other region refused this question."""

    code = "region-refused"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A practitioner of another region, as that region vouches for them.

    Args:
        institution_key, practitioner_key: stable names within that region.
        terminal_id: of the browser at which the code was scanned.
    """

    institution_key: str
    institution: str
    institution_en: str
    practitioner_key: str
    name: str
    name_en: str
    staff_number: str
    department: str
    title: str
    terminal_id: TerminalId


@dataclass(frozen=True, slots=True)
class Received:
    """A code that the home region redeemed.

    Args:
        visit, request: the home region's own names; they say nothing to anybody else.
    """

    visit: str
    request: str


class State(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    ALLOWED = "allowed"
    REFUSED = "refused"
    OVER = "over"
    """Not answered in time."""


@dataclass(frozen=True, slots=True)
class AnswerElsewhere:
    """Who showed the code, and what they answered so far."""

    name: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth_date: date | None = field(repr=False)
    state: State
    scene: Scene
    count: int
    """How many categories were asked for."""
    asked_at: datetime
    answer_by: datetime
    is_open: bool
    """Whether a consent for this visitor is in force."""
    is_overridden: bool
    """Whether an override of theirs is."""


@dataclass(frozen=True, slots=True)
class EntryElsewhere:
    """One entry as it was shown: the resource, its category, and who filed it, in both languages."""

    resource: Mapping[str, Any] = field(repr=False)
    category: RecordCategory
    source: str
    source_en: str


@dataclass(frozen=True, slots=True)
class ShownElsewhere:
    """What the home region showed and logged; without ``until`` nothing was permitted."""

    entries: tuple[EntryElsewhere, ...] = field(repr=False)
    number: int
    at: datetime
    until: datetime | None
    scene: Scene


class Regions(Protocol):
    """How other regions are reached.

    Each verb raises ``RegionUnavailable`` without a believable answer, and what the home region
    refused with: the errors of redeeming, ``ApprovalNeeded``, ``TriageTooLow``, ``NotFound``, else
    ``RegionRefused``.
    """

    async def receive(self, region: Region, visitor: Visitor, code: str, wanted: Ask) -> Received:
        """Have a code redeemed and the request put on the resident's phone."""

    async def answer(
        self, region: Region, visitor: Visitor, visit: str, request: str
    ) -> AnswerElsewhere:
        """Ask what the resident answered."""

    async def show(
        self, region: Region, visitor: Visitor, visit: str, *, is_emergency: bool
    ) -> ShownElsewhere:
        """Look: decided and logged at home."""

    async def override(
        self, region: Region, visitor: Visitor, visit: str, *, triage_level: int, reason: str
    ) -> None:
        """Open the minimum set that the resident's advance choice leaves."""
