"""Where a case stands and who may do what next. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.standards import working_days_after
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.supervision.cases.model import (
    Case,
    CaseKind,
    CaseStep,
    Office,
    Person,
    Said,
    Sanction,
    Standing,
    State,
    StepKind,
    Verdict,
    last,
)

DECIDE_WORKING_DAYS: Final[Mapping[CaseKind, int]] = {
    CaseKind.WARNING: 15,
    CaseKind.RESIDENT_REPORT: 15,
}
ANSWER_WORKING_DAYS: Final = 5
APPEAL_WORKING_DAYS: Final = 10
DECIDE_APPEAL_WORKING_DAYS: Final = 15
REMEMBERED: Final = timedelta(days=3 * 366)
"""How far back cases are read; as long as the log at the least."""

_HANDLING: Final = frozenset({Office.OFFICER, Office.SUPERVISOR})
_SUSPENDING: Final = frozenset({Sanction.SUSPENSION, Sanction.REPORT})


def is_of_unit(person: Person, institution_id: InstitutionId, department: str) -> bool:
    """Whether a person belongs to a unit of an institution; who has no department is of each."""
    if person.institution_id != institution_id:
        return False
    return not person.department or not department or person.department == department


def is_own_unit(case: Case, person: Person) -> bool:
    """Whether a case is about somebody of the person's own unit."""
    return is_of_unit(person, case.institution_id, case.department)


@dataclass(slots=True)
class _Course:
    """A case as its steps have brought it, one after the other."""

    case: Case
    state: State
    due_at: datetime
    judge_by: datetime
    """Until when it must be judged, also while the accused is heard."""
    judgement: CaseStep | None = None
    in_force: CaseStep | None = None
    """The judgement that holds, also while an appeal against it is heard."""
    in_force_at: datetime | None = None
    judges: set[UUID] = field(default_factory=set)
    is_heard: bool = False
    is_for_region: bool = False
    is_appealed: bool = False

    def take(self, step: CaseStep) -> None:
        """Go on by one step."""
        if step.kind is StepKind.HEAR:
            self.is_heard = True
            self.state, self.due_at = State.HEARING, step.until or step.at
        elif step.kind is StepKind.ANSWER:
            self.state, self.due_at = State.HEARD, self.judge_by
        elif step.kind is StepKind.JUDGE:
            self.judgement = step
            self._judged(step)
        elif step.kind is StepKind.CONFIRM:
            self._judged(step)
        elif step.kind is StepKind.OBJECT:
            self.is_for_region, self.judgement = True, self.in_force
            self.state = State.HEARD if self.is_heard else State.OPEN
            self.due_at = self.judge_by
        elif step.kind is StepKind.APPEAL:
            self.is_for_region = self.is_appealed = True
            self.state = State.APPEALED
            self.due_at = self.judge_by = working_days_after(step.at, DECIDE_APPEAL_WORKING_DAYS)

    def _judged(self, step: CaseStep) -> None:
        """A judgement, or the second person's agreement; one that needs it has no term yet."""
        self.judges.add(step.by)
        if step.until is None:
            self.state, self.due_at = State.SECOND, self.judge_by
            return
        is_explained = step.said.verdict is Verdict.EXPLAINED
        is_over = self.is_appealed or (is_explained and self.case.kind is CaseKind.WARNING)
        self.state, self.due_at = (State.CLOSED if is_over else State.DECIDED), step.until
        self.in_force, self.in_force_at = self.judgement, step.at

    def wait(self, now: datetime) -> None:
        """What time alone changes: an answer that did not come, an appeal that nobody made."""
        if now >= self.due_at and self.state is State.HEARING:
            self.state, self.due_at = State.HEARD, self.judge_by
        if now >= self.due_at and self.state is State.DECIDED:
            self.state = State.CLOSED

    def suspended_at(self, steps: Sequence[CaseStep]) -> datetime | None:
        """Since when the account must be stopped, by the judgement in force or until there is one."""
        latest = last(steps, StepKind.SUSPEND, StepKind.LIFT)
        if self.in_force is None or self.in_force_at is None:
            return latest.at if latest and latest.kind is StepKind.SUSPEND else None
        said = self.in_force.said
        if said.verdict is Verdict.EXPLAINED or said.sanction not in _SUSPENDING:
            return None
        is_lifted = latest and latest.kind is StepKind.LIFT and latest.at > self.in_force_at
        return None if is_lifted else self.in_force_at


