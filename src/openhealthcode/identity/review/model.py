"""What waits for a registrar, how urgent it is, and how it was answered: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId


class AnsweredAlready(Conflict):
    """Somebody else has answered this meanwhile."""

    code = "review-answered"


class ReviewKind(StrEnum):
    """What a registrar is asked."""

    SET_ASIDE = "set-aside"
    """A registration contradicts what is known of a resident; it waits, nothing was filed."""
    DUPLICATE = "possible-duplicate"
    """Two residents may be one person."""


class Answer(StrEnum):
    """What a registrar said; the latest answer counts."""

    MERGED = "merged"
    NOT_SAME = "not-same"
    ACCEPTED = "accepted"
    """The registration that was set aside is right: the person changed, and showed the papers."""
    DISMISSED = "dismissed"
    """The registration that was set aside is the sender's to put right."""
    REOPENED = "reopened"
    """An answer was taken back."""

    @property
    def settles(self) -> bool:
        """Whether nothing is left to be done."""
        return self is not Answer.REOPENED


class Risk(IntEnum):
    """How much harm waiting may do; what is done first is highest."""

    LEFT_OUT = 1
    """A doubtful registration was not taken in; whoever sent it was told."""
    POSSIBLE = 2
    """Two entries may be one person."""
    LIKELY = 3
    """Very probably one person, whose history lies in two halves: an allergy may be in the other."""
    MIXED_UP = 4
    """A number is used with somebody else's name: entries may get into another person's record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One case that waits, or waited.

    Args:
        residents: whom it concerns; a registration set aside, one or more; a duplicate, two.
        reason: the rule that put it aside, as a stable code.
        bits: the score, where there is one.
        institution_id: whose delivery led to it.
    """

    residents: tuple[ResidentId, ...]
    review_key: bytes = field(repr=False)
    kind: ReviewKind
    reason: str
    bits: float | None
    model_version: str
    institution_id: InstitutionId | None
    opened_at: datetime
    sealed: bytes = field(default=b"", repr=False)
    """The registration that was set aside; under the first resident's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer to a case.

    Args:
        worked_for: from the comparison to the answer; ``None`` when it was not shown before.
    """

    resident_id: ResidentId
    review_key: bytes = field(repr=False)
    answer: Answer
    at: datetime
    clerk_id: PractitionerId
    institution_id: InstitutionId
    merge_id: MergeId | None = None
    worked_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, for how long, and how much work it is.

    Args:
        waiting: cases by risk.
        oldest_at: since when the oldest waits.
        work: what answering all takes one person, by how long the latest answers took.
    """

    waiting: dict[Risk, int]
    oldest_at: datetime | None
    work: timedelta

    @property
    def count(self) -> int:
        """All cases that wait."""
        return sum(self.waiting.values())
