"""A leak and what was done about it: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import InstitutionId, PractitionerId


class NotInThisBreach(Conflict):
    """This step is not open: the case is closed, or another supervisor has to take it."""

    code = "not-in-this-breach"


class Suspect(StrEnum):
    """Through whom data leaked, as far as is known."""

    PRACTITIONER = "practitioner"
    SYSTEM = "system"
    INSTITUTION = "institution"


class StepKind(StrEnum):
    """What is done about a leak. A word once used keeps its meaning: logs hold it."""

    CONTAIN = "contain"
    """Account or system stopped, sessions ended."""
    SEE = "see"
    """Whom it concerns was counted."""
    SEAL = "seal"
    TAKE_BACK = "take-back"
    """Codes of those it concerns were taken back; which, the step's words say."""
    NOTIFY = "notify"
    REPORT = "report"
    """Reported to the authority, with the reference it gave."""
    ASK_CLOSE = "ask-close"
    CLOSE = "close"


class BreachState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CLOSE_ASKED = "close-asked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """What is known of a leak: what a notice has to say (PIPL 57), and through whom it leaked.

    Args:
        agent_id: of the practitioner, system or institution.
        since: the first moment something may have leaked.
        until: the last one.
        known_at: when the leak became known; the clocks run from there.
    """

    suspect: Suspect
    agent_id: UUID
    since: datetime
    until: datetime
    known_at: datetime
    kinds: str = field(repr=False)
    cause: str = field(repr=False)
    harm: str = field(repr=False)
    measures: str = field(repr=False)
    advice: str = field(repr=False)
    contact: str = field(repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that is told."""
        return (self.kinds, self.cause, self.harm, self.measures, self.advice, self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A case as it was opened."""

    breach_id: UUID
    what: What
    opened_by: PractitionerId
    institution_id: InstitutionId
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachStep:
    """One thing that was done.

    Args:
        done: how many people it reached, where it reaches people.
        of: of how many.
        words: the reference of a report, the reason to close, which codes were taken back.
        order_id: the order that seals, of a sealing.
    """

    number: int
    kind: StepKind
    by: UUID
    at: datetime
    done: int = 0
    of: int = 0
    words: str = field(default="", repr=False)
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Until when authority and residents are to be told, and whether they were."""

    report_due_at: datetime
    reported_at: datetime | None
    is_report_late: bool
    notify_due_at: datetime
    notified_at: datetime | None
    is_notice_late: bool
