"""Laws of merging: what is one person follows from the decisions that hold, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.identity.linking import (
    AlreadyOnePerson,
    Decided,
    KnownApart,
    Merge,
    TooManyMerged,
    persons,
    rules,
)
from openhealthcode.identity.linking.model import MOST_IDS, RelationKind
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import MergeId, PractitionerId, ResidentId

PEOPLE = [ResidentId(UUID(int=number)) for number in range(1, 9)]
CLERK = PractitionerId(UUID(int=99))
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)

pairs = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))


def decided(minutes: int) -> Decided:
    return Decided(clerk_id=CLERK, institution_id=None, at=BEGAN + timedelta(minutes=minutes))


def made(wanted: list[tuple[ResidentId, ResidentId]]) -> list[Merge]:
    """The merges that are possible among those wanted, one after the other."""
    merges: list[Merge] = []
    for number, (survivor, other) in enumerate(wanted):
        left, right = rules.person_of(survivor, merges), rules.person_of(other, merges)
        try:
            rules.check_merge(left, right, frozenset())
        except AlreadyOnePerson:
            continue
        merges.append(Merge(MergeId(UUID(int=1000 + number)), survivor, other, decided(number)))
    return merges


def components(merges: list[Merge]) -> set[frozenset[ResidentId]]:
    """Who is connected with whom, found in another way."""
    groups = [{one} for one in PEOPLE]
    for merge in merges:
        if merge.holds:
            joined = [g for g in groups if merge.survivor in g or merge.other in g]
            groups = [g for g in groups if g not in joined] + [set().union(*joined)]
    return {frozenset(group) for group in groups if len(group) > 1}


def undone(merge: Merge, minutes: int) -> Merge:
    return replace(merge, undone=decided(minutes))


@given(st.lists(pairs, max_size=12))
def test_one_person_is_whoever_is_connected(wanted):
    merges = made(wanted)
    found = persons(merges)
    assert {frozenset(person) for person in found.values()} == components(merges)
    for one, person in found.items():
        assert one in person
        assert len(set(person)) == len(person)
        assert all(found[other] == person for other in person)


@given(st.lists(pairs, max_size=12), st.randoms(), st.data())
def test_undone_in_any_order_is_as_if_never_made(wanted, random, data):
    """Exact undo: not only who is whose, but also which id survives."""
    merges = made(wanted)
    kept = data.draw(st.lists(st.sampled_from(merges), unique=True) if merges else st.just([]))
    state = {merge.merge_id: merge for merge in merges}
    to_undo = [merge for merge in merges if merge not in kept]
    random.shuffle(to_undo)
    for minutes, merge in enumerate(to_undo, 100):
        state[merge.merge_id] = undone(merge, minutes)
    never = [merge for merge in merges if merge in kept]
    assert persons(state.values()) == persons(never)


@given(st.lists(pairs, max_size=12), st.randoms())
def test_the_order_of_reading_does_not_matter(wanted, random):
    merges = made(wanted)
    shuffled = random.sample(merges, len(merges))
    assert persons(shuffled) == persons(merges)


@given(st.lists(pairs, min_size=1, max_size=12))
def test_the_survivors_person_survives(wanted):
    merges = made(wanted)
    if merges:
        *before, last = merges
        now = rules.person_of(last.other, merges)
        assert now[0] == rules.person_of(last.survivor, before)[0]


@given(st.lists(pairs, max_size=12), st.data())
def test_those_whose_person_changed_are_those_to_be_told(wanted, data):
    merges = made(wanted)
    if not merges:
        return
    last = data.draw(st.sampled_from(merges))
    before = persons(merges)
    after = persons(undone(each, 100) if each is last else each for each in merges)
    told = rules.changed(before, after)
    for one in PEOPLE:
        was, now = before.get(one, (one,)), after.get(one, (one,))
        assert (one in told) == (was != now)
        if one in told:
            assert told[one] == now


def test_what_cannot_be_is_refused():
    a, b, c, d = PEOPLE[:4]
    with pytest.raises(AlreadyOnePerson):
        rules.check_merge((a, b), (b, c), frozenset())
    with pytest.raises(KnownApart):
        rules.check_merge((a, b), (c, d), frozenset({frozenset({b, d})}))
    rules.check_merge((a, b), (c, d), frozenset({frozenset({a, b})}))
    many = tuple(ResidentId(UUID(int=number)) for number in range(100, 100 + MOST_IDS))
    with pytest.raises(TooManyMerged):
        rules.check_merge((a,), many, frozenset())
    rules.check_merge((a,), many[1:], frozenset())
    with pytest.raises(AlreadyOnePerson):
        rules.check_apart((a, b), (b,))
    rules.check_apart((a,), (b,))


@given(st.text(max_size=600))
def test_a_reason_is_kept_in_words_or_refused(text):
    words = " ".join(text.split())
    if 0 < len(words) <= 500:
        assert rules.in_words(text) == words
    else:
        with pytest.raises(InvalidInput):
            rules.in_words(text)


@pytest.mark.parametrize("kind", list(RelationKind))
def test_a_relation_seen_from_the_other_and_back_is_itself(kind):
    assert kind.inverse.inverse is kind
