"""What residents ask for about their record, and what became of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from openhealthcode import audit
from openhealthcode.record.reading import Entry
from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import EntryId, InstitutionId, PractitionerId, RequestId

ANSWER_WITHIN: Final = timedelta(days=15)
"""Shorter than the 30 days of GB/T 35273-2020, 8.7; the 15 of the app rules are working days."""
LONGEST_WORDS: Final = 1000


class RightsKind(StrEnum):
    """What is asked for."""

    CORRECTION = "correction"
    SECONDARY_USE = "secondary-use"


class RightsAnswer(StrEnum):
    """What became of it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"


class CorrectionMissing(Conflict):
    """A correction is accepted once the corrected entry has been filed."""

    code = "correction-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """One request of a resident, as the resident reads it.

    Args:
        institution_id: who answers a correction.
        words: what is wrong, as the resident said it.
        due_at: until when it is to be answered.
        reason: why it was refused.
    """

    request_id: RequestId
    kind: RightsKind
    institution_id: InstitutionId | None
    entry_id: EntryId | None
    words: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    answer: RightsAnswer | None
    answered_at: datetime | None
    reason: str = field(repr=False)

    def days_left(self, at: datetime) -> int:
        """Whole days until the answer is due, the last one counting as one; negative when late."""
        return days_left(self.due_at, at)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A correction that waits for an institution, before it is opened."""

    public_id: str
    asked_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AskedCorrection:
    """A correction as the clerk of the institution that filed the entry reads it.

    Args:
        entry: as it stands now.
        is_corrected: whether another version has been filed since it was asked for.
    """

    words: str = field(repr=False)
    entry: Entry
    asked_at: datetime
    due_at: datetime
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who answers on behalf of an institution."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId

    @property
    def agent(self) -> audit.Agent:
        """As the log names them."""
        kind = audit.AgentKind.PRACTITIONER
        return audit.Agent(kind, self.practitioner_id, self.institution_id)


def days_left(due_at: datetime, at: datetime) -> int:
    """Whole days until a moment, a day begun counting as one; negative once it has passed."""
    return -((at - due_at) // timedelta(days=1))
