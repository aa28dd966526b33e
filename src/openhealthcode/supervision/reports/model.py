"""A report as its resident reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.cases import (
    CaseRead,
    CaseStep,
    Office,
    Person,
    Sanction,
    State,
    StepKind,
    Verdict,
    steps_open_to,
)

IN_FORCE: Final = frozenset({State.DECIDED, State.APPEALED, State.CLOSED})
"""States in which the judgement is told; before, a second person may still object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentReport:
    """What a resident reported, and what came of it so far.

    Args:
        line: of their log.
        due_at: until when it must be answered; while that may be contested, until when.
        answer: what was judged, once that is in force.
        words: the sentence of whoever judged.
    """

    case_id: UUID
    line: int
    accused: PractitionerId
    institution_id: InstitutionId
    reported_at: datetime
    state: State
    due_at: datetime | None
    is_late: bool
    answer: Verdict | None
    sanction: Sanction
    words: str = field(repr=False)
    answered_at: datetime | None
    may_contest: bool

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.state not in {State.DECIDED, State.CLOSED}


def as_told(read: CaseRead, line: int, resident: Person) -> ResidentReport:
    """A case as the resident may read it: who is asked, the clock, and the judgement in force."""
    case, stands = read.case, read.stands
    judged = _judgement(read.steps) if stands.state in IN_FORCE else None
    return ResidentReport(
        case_id=case.case_id,
        line=line,
        accused=case.accused,
        institution_id=case.institution_id,
        reported_at=case.opened_at,
        state=stands.state,
        due_at=stands.due_at,
        is_late=stands.is_late,
        answer=stands.verdict if judged else None,
        sanction=stands.sanction,
        words=judged.said.words if judged else "",
        answered_at=judged.at if judged else None,
        may_contest=StepKind.APPEAL in steps_open_to(case, stands, resident),
    )


def told_key(read: CaseRead) -> str:
    """What there is to tell; it changes when there is something new."""
    stands = read.stands
    if stands.state in {State.DECIDED, State.CLOSED} and stands.verdict is not None:
        appeal = "appeal|" if any(step.kind is StepKind.APPEAL for step in read.steps) else ""
        return f"{appeal}{stands.verdict}|{stands.sanction}"
    return "late" if stands.is_late else ""


def the_resident(nobody: UUID) -> Person:
    """A resident in a case: without name, unit or id."""
    return Person(Office.RESIDENT, PractitionerId(nobody))


def _judgement(steps: Sequence[CaseStep]) -> CaseStep | None:
    return next((step for step in reversed(steps) if step.kind is StepKind.JUDGE), None)
