"""Laws of what is published: no shown number, and no difference of shown numbers, is a small one."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.supervision.summaries.model import FEWEST, Place
from openhealthcode.supervision.summaries.rules import publishable

_DIVISIONS = st.sampled_from(["", "880101", "880102", "880201"])
_PLACES = st.builds(lambda division, n: Place(division, UUID(int=n)), _DIVISIONS, st.integers(1, 6))
_COUNTS = st.dictionaries(st.one_of(_PLACES, st.just(Place())), st.integers(1, 30), max_size=20)


def parts_of(counts: dict[Place, int]) -> dict[Place, list[Place]]:
    """Which institutions each shown number is the sum of, worked out apart from the rule."""
    shown = publishable(counts)
    within: dict[Place, list[Place]] = {one: [] for one in shown}
    for place in counts:
        for home in (place, Place(place.division), Place()):
            if home in shown:
                within[home].append(place)
                break
    return within


@given(_COUNTS)
def test_no_number_is_below_the_least(counts):
    assert all(times >= FEWEST >= 11 for times in publishable(counts).values())


@given(_COUNTS)
def test_each_number_is_the_sum_of_whole_institutions_each_in_one_of_them(counts):
    shown = publishable(counts)
    for place, members in parts_of(counts).items():
        assert shown[place] == sum(counts[one] for one in members)


@given(_COUNTS)
def test_what_is_left_out_is_small_altogether(counts):
    left_out = sum(counts.values()) - sum(publishable(counts).values())
    assert 0 <= left_out < FEWEST


@given(_COUNTS, st.randoms(use_true_random=False))
def test_which_of_the_small_ones_it_was_is_not_told(counts, chance):
    """Small counts of one division may be exchanged, and everything shown stays as it was."""
    mixed = dict(counts)
    for division in {one.division for one in counts if one.institution_id}:
        small = [
            one
            for one, times in counts.items()
            if one.institution_id and one.division == division and times < FEWEST
        ]
        values = [counts[one] for one in small]
        chance.shuffle(values)
        mixed.update(zip(small, values, strict=True))
    assert publishable(mixed) == publishable(counts)


@given(_COUNTS)
def test_a_large_institution_is_shown_by_itself(counts):
    shown = publishable(counts)
    for place, times in counts.items():
        if place.institution_id and times >= FEWEST:
            assert shown[place] == times
