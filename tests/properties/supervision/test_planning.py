"""Laws of the officers' queues: nothing is lost, nobody looks twice, nobody at the own accesses."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.alerts import AlertRow, AlertState
from openhealthcode.supervision.alerts.officers import planned
from openhealthcode.supervision.cases import Office, Person
from openhealthcode.supervision.warning import Alert, Severity, shipped

AT = datetime(2026, 3, 2, tzinfo=UTC)
HOSPITAL = InstitutionId(UUID(int=1))
people = st.integers(1, 6).map(lambda number: PractitionerId(UUID(int=number)))


def row(number: int, who: PractitionerId, severity: Severity) -> AlertRow:
    alert = Alert(
        alert_id=f"{number:032x}"[::-1],
        edition="2026-1",
        opened_at=AT,
        latest_at=AT,
        practitioner=who,
        institution=HOSPITAL,
        resident_marks=(b"m",),
        severity=severity,
        score=0.7,
        findings=(),
    )
    return AlertRow(
        alert_id=UUID(alert.alert_id),
        alert=alert,
        told_at=AT,
        state=AlertState.OPEN,
        case_id=None,
        settled_at=None,
        settled_by=None,
    )


alerts_found = st.lists(st.tuples(people, st.sampled_from(Severity)), max_size=80).map(
    lambda found: [row(number, *one) for number, one in enumerate(found, 1)]
)


@given(alerts_found, st.sets(people, min_size=1))
def test_every_alert_is_in_one_queue_or_waits(found, officers):
    ordered = sorted(officers)
    queues = []
    for who in ordered:
        mine = [one for one in found if one.alert.practitioner != who]
        queues.append(planned(shipped(), mine, ordered, Person(Office.OFFICER, who, HOSPITAL)))
        queue = queues[-1]
        assert {*queue.today, *queue.others, *queue.waiting} == set(mine)
        assert not set(queue.today) & set(queue.others)
        assert all(one.alert.practitioner != who for one in queue.today)
        assert len(queue.today) + len(queue.others) <= queue.budget * len(ordered)
    shown = [one for queue in queues for one in queue.today]
    assert len(shown) == len(set(shown))  # of each alert one officer is in charge


@given(alerts_found)
def test_the_gravest_come_first_and_what_waits_is_no_graver(found):
    me = PractitionerId(UUID(int=99))
    queue = planned(shipped(), found, [me], Person(Office.OFFICER, me, HOSPITAL))
    grades = [one.alert.severity for one in queue.today]
    assert grades == sorted(grades, reverse=True)
    if queue.waiting:
        assert max(one.alert.severity for one in queue.waiting) <= min(grades)
