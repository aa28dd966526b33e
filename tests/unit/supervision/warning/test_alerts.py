"""How findings become alerts, how many an officer is shown, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import pytest

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.supervision.warning import (
    Access,
    AccountState,
    Evidence,
    Memory,
    Relation,
    Severity,
    Watch,
    plan,
    replay,
    shipped,
)

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LOOK = Access(
    leaf=0,
    at=MONDAY,
    practitioner=UUID(int=1),
    institution=UUID(int=2),
    department="ward",
    role=PractitionerRole.DOCTOR,
    resident_mark=b"a",
    action=Action.RECORD_DISCLOSE,
)


def looks(*changed):
    return [LOOK._replace(leaf=number, **change) for number, change in enumerate(changed)]


def family(days=0, mark=b"a", **more):
    related = frozenset({Relation.FAMILY})
    return {
        "at": MONDAY + timedelta(days=days),
        "relations": related,
        "resident_mark": mark,
        **more,
    }


def alerts_of(*changed):
    return list(replay(shipped(), looks(*changed)).alerts.values())


def test_one_person_within_a_week_is_one_alert():
    (alert,) = alerts_of(family(), family(1, b"b"), family(6))
    assert [finding.rule for finding in alert.findings] == ["family", "family"]
    assert alert.resident_marks == (b"b", b"a")
    assert alert.findings[1].leaves == (0, 2)
    assert alert.opened_at == MONDAY + timedelta(days=1)
    assert alert.latest_at == MONDAY + timedelta(days=6)


def test_after_a_week_it_is_another_alert():
    first, second = alerts_of(family(), family(8))
    assert first.alert_id != second.alert_id
    assert len(alerts_of(family(), family(5, b"b"), family(9, b"c"))) == 2


def test_two_people_are_two_alerts():
    assert len(alerts_of(family(), family(practitioner=UUID(int=9)))) == 2


def test_many_who_look_at_one_protected_person_are_one_alert_about_the_resident():
    vip = {"relations": frozenset({Relation.VIP})}
    (alert,) = alerts_of(
        vip | {"practitioner": UUID(int=1)}, vip | {"practitioner": UUID(int=2), "department": "b"}
    )
    assert all(finding.is_about_resident for finding in alert.findings)
    assert alert.findings[0].leaves == (0, 1)


def test_a_doubt_alone_is_no_alert_and_doubts_add_up():
    mismatch = {"scene": None, "role": PractitionerRole.PHARMACIST}
    one = mismatch | {"scene": "vaccination"}
    assert alerts_of(one) == []
    (alert,) = alerts_of(one, one | {"resident_mark": b"b"})
    assert alert.score == round(1 - 0.6 * 0.6, 4)


def test_what_has_weak_explanations_is_a_note():
    desk = {"department": "desk", "role": PractitionerRole.REGISTRAR, "scene": "registration"}
    related = {"relations": frozenset({Relation.CO_WORKER}), "practitioner": UUID(int=5)}
    found = replay(shipped(), looks(desk, related)).findings
    assert [(one.rule, one.severity) for one in found] == [("co-worker", Severity.NOTE)]
    assert alerts_of(desk, related) == []


@pytest.mark.parametrize(
    ("hours", "weight"), [(1, 0.325), (30, 0.325), (47, 0.325), (49, 0.65), (200, 0.65)]
)
def test_another_department_in_the_two_days_before_halves_the_weight(hours, weight):
    before = {"department": "laboratory", "practitioner": UUID(int=5)}
    related = {"relations": frozenset({Relation.CO_WORKER}), "at": MONDAY + timedelta(hours=hours)}
    (found,) = replay(shipped(), looks(before, related)).findings
    assert (found.rule, found.weight) == ("co-worker", weight)


def test_what_others_did_excuses_no_habit():
    others = [
        {
            "department": "laboratory",
            "practitioner": UUID(int=5),
            "at": MONDAY + timedelta(days=day),
        }
        for day in (0, 2, 4)
    ]
    again = [{"at": MONDAY + timedelta(days=day, hours=1)} for day in (0, 2, 4)]
    both = [one for pair in zip(others, again, strict=True) for one in pair]
    found = {one.rule: one for one in replay(shipped(), looks(*both)).findings}
    assert found["repeated-look"].weight == shipped().rules["repeated-look"].weight


def test_a_system_is_asked_by_the_gates_alone():
    assert alerts_of(family(is_system=True)) == []
    assert len(alerts_of(family(is_system=True, account=AccountState.SUSPENDED))) == 1


def test_an_explanation_that_comes_on_the_same_day_takes_back_what_was_counted():
    watch = Watch(shipped())
    for access in looks(
        {"resident_mark": b"x"}, {"resident_mark": b"x", "evidence": frozenset({Evidence.CODE})}
    ):
        watch.judge(access)
    (person,) = watch.memory.people.values()
    assert person.counts.between(0, 10**6) == (1, 0)
    assert person.looked == {}


def test_officers_are_shown_the_gravest_and_nothing_is_dropped():
    made = [
        replace(alert, severity=severity, score=score, alert_id=str(number))
        for number, (severity, score) in enumerate(
            [(Severity.LOW, 0.9), (Severity.HIGH, 0.7), (Severity.HIGH, 0.8), (Severity.LOW, 0.95)]
        )
        for alert in alerts_of(family())
    ]
    budget = MappingProxyType({**shipped().alerts, "per_officer_a_day": 1.0})
    edition = replace(shipped(), alerts=budget)
    shown, waiting = plan(made, 3, edition)
    assert [alert.alert_id for alert in shown] == ["2", "1", "3"]
    assert [alert.alert_id for alert in waiting] == ["0"]
    assert plan(made, 0, edition).shown == ()


def test_residents_nobody_looks_at_and_alerts_gone_quiet_are_forgotten():
    watch = Watch(shipped())
    watch.judge(LOOK._replace(**family()))
    stored = {(row.kind, row.key): row for row in watch.memory.changes()}
    watch.judge(LOOK._replace(leaf=1, at=MONDAY + timedelta(days=20), resident_mark=b"z"))
    for row in watch.memory.changes():
        stored[row.kind, row.key] = row
    memory = Memory.remember(stored.values())
    assert list(memory.seen) == [b"z"]
    assert memory.groups == {}
    assert list(memory.people) == [1]


def test_what_somebody_did_in_the_night_belongs_to_the_regions_day():
    watch = Watch(shipped())
    # 23:30 and 00:30 in China are two days, both on 2 March in UTC.
    for number, minutes in enumerate((14 * 60 + 30, 15 * 60 + 30)):
        watch.judge(LOOK._replace(leaf=number, at=MONDAY + timedelta(minutes=minutes)))
    (person,) = watch.memory.people.values()
    assert len(person.counts.by_day) == 2
