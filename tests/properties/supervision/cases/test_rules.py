"""Laws of cases: whatever is done in whatever order, nobody judges themselves and two close their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards import working_days_after
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.cases import rules
from openhealthcode.supervision.cases.model import (
    About,
    Case,
    CaseKind,
    CaseStep,
    Office,
    Person,
    Said,
    Sanction,
    State,
    StepKind,
    Verdict,
)
from openhealthcode.supervision.cases.stepping import _in_force, _until

HOSPITAL, AUTHORITY = InstitutionId(UUID(int=1)), InstitutionId(UUID(int=2))
OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def person(number: int, office: Office, institution=HOSPITAL, department="内科") -> Person:
    return Person(office, PractitionerId(UUID(int=number)), institution, department)


ACCUSED = person(10, Office.ACCUSED)
PEOPLE = (
    ACCUSED,
    person(10, Office.OFFICER),
    person(10, Office.SUPERVISOR),
    person(11, Office.OFFICER),
    person(12, Office.OFFICER, department="信息科"),
    person(13, Office.OFFICER, department=""),
    person(14, Office.OFFICER, AUTHORITY),
    person(15, Office.SUPERVISOR, AUTHORITY, ""),
    person(16, Office.SUPERVISOR, AUTHORITY, ""),
    person(17, Office.SUPERVISOR),
    person(99, Office.RESIDENT, None, ""),
)
BESIDES = {StepKind.TAKE, StepKind.SUSPEND, StepKind.LIFT}
acts = st.lists(
    st.tuples(
        st.integers(0, 99),
        st.integers(0, 99),
        st.sampled_from(Verdict),
        st.sampled_from(Sanction),
        st.integers(0, 200),
    ),
    max_size=25,
)
"""At each turn one of the kinds of steps that are open to anybody, and one of those to whom it is."""


def case(kind: CaseKind, department: str) -> Case:
    return Case(
        case_id=UUID(int=7),
        kind=kind,
        accused=ACCUSED.practitioner_id,
        institution_id=HOSPITAL,
        department=department,
        about=About(),
        opened_at=OPENED,
        due_at=working_days_after(OPENED, 15),
    )


cases = st.builds(case, st.sampled_from(CaseKind), st.sampled_from(["内科", ""]))


def played(one: Case, tried) -> list[tuple[Person, CaseStep]]:
    """A case gone through as these choices say, as far as its rules let it go."""
    done: list[tuple[Person, CaseStep]] = []
    at = OPENED
    for which, by, verdict, sanction, hours in tried:
        at += timedelta(hours=hours)
        before = rules.standing(one, [step for _, step in done], at)
        may = [(who, kind) for who in PEOPLE for kind in rules.steps_open_to(one, before, who)]
        if not may:
            break
        kinds = sorted({kind for _, kind in may})
        if which % 5:  # mostly what leads on
            kinds = [kind for kind in kinds if kind not in BESIDES] or kinds
        kind = kinds[which % len(kinds)]
        people = [who for who, open_kind in may if open_kind is kind]
        who = people[by % len(people)]
        if kind is StepKind.JUDGE and not rules.may_judge_so(before, verdict):
            continue
        step = CaseStep(
            number=len(done) + 1,
            kind=kind,
            office=who.office,
            by=who.practitioner_id,
            at=at,
            said=_in_force(before, kind, Said("说明", verdict, sanction)),
            until=_until(one, who, kind, at),
        )
        done.append((who, step))
    return done


@given(cases, acts)
def test_the_accused_answers_and_appeals_and_nothing_else(one, tried):
    for who, step in played(one, tried):
        if who.practitioner_id == ACCUSED.practitioner_id:
            assert who.office is Office.ACCUSED
            assert step.kind in {StepKind.ANSWER, StepKind.APPEAL}


@given(cases, acts)
def test_no_case_of_the_own_unit_is_decided_by_one(one, tried):
    done = played(one, tried)
    for place, (who, step) in enumerate(done):
        if step.kind is StepKind.JUDGE and rules.is_own_unit(one, who):
            stands = rules.standing(one, [s for _, s in done[: place + 1]], step.at)
            assert stands.state is State.SECOND
            assert stands.suspended_at is None or step.said.sanction is not None
    for place, (who, step) in enumerate(done):
        if step.kind is StepKind.CONFIRM:
            judge = next(s for _, s in reversed(done[:place]) if s.kind is StepKind.JUDGE)
            assert judge.by != step.by
            assert who.office is Office.SUPERVISOR or not rules.is_own_unit(one, who)


@given(cases, acts)
def test_nobody_is_judged_against_unheard(one, tried):
    done = played(one, tried)
    for place, (_, step) in enumerate(done):
        if step.kind is StepKind.JUDGE and step.said.verdict is Verdict.UNJUSTIFIED:
            assert any(s.kind is StepKind.HEAR for _, s in done[:place])


@given(cases, acts)
def test_an_appeal_is_decided_by_nobody_who_judged_before(one, tried):
    done = played(one, tried)
    for place, (who, step) in enumerate(done):
        if step.kind is not StepKind.JUDGE:
            continue
        earlier = [s for _, s in done[:place]]
        if any(s.kind is StepKind.APPEAL for s in earlier):
            assert who.office is Office.SUPERVISOR
            assert step.by not in {
                s.by for s in earlier if s.kind in {StepKind.JUDGE, StepKind.CONFIRM}
            }


@given(cases, acts)
def test_what_is_the_regions_to_judge_nobody_else_puts_off_by_hearing_again(one, tried):
    done = played(one, tried)
    for place, (who, step) in enumerate(done):
        before = rules.standing(one, [s for _, s in done[:place]], step.at)
        if step.kind is StepKind.HEAR and before.is_for_region:
            assert who.office is Office.SUPERVISOR


@given(cases, acts)
def test_a_closed_case_stays_closed_and_only_an_account_can_still_be_given_back(one, tried):
    done = played(one, tried)
    is_closed = False
    for place, (_, step) in enumerate(done):
        if is_closed:
            assert step.kind is StepKind.LIFT
        steps = [s for _, s in done[: place + 1]]
        is_closed = rules.standing(one, steps, step.at).state is State.CLOSED
    last = OPENED + timedelta(days=400)
    final = rules.standing(one, [s for _, s in done], last)
    assert (final.due_at is None) == (final.state is State.CLOSED)


@given(cases, acts)
def test_an_account_is_stopped_only_by_a_stop_or_a_judgement_in_force(one, tried):
    done = [step for _, step in played(one, tried)]
    stands = rules.standing(one, done, done[-1].at if done else OPENED)
    if stands.suspended_at is not None:
        assert stands.suspended_at in {
            s.at for s in done if s.kind in {StepKind.SUSPEND, StepKind.JUDGE, StepKind.CONFIRM}
        }


@given(cases, acts)
def test_a_suspension_in_force_ends_by_a_judgement_or_by_being_lifted_alone(one, tried):
    done = [step for _, step in played(one, tried)]
    for place in range(1, len(done)):
        at = done[place].at
        before = rules.standing(one, done[:place], at)
        after = rules.standing(one, done[: place + 1], at)
        if before.suspended_at is not None and after.suspended_at is None:
            assert done[place].kind in {StepKind.JUDGE, StepKind.CONFIRM, StepKind.LIFT}


def test_who_judged_neither_agrees_with_themselves_nor_decides_the_appeal():
    one, judge = case(CaseKind.WARNING, "内科"), person(17, Office.SUPERVISOR)

    def step(number, kind, who, until=None, verdict=None):
        said = Said("说明", verdict, Sanction.WARNING)
        at = OPENED + timedelta(minutes=number)
        return CaseStep(
            number=number,
            kind=kind,
            office=who.office,
            by=who.practitioner_id,
            at=at,
            said=said,
            until=until,
        )

    later = OPENED + timedelta(days=9)
    heard = (step(1, StepKind.HEAR, judge, later), step(2, StepKind.ANSWER, ACCUSED))
    judged = (*heard, step(3, StepKind.JUDGE, judge, None, Verdict.UNJUSTIFIED))
    stands = rules.standing(one, judged, OPENED + timedelta(hours=1))
    assert stands.state is State.SECOND
    assert StepKind.CONFIRM not in rules.steps_open_to(one, stands, judge)
    second = person(15, Office.SUPERVISOR, AUTHORITY, "")
    assert StepKind.CONFIRM in rules.steps_open_to(one, stands, second)
    agreed = (*judged, step(4, StepKind.CONFIRM, second, later, Verdict.UNJUSTIFIED))
    appealed = (*agreed, step(5, StepKind.APPEAL, ACCUSED))
    stands = rules.standing(one, appealed, OPENED + timedelta(hours=1))
    assert stands.state is State.APPEALED
    may = [
        who.practitioner_id.int
        for who in PEOPLE
        if StepKind.JUDGE in rules.steps_open_to(one, stands, who)
    ]
    assert may == [16]
