"""Working days: weekends, statutory holidays, and the weekend days worked for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards import OFFICIAL_TIME, PUBLISHED_YEARS, day_of
from openhealthcode.standards.working_days import is_working_day, working_days_after

# From the notices of the State Council; a Monday, a Saturday … as the calendar has them.
DAYS = [
    (date(2026, 11, 23), True, "a Monday"),
    (date(2026, 11, 21), False, "a Saturday"),
    (date(2025, 1, 27), True, "the day before the eve of Spring Festival"),
    (date(2025, 1, 28), False, "the eve, a Tuesday"),
    (date(2025, 2, 4), False, "the last day off, a Tuesday"),
    (date(2025, 2, 5), True, "the day after"),
    (date(2025, 10, 8), False, "National Day and Mid-Autumn in one"),
    (date(2026, 1, 4), True, "a Sunday worked for the second of January"),
    (date(2026, 2, 14), True, "a Saturday worked for Spring Festival"),
    (date(2026, 2, 23), False, "the ninth day off, a Monday"),
    (date(2026, 6, 19), False, "Dragon Boat, a Friday"),
    (date(2026, 9, 20), True, "a Sunday worked for National Day"),
    (date(2026, 10, 10), True, "a Saturday worked for National Day"),
    (date(2031, 10, 1), True, "a Wednesday of a year not published: only weekends are known"),
    (date(2031, 10, 4), False, "a Saturday of such a year"),
]


@pytest.mark.parametrize(("day", "is_one", "what"), DAYS, ids=[what for *_, what in DAYS])
def test_days_are_worked_as_they_were_published(day, is_one, what):
    assert is_working_day(day) is is_one, what


def test_both_years_have_as_many_working_days_as_the_notices_leave():
    """365 days less weekends and days off, with the weekend days that are worked."""
    for year, working in ((2025, 248), (2026, 248)):
        days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        assert sum(map(is_working_day, days)) == working
    assert frozenset({2025, 2026}) <= PUBLISHED_YEARS


@pytest.mark.parametrize(
    ("begins", "days", "ends"),
    [
        (datetime(2026, 11, 20, 10, tzinfo=OFFICIAL_TIME), 1, date(2026, 11, 23)),
        (datetime(2026, 2, 12, 10, tzinfo=OFFICIAL_TIME), 5, date(2026, 2, 26)),
        (datetime(2026, 9, 30, 10, tzinfo=OFFICIAL_TIME), 3, date(2026, 10, 10)),
        # Late on Thursday in universal time it is Friday here: one working day later is Monday.
        (datetime(2026, 11, 19, 20, tzinfo=UTC), 1, date(2026, 11, 23)),
    ],
)
def test_a_term_passes_over_the_days_off(begins, days, ends):
    assert day_of(working_days_after(begins, days)) == ends


@given(st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)), st.integers(0, 40))  # noqa: DTZ001
def test_a_term_ends_on_a_working_day_and_is_that_many(naive, days):
    at = naive.replace(tzinfo=UTC)
    end = working_days_after(at, days)
    passed = [at + timedelta(days=day) for day in range(1, (end - at).days + 1)]
    assert sum(is_working_day(day_of(one)) for one in passed) == days
    assert days == 0 or is_working_day(day_of(end))
    assert end.timetz() == at.timetz()
