"""What holds of the early warning, whatever the log says."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from openhealthcode.supervision.warning import Memory, Watch, replay, shipped
from openhealthcode.supervision.warning.baseline import Counts, Habits
from openhealthcode.supervision.warning.edition import LANGUAGES, THRESHOLDS
from warned import eager, streams, with_threshold

EAGER = eager()
RULES_AND_THRESHOLDS = [
    (rule, what) for rule, names in THRESHOLDS.items() for what in sorted(names)
]
WEIGHING_LESS = {"most_left_at_desk", "most_unexplained_share"}
"""These do not decide whether a rule speaks, but how much it weighs."""


def judged(watch, accesses):
    return [watch.judge(access) for access in accesses]


@given(streams(), st.lists(st.integers(0, 60), max_size=3))
def test_a_restart_forgets_nothing(accesses, cuts):
    whole = judged(Watch(EAGER), accesses)
    stored, told = {}, []
    edges = sorted({0, len(accesses), *(cut for cut in cuts if cut < len(accesses))})
    for begin, end in pairwise(edges):
        watch = Watch(EAGER, Memory.remember(stored.values()))
        told += judged(watch, accesses[begin:end])
        for row in watch.memory.changes():
            stored[row.kind, row.key] = row
    assert told == whole


@given(streams(), st.integers(0, 60))
def test_what_is_stored_is_what_is_remembered(accesses, cut):
    watch, stored = Watch(EAGER), {}
    for some in (accesses[:cut], accesses[cut:]):
        judged(watch, some)
        stored |= {(row.kind, row.key): row for row in watch.memory.changes()}
    again, memory = Memory.remember(stored.values()), watch.memory
    for kept in ("people", "teams", "seen", "groups", "day"):
        assert getattr(again, kept) == getattr(memory, kept)


@given(streams())
def test_what_is_taken_out_once_is_not_taken_out_again(accesses):
    watch = Watch(EAGER)
    judged(watch, accesses)
    watch.memory.changes()
    assert [row.kind for row in watch.memory.changes()] == ["day"]


@given(streams(0), streams(1), st.randoms())
def test_in_which_order_unrelated_accesses_arrive_does_not_matter(ours, theirs, random):
    both = [*ours, *theirs]
    orders = (sorted(both, key=lambda one: (one.at, random.random())) for _ in range(2))
    # Those of one world stay in the order of their leaves.
    first, other = (sorted(order, key=_time_then(order)) for order in orders)
    assert _found(first) == _found(other)


def _time_then(order):
    place = {access.leaf: number for number, access in enumerate(order)}
    firsts = {}
    for access in order:
        firsts.setdefault((access.at, access.leaf % 2), place[access.leaf])
    return lambda one: (one.at, firsts[one.at, one.leaf % 2], one.leaf)


def _found(accesses):
    found = replay(EAGER, accesses).findings
    return sorted(map(repr, found))


@given(streams(), st.sampled_from(RULES_AND_THRESHOLDS), st.floats(0.2, 5))
@settings(max_examples=300)
def test_a_laxer_threshold_never_finds_more(accesses, which, factor):
    rule, what = which
    is_laxer_higher = what.startswith("least")
    value = EAGER.rules[rule].thresholds[what]
    other = value * max(factor, 1 / factor) if is_laxer_higher else value * min(factor, 1 / factor)
    lax = with_threshold(EAGER, rule, **{what: other})
    strict = {f.leaves[-1]: f for f in replay(EAGER, accesses).findings if f.rule == rule}
    found = {f.leaves[-1]: f for f in replay(lax, accesses).findings if f.rule == rule}
    assert found.keys() <= strict.keys()
    if what in WEIGHING_LESS:
        assert all(found[leaf].weight <= strict[leaf].weight for leaf in found)


@given(streams(), st.sampled_from(sorted(THRESHOLDS)))
def test_what_one_rule_finds_does_not_depend_on_another(accesses, rule):
    without = replay(with_threshold(EAGER, rule, is_enabled=False), accesses).findings
    assert list(without) == [one for one in replay(EAGER, accesses).findings if one.rule != rule]


@given(streams(), st.floats(0.6, 1))
def test_a_higher_score_never_makes_more_alerts(accesses, score):
    strict = replace(EAGER, alerts=MappingProxyType({**EAGER.alerts, "least_score": score}))
    assert replay(strict, accesses).alerts.keys() <= replay(EAGER, accesses).alerts.keys()


@given(streams())
def test_every_finding_is_a_whole_sentence(accesses):
    for finding in replay(EAGER, accesses).findings:
        for language in LANGUAGES:
            sentence = EAGER.sentence(finding, language)
            assert not set("…{}") & set(sentence)


@given(streams())
def test_an_alert_rests_on_its_own_findings(accesses):
    result = replay(EAGER, accesses)
    known = {(access.leaf, access.practitioner) for access in accesses}
    for alert in result.alerts.values():
        assert alert.score >= EAGER.alerts["least_score"]
        assert alert.severity == max(finding.severity for finding in alert.findings)
        for finding in alert.findings:
            assert (finding.leaves[-1], finding.practitioner) in known
            assert finding.practitioner == alert.practitioner or finding.is_about_resident


@given(streams(most=120))
def test_what_is_remembered_is_bounded(accesses):
    watch = Watch(EAGER)
    judged(watch, accesses * 3)
    for person in watch.memory.people.values():
        assert len(person.recent) <= 80
        assert len(person.refused) <= 40
        assert len(person.counts.by_day) <= 28
        assert len(person.habits.terminals) <= 12
    for seen in watch.memory.seen.values():
        assert len(seen.looks) <= 24
    for group in watch.memory.groups.values():
        assert len(group.findings) <= 40


@given(streams())
def test_a_replay_says_what_was_said(accesses):
    watch = Watch(shipped())
    assert replay(shipped(), accesses).findings == tuple(
        finding for access in accesses for finding in watch.judge(access).findings
    )


_day_counts = st.lists(st.tuples(st.integers(0, 27), st.integers(0, 3), st.integers(0, 3)))


def _counted(days):
    counts = Counts()
    for day, looked, unexplained in sorted(days):
        of_day = counts.of(day)
        of_day[0] += looked
        of_day[1] += unexplained
    return counts


@given(_day_counts, _day_counts)
def test_counts_of_both_are_the_counts_together(some, others):
    assert _counted(some).merged(_counted(others)).between(0, 28) == _counted(
        some + others
    ).between(0, 28)
    assert _counted(some).merged(_counted(others)) == _counted(others).merged(_counted(some))


_habits = st.lists(st.tuples(st.integers(0, 23), st.sets(st.sampled_from("abc"))), max_size=40)


def _learnt(days):
    habits = Habits()
    for hour, words in days:
        habits.learn(hour, words)
    return habits


@given(_habits, _habits)
def test_habits_of_both_are_the_habits_together(some, others):
    assert _learnt(some).merged(_learnt(others)) == _learnt([*some, *others])
