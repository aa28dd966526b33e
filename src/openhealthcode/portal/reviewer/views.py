"""What the pages of the review show, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from openhealthcode.consent.emergency import CaseState
from openhealthcode.standards import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case on the list: who broke the glass, when, and until when it must be judged."""

    reference: str
    author: str
    staff_number: str
    department: str
    institution: str
    opened_at: datetime
    due_at: datetime
    state: CaseState
    is_second: bool
    """Whether it waits for a second reviewer or will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedView:
    """A case opened: also why, and how much was looked at."""

    case: CaseView
    triage_level: int
    reason: str = field(repr=False)
    looks: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """One decision: who asked, why, and because of what it was so decided."""

    person: str
    staff_number: str
    department: str
    institution: str
    is_system: bool
    at: datetime
    purpose: str
    scene: Scene | None
    because: str
    """As ``consent.because.supervisor.<because>``; may be empty."""
    entries: int
    is_intact: bool
