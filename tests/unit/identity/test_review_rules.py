"""Which case is done first, who may take it up, and how much work a queue is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from openhealthcode.identity.review import Answer, Answered, ReviewItem, ReviewKind, Risk, rules
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OURS, THEIRS = InstitutionId(UUID(int=1)), InstitutionId(UUID(int=2))


def item(
    kind: ReviewKind = ReviewKind.DUPLICATE,
    reason: str = "score",
    bits: float | None = 1.0,
    hours: float = 1,
    institution_id: InstitutionId | None = OURS,
) -> ReviewItem:
    return ReviewItem(
        residents=(ResidentId(UUID(int=7)), ResidentId(UUID(int=8))),
        review_key=bytes(32),
        kind=kind,
        reason=reason,
        bits=bits,
        model_version="1",
        institution_id=institution_id,
        opened_at=NOW - timedelta(hours=hours),
    )


def answered(answer: Answer, institution_id: InstitutionId = OURS) -> Answered:
    return Answered(
        resident_id=ResidentId(UUID(int=7)),
        review_key=bytes(32),
        answer=answer,
        at=NOW,
        clerk_id=PractitionerId(UUID(int=9)),
        institution_id=institution_id,
    )


@pytest.mark.parametrize(
    ("case", "risk"),
    [
        (item(ReviewKind.SET_ASIDE, "name-disagrees", None), Risk.MIXED_UP),
        (item(reason="D2", bits=30.0), Risk.MIXED_UP),
        (item(reason="D3", bits=-4.0), Risk.MIXED_UP),
        (item(bits=6.0), Risk.LIKELY),
        (item(bits=5.99), Risk.POSSIBLE),
        (item(bits=None), Risk.POSSIBLE),
        (item(reason="institution", bits=0.0), Risk.LIKELY),
        (item(ReviewKind.SET_ASIDE, "doubtful", None), Risk.LEFT_OUT),
    ],
)
def test_the_risk_of_a_case(case, risk):
    assert rules.risk_of(case) is risk


def test_the_riskiest_comes_first_and_of_equal_risk_the_oldest():
    aside = item(ReviewKind.SET_ASIDE, "name-disagrees", None, hours=0.1)
    likely, older, slight = item(bits=20.0), item(bits=7.0, hours=9), item(bits=0.5, hours=90)
    assert rules.by_risk([slight, likely, older, aside]) == [aside, older, likely, slight]


@pytest.mark.parametrize(
    ("minutes", "count", "work"),
    [
        ([], 30, timedelta(hours=2)),
        ([1] * 9, 30, timedelta(hours=2)),
        ([1] * 10, 30, timedelta(minutes=30)),
        ([2] * 9 + [600] * 10, 1, timedelta(minutes=30)),
        ([2] * 10 + [600] * 9, 1, timedelta(minutes=2)),
        ([5] * 50, 0, timedelta(0)),
    ],
)
def test_the_work_is_counted_by_how_long_answers_took(minutes, count, work):
    assert rules.work_of(count, [timedelta(minutes=each) for each in minutes]) == work


@pytest.mark.parametrize(
    ("case", "latest", "who", "may"),
    [
        (item(), None, OURS, True),
        (item(), None, THEIRS, False),
        (item(institution_id=None), None, THEIRS, True),
        (item(hours=71.9), None, THEIRS, False),
        (item(hours=72), None, THEIRS, True),
        (item(hours=900), answered(Answer.MERGED, OURS), THEIRS, False),
        (item(hours=900), answered(Answer.MERGED, THEIRS), THEIRS, True),
        (item(hours=900), answered(Answer.MERGED, THEIRS), OURS, True),
        (item(hours=900), answered(Answer.REOPENED, OURS), THEIRS, True),
        (item(hours=1), answered(Answer.REOPENED, THEIRS), THEIRS, False),
    ],
)
def test_who_may_take_a_case_up(case, latest, who, may):
    assert rules.may_take_up(case, latest, who, NOW) is may


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_but_taking_back_settles(answer):
    assert answer.settles is (answer is not Answer.REOPENED)
