"""The triage gate, who reviews an override, until when, and what follows: tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openhealthcode.consent.emergency import (
    AdvanceChoice,
    CaseState,
    EmergencyScope,
    Judgement,
    OverrideCase,
    OverrideFigures,
    Reviewer,
    may_review,
    opens_more,
    reviewers_needed,
    state_of,
)
from openhealthcode.consent.emergency.rules import can_wait
from openhealthcode.standards import InvalidInput, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from spec.tables import named, rows

OPENED = datetime(2026, 3, 1, 8, tzinfo=UTC)

STATES = """
judgements          | needed | hours | state
--------------------+--------+-------+----------
                    | 1      | 0     | waiting
                    | 1      | 71.99 | waiting
                    | 1      | 72    | overdue
                    | 1      | 9000  | overdue
confirmed           | 1      | 1     | confirmed
confirmed           | 1      | 100   | confirmed
objected            | 1      | 1     | objected
objected            | 1      | 100   | objected
confirmed           | 2      | 1     | waiting
confirmed           | 2      | 72    | overdue
confirmed confirmed | 2      | 1     | confirmed
confirmed objected  | 2      | 1     | objected
objected confirmed  | 2      | 1     | objected
objected            | 2      | 1     | objected
"""


def case(judgements: str = "", needed: int = 1, author: str = "wang") -> OverrideCase:
    return OverrideCase(
        resident_id=ResidentId(named("resident")),
        consent_id=ConsentId(named("override")),
        institution_id=InstitutionId(named("hospital")),
        practitioner_id=PractitionerId(named(author)),
        opened_at=OPENED,
        due_at=OPENED + timedelta(hours=72),
        reviewers_needed=needed,
        judgements={
            PractitionerId(named(f"reviewer {place}")): Judgement(said)
            for place, said in enumerate(judgements.split(), start=1)
        },
    )


def after(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


@pytest.mark.parametrize("row", rows(STATES), ids=str)
def test_where_a_case_stands(row):
    found = state_of(case(row["judgements"], int(row["needed"])), after(float(row["hours"])))
    assert found == CaseState(row["state"])


REVIEWERS = """
who        | office     | at       | judgements | needed | hours | may
-----------+------------+----------+------------+--------+-------+----
reviewer 1 | officer    | hospital |            | 1      | 1     | yes
reviewer 1 | officer    | hospital |            | 1      | 100   | yes
reviewer 1 | officer    | clinic   |            | 1      | 1     | no
wang       | officer    | hospital |            | 1      | 1     | no
wang       | supervisor | hospital |            | 1      | 100   | no
reviewer 2 | officer    | hospital | confirmed  | 1      | 1     | no
reviewer 2 | officer    | hospital | objected   | 2      | 1     | no
reviewer 1 | officer    | hospital | confirmed  | 2      | 1     | no
reviewer 2 | officer    | hospital | confirmed  | 2      | 1     | yes
chen       | supervisor | office   |            | 1      | 1     | no
chen       | supervisor | office   |            | 1      | 72    | yes
chen       | supervisor | office   |            | 2      | 1     | no
chen       | supervisor | office   | confirmed  | 2      | 1     | yes
reviewer 1 | supervisor | office   | confirmed  | 2      | 100   | no
"""


@pytest.mark.parametrize("row", rows(REVIEWERS), ids=str)
def test_who_may_judge_a_case(row):
    reviewer = Reviewer(
        PractitionerId(named(row["who"])),
        InstitutionId(named(row["at"])),
        row["office"] == "supervisor",
    )
    found = case(row["judgements"], int(row["needed"]))
    assert may_review(found, reviewer, after(float(row["hours"]))) is (row["may"] == "yes")


EARLIER = """
earlier overrides     | hours | needed
----------------------+-------+-------
                      | 0     | 1
waiting               | 1     | 1
waiting               | 72    | 2
confirmed             | 100   | 1
objected              | 1     | 2
confirmed objected    | 1     | 2
confirmed waiting     | 100   | 2
"""


@pytest.mark.parametrize("row", rows(EARLIER), ids=str)
def test_a_doubtful_override_brings_a_second_reviewer_for_later_ones(row):
    earlier = [case("" if said == "waiting" else said) for said in row["earlier overrides"].split()]
    assert reviewers_needed(earlier, after(float(row["hours"]))) == int(row["needed"])


@pytest.mark.parametrize(
    ("level", "waits"), [(1, False), (2, False), (3, False), (4, True), (5, True)]
)
def test_the_triage_gate(level, waits):
    assert can_wait(level) is waits


@pytest.mark.parametrize("level", [-1, 0, 6, 45])
def test_a_triage_level_that_does_not_exist_is_refused(level):
    with pytest.raises(InvalidInput):
        can_wait(level)


MORE = """
before                    | chosen                            | more
--------------------------+-----------------------------------+-----
emergency-set             | emergency-set                     | no
emergency-set             | all                               | yes
emergency-set             | blood-type-and-allergies          | no
nothing                   | blood-type-and-allergies          | yes
emergency-set             | emergency-set genetic             | yes
emergency-set genetic     | emergency-set                     | no
all                       | nothing genetic                   | yes
nothing genetic           | all                               | yes
all genetic               | all genetic                       | no
"""


def choice(text: str) -> AdvanceChoice:
    scope, *opened = text.split()
    return AdvanceChoice(
        scope=EmergencyScope(scope), opened=frozenset(map(SensitiveCategory, opened))
    )


@pytest.mark.parametrize("row", rows(MORE), ids=str)
def test_opening_more_is_told_from_opening_less(row):
    assert opens_more(choice(row["chosen"]), choice(row["before"])) is (row["more"] == "yes")


def test_the_share_leaves_out_what_is_not_due():
    assert OverrideFigures(confirmed=0, objected=0, waiting=9, overdue=0).confirmed_ratio is None
    figures = OverrideFigures(confirmed=6, objected=1, waiting=9, overdue=1)
    assert (figures.opened, figures.confirmed_ratio) == (17, 0.75)