def standing(case: Case, steps: Sequence[CaseStep], now: datetime) -> Standing:
    """Where a case stands at a moment of the database's clock."""
    course = _Course(case, State.OPEN, case.due_at, case.due_at)
    for step in steps:
        course.take(step)
    course.wait(now)
    is_late = course.state in _TO_JUDGE and now >= course.due_at
    said = course.judgement.said if course.judgement else Said()
    taken = last(steps, StepKind.TAKE)
    return Standing(
        state=course.state,
        due_at=None if course.state is State.CLOSED else course.due_at,
        is_late=is_late,
        verdict=said.verdict,
        sanction=said.sanction,
        judges=frozenset(course.judges),
        suspended_at=course.suspended_at(steps),
        taken_by=taken.by if taken else None,
        is_for_region=course.is_for_region or is_late,
        is_heard=course.is_heard and course.state is not State.HEARING,
        is_judged=course.in_force is not None,
    )


_TO_JUDGE: Final = frozenset({State.OPEN, State.HEARD, State.SECOND, State.APPEALED})


def concerns(case: Case, person: Person) -> bool:
    """Whether somebody may know of a case at all; who is accused knows it from the hearing alone."""
    if person.office is Office.ACCUSED:
        return person.practitioner_id == case.accused
    if person.practitioner_id == case.accused:
        return False
    if person.office is Office.OFFICER:
        return person.institution_id == case.institution_id
    return person.office is Office.SUPERVISOR


def steps_open_to(case: Case, stands: Standing, person: Person) -> frozenset[StepKind]:
    """What this person may do about a case now; of the own case nobody judges anything."""
    if not concerns(case, person) and person.office is not Office.RESIDENT:
        return frozenset()
    if person.office in _HANDLING:
        return frozenset(kind for kind in _HANDLED if _may_handle(kind, case, stands, person))
    if person.office is Office.ACCUSED:
        return _open_to_the_accused(stands)
    is_contested = stands.state is State.DECIDED and stands.verdict is Verdict.EXPLAINED
    return frozenset({StepKind.APPEAL}) if is_contested else frozenset()


def _open_to_the_accused(stands: Standing) -> frozenset[StepKind]:
    if stands.state is State.HEARING:
        return frozenset({StepKind.ANSWER})
    is_against = stands.state is State.DECIDED and stands.verdict is Verdict.UNJUSTIFIED
    return frozenset({StepKind.APPEAL}) if is_against else frozenset()


_HANDLED: Final = (
    StepKind.TAKE,
    StepKind.HEAR,
    StepKind.JUDGE,
    StepKind.CONFIRM,
    StepKind.OBJECT,
    StepKind.SUSPEND,
    StepKind.LIFT,
    StepKind.ANSWER,
    StepKind.APPEAL,
)


def _may_handle(kind: StepKind, case: Case, stands: Standing, person: Person) -> bool:
    by, state = person.practitioner_id, stands.state
    # A second, or whoever gives an account back: of the region, or of another unit.
    is_apart = person.office is Office.SUPERVISOR or not is_own_unit(case, person)
    is_judge = person.office is Office.SUPERVISOR or not stands.is_for_region
    if kind in _HANDED_IN:
        # Whose account is stopped cannot sign in: what they hand in on paper is entered for them.
        may = stands.suspended_at is not None and kind in _open_to_the_accused(stands)
    elif kind is StepKind.TAKE:
        may = state is not State.CLOSED and stands.taken_by != by
    elif kind is StepKind.HEAR:
        # Nobody puts off by asking again and again what is the region's to judge by now.
        may = is_judge and state in _JUDGED_IN
    elif kind is StepKind.JUDGE:
        may = is_judge and by not in stands.judges and state in _JUDGED_IN
    elif kind is StepKind.SUSPEND:
        may = state is not State.CLOSED and not stands.is_judged and stands.suspended_at is None
    elif kind is StepKind.LIFT:
        may = stands.suspended_at is not None and is_apart
    else:
        may = state is State.SECOND and by not in stands.judges and is_apart
    return may


_HANDED_IN: Final = frozenset({StepKind.ANSWER, StepKind.APPEAL})
_JUDGED_IN: Final = frozenset({State.OPEN, State.HEARD, State.APPEALED})


def may_judge_so(stands: Standing, verdict: Verdict) -> bool:
    """Nobody is judged against unheard; that all is explained may be seen without a hearing."""
    return verdict is Verdict.EXPLAINED or stands.is_heard


def needs_second(case: Case, judge: Person) -> bool:
    """Whether one person's judgement is not enough: it is about the judge's own unit."""
    return is_own_unit(case, judge)
