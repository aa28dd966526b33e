"""Where points, lines and marks lie: inside the drawing, in order, in proportion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.portal.resident.record.plot import HEIGHT, WIDTH, Values, plot
from openhealthcode.portal.resident.record.results import draw
from openhealthcode.record.series import series_of

numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


def drawn(*values, band=(None, None), curves=()):
    points = tuple((float(place), value) for place, value in enumerate(values))
    ends = [(0.0, "0"), (float(max(len(values) - 1, 1)), "n")]
    return plot([Values(points)], ends, band=band, curves=curves)


def test_higher_is_further_up_and_later_further_right():
    found = drawn(1.0, 3.0, 2.0)
    assert [dot.x for dot in found.dots] == sorted(dot.x for dot in found.dots)
    low, high, middle = (dot.y for dot in found.dots)
    assert high < middle < low
    assert middle == pytest.approx((high + low) / 2)


def test_time_is_in_proportion():
    found = plot([Values(((0, 1), (1, 2), (4, 3)))], [(0, "a"), (4, "b")])
    first, second, last = (dot.x for dot in found.dots)
    assert (second - first) / (last - first) == pytest.approx(0.25, abs=0.01)


def test_marks_are_round_and_enclose_every_value():
    found = drawn(1.7, 4.1)
    assert [mark.text for mark in found.down] == ["1", "2", "3", "4", "5"]


def test_a_nearly_constant_series_stays_level():
    found = drawn(100.0, 100.4, 100.1)
    assert max(dot.y for dot in found.dots) - min(dot.y for dot in found.dots) < HEIGHT / 8


def test_a_range_far_away_does_not_squeeze_the_line():
    near, far = drawn(2.0, 3.0, band=(None, 3.4)), drawn(2.0, 3.0, band=(None, 300.0))
    assert near.band is not None
    assert near.dots[0].y - near.dots[1].y > HEIGHT / 3
    assert far.dots[0].y - far.dots[1].y > HEIGHT / 3


def test_no_range_draws_no_band():
    assert drawn(1.0, 2.0).band is None
    assert drawn(2.0, 3.0, band=(50.0, 60.0)).band is None


def test_a_curve_carries_its_name_and_ends_with_the_drawing():
    found = drawn(1.0, 2.0, curves=[("50", ((0.0, 1.0), (1.0, 2.0), (9.0, 50.0)))])
    (curve,) = found.curves
    assert (curve.text, curve.end.x) == ("50", found.right)


def test_flagged_values_are_marked():
    found = plot([Values(((0, 1), (1, 2)), frozenset({1}))], [(0, "a"), (1, "b")])
    assert [dot.is_flagged for dot in found.dots] == [False, True]


@given(st.lists(numbers, min_size=1, max_size=12), st.none() | numbers, st.none() | numbers)
def test_nothing_lies_outside_the_drawing(values, low, high):
    found = drawn(*values, band=(low, high))
    for dot in found.dots:
        assert found.left - 0.1 <= dot.x <= found.right + 0.1
        assert found.top - 0.1 <= dot.y <= found.bottom + 0.1
    places = [mark.place for mark in found.down]
    assert places == sorted(places, reverse=True)
    assert 2 <= len(places) <= 9
    if found.band:
        top, height = found.band
        assert found.top - 0.1 <= top
        assert top + height <= found.bottom + 0.1
        assert height > 0
    assert (found.width, found.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("days", "is_drawn"),
    [
        (("2026-01-01", "2026-01-02"), True),
        (("2019", "2026-01-02"), True),
        (("2026-01-01", "2026-01-01"), False),
        (("2026", "2026-01-01"), False),
        (("2026-01-01", "2021-02-30"), False),
        (("2021-02-30", "2021-02-31"), False),
        (("", ""), False),
        (("2026-01-01",), False),
    ],
)
def test_a_line_needs_numbers_of_two_days_that_exist(days, is_drawn):
    observations = [
        {
            "resourceType": "Observation",
            "code": {"text": "血糖"},
            "effectiveDateTime": day,
            "valueQuantity": {"value": 5.0 + place, "unit": "mmol/L"},
        }
        for place, day in enumerate(days)
    ]
    (series,) = series_of(observations, "zh-CN")
    assert (draw(series) is not None) == is_drawn
