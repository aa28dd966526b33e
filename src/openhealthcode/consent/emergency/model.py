"""What a resident chose for emergencies, and why an override is refused: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from openhealthcode.standards import Conflict, HealthCodeError, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId


class TriageTooLow(HealthCodeError):
    """Care at triage level 4 or 5 can wait for an answer; an override needs level 1, 2 or 3."""

    code = "triage-too-low"


class NotToReview(Conflict):
    """This override is judged already, or by somebody who may not judge it."""

    code = "not-to-review"


class EmergencyScope(StrEnum):
    """How much an override may open of this resident's record, the most first.

    Who they are, and whom to call, is always told.
    """

    ALL = "all"
    EMERGENCY_SET = "emergency-set"
    """The fixed minimum set: what holds for everybody who chose nothing."""
    ESSENTIALS = "blood-type-and-allergies"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceChoice:
    """What a resident chose for the day they cannot answer (紧急预先选择).

    Args:
        scope: how much an override opens.
        opened: closed kinds that are shown in an emergency all the same; all others stay hidden.
        chosen_at: ``None`` when nothing was ever chosen.
    """

    scope: EmergencyScope = EmergencyScope.EMERGENCY_SET
    opened: frozenset[SensitiveCategory] = field(default_factory=frozenset)
    chosen_at: datetime | None = None


class Judgement(StrEnum):
    """What a reviewer says of an override."""

    CONFIRMED = "confirmed"
    OBJECTED = "objected"


class CaseState(StrEnum):
    """Where the review of an override stands."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    CONFIRMED = "confirmed"
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideCase:
    """An override to be reviewed (紧急调阅审查), without anything of the record.

    Args:
        reviewers_needed: how many must confirm it; one who objects is enough.
        judgements: by reviewer.
    """

    resident_id: ResidentId
    consent_id: ConsentId
    institution_id: InstitutionId
    practitioner_id: PractitionerId
    opened_at: datetime
    due_at: datetime
    reviewers_needed: int
    judgements: Mapping[PractitionerId, Judgement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews: an institution's privacy officer, or the supervisor of them all."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    is_supervisor: bool = False


@dataclass(frozen=True, slots=True)
class OverrideFigures:
    """How many overrides there were in the last year and what became of them."""

    confirmed: int
    objected: int
    waiting: int
    overdue: int

    @property
    def opened(self) -> int:
        """All of them."""
        return self.confirmed + self.objected + self.waiting + self.overdue

    @property
    def confirmed_ratio(self) -> float | None:
        """Confirmed out of those whose review is over or overdue; ``None`` before there is one."""
        due = self.confirmed + self.objected + self.overdue
        return self.confirmed / due if due else None
