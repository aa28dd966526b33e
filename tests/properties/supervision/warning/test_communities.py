"""What an evaluation counts of departments and their residents is what a count from the beginning gives."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.warning import Access, Alert, Finding, Severity
from warned import BEGIN

PERFORMANCE = Path(__file__).resolve().parents[3] / "performance"
HOUSE, WHO = InstitutionId(UUID(int=1)), PractitionerId(UUID(int=2))
DAYS, MANY = 3, 100


@pytest.fixture(scope="module")
def first_ten():
    before = set(sys.modules)
    sys.path.insert(0, str(PERFORMANCE))
    from supervision import first_ten as evaluation  # noqa: PLC0415 - found by the path above

    yield evaluation
    sys.path.remove(str(PERFORMANCE))
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"insiders", "supervision", "measure"}:
            del sys.modules[name]


# department, resident, day; in the order of days
looks = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 6)), max_size=60
).map(lambda drawn: sorted(drawn, key=lambda one: one[2]))


def an_access(department: int, resident: int) -> Access:
    return Access(
        leaf=1,
        at=BEGIN,
        practitioner=WHO,
        institution=HOUSE,
        department=str(department),
        role=PractitionerRole.DOCTOR,
        resident_mark=b"%d" % resident,
        action=Action.RECORD_DISCLOSE,
    )


def learnt(first_ten, found, most=MANY):
    memory = first_ten.Communities(DAYS, most)
    for department, resident, day in found:
        memory.learn(an_access(department, resident), day)
        assert len(memory.seen) <= most
    return memory


def recounted(memory):
    """Both counts anew from whom the memory knows."""
    residents = Counter(one for known in memory.seen.values() for one in known)
    shared = Counter(
        pair for known in memory.seen.values() for pair in combinations(sorted(known), 2)
    )
    return residents, shared


@given(found=looks, most=st.integers(1, 6))
def test_what_is_counted_is_what_is_remembered_and_no_more(first_ten, found, most):
    memory = learnt(first_ten, found, most)
    assert (memory.residents, memory.shared) == recounted(memory)


@given(found=looks, random=st.randoms(use_true_random=False))
def test_in_which_order_a_day_comes_does_not_matter(first_ten, found, random):
    other = sorted(found, key=lambda one: (one[2], random.random()))
    first, second = learnt(first_ten, found), learnt(first_ten, other)
    for department in range(5):
        for resident in range(4):
            weighed = an_access(department, resident)
            assert first.unusual(weighed, 7) == second.unusual(weighed, 7)


def test_strange_company_is_more_unusual_than_the_usual_one(first_ten):
    memory = first_ten.Communities(DAYS, MANY)
    for resident in range(20):
        for department in (resident % 2, 2 + resident % 2):  # 0 goes with 2, 1 with 3
            memory.learn(an_access(department, resident), 0)
    memory.learn(an_access(0, 50), 0)
    usual, strange = memory.unusual(an_access(2, 50), 0), memory.unusual(an_access(3, 50), 0)
    assert 0 < usual < strange < 1
    assert memory.unusual(an_access(0, 50), 0) == 0
    assert memory.unusual(an_access(3, 51), 0) is None  # nothing is known of this resident
    assert memory.unusual(an_access(3, 50), DAYS) is None  # or not any more


def an_alert(number: int, severity: Severity, score: float) -> Alert:
    finding = Finding(
        rule="family",
        at=BEGIN,
        practitioner=WHO,
        institution=HOUSE,
        resident_marks=(b"m",),
        severity=severity,
        weight=score,
        leaves=(number,),
    )
    return Alert(
        alert_id=f"{number:032x}",
        edition="2026-1",
        opened_at=BEGIN + timedelta(seconds=number),
        latest_at=BEGIN,
        practitioner=WHO,
        institution=HOUSE,
        resident_marks=(b"m",),
        severity=severity,
        score=score,
        findings=(finding,),
    )


def test_the_order_decides_among_equally_grave_alerts_alone(first_ten):
    # Ten right ones that look usual, ten false ones that look strange: all that changes is which come first.
    grave = [(an_alert(number, Severity.HIGH, 0.7), number < 10) for number in range(20)]
    light = [(an_alert(number, Severity.LOW, 0.9), False) for number in range(20, 30)]
    told = {alert.alert_id: (alert, is_right) for alert, is_right in [*light, *grave]}
    unusual = {number: float(number >= 10) for number in range(30)}
    made = first_ten.Days({0: told}, dict.fromkeys(first_ten.REMEMBERED, unusual))
    assert made.precision(None, waits=True) == 1.0
    for memory in first_ten.REMEMBERED:
        for order in first_ten.ORDERS:
            assert made.precision((memory, order), waits=True) == 0.0
    # On the second day the others come, on the third the light ones; what does not wait is not looked at.
    made.days |= {1: {}, 2: {}}
    assert made.precision(None, waits=True) == pytest.approx(10 / 30)
    assert made.precision(None, waits=False) == 1.0
