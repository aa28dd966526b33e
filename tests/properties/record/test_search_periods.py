"""Ranges of days behave as the sets of days they stand for."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record.periods import days_of, intersect, unite

days = st.dates(date(2020, 1, 1), date(2020, 3, 1))
ends = st.none() | days
ranges = st.lists(st.tuples(ends, ends).filter(lambda r: None in r or r[0] < r[1]), max_size=5)


def contains(some, day):
    return any(
        (start is None or start <= day) and (stop is None or day < stop) for start, stop in some
    )


@given(ranges, days)
def test_a_union_holds_what_any_of_its_ranges_holds(some, day):
    assert contains(unite(some), day) == contains(some, day)


@given(ranges)
def test_a_union_is_ascending_and_apart(some):
    united = unite(some)
    for (_, stop), (start, _) in itertools.pairwise(united):
        assert stop < start


@given(ranges, ranges, days)
def test_an_intersection_holds_what_both_hold(one, other, day):
    assert contains(intersect(one, other), day) == (contains(one, day) and contains(other, day))


@given(days, days)
def test_prefixes_compare_as_their_names_say(asked, day):
    for prefix, holds in (
        ("eq", day == asked),
        ("ne", day != asked),
        ("gt", day > asked),
        ("ge", day >= asked),
        ("lt", day < asked),
        ("le", day <= asked),
    ):
        assert contains(days_of(f"{prefix}{asked.isoformat()}"), day) is holds


@given(days, st.integers(0, 40))
def test_a_month_holds_its_days_and_no_other(first, later):
    day = first + timedelta(days=later)
    assert contains(days_of(f"{first:%Y-%m}"), day) == (
        (first.year, first.month) == (day.year, day.month)
    )
