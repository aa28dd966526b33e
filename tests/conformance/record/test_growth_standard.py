"""The WHO Child Growth Standards: percentiles as the WHO prints them in its tables.

Source: WHO Child Growth Standards (2006, 2007), simplified field tables: weight-for-age,
length/height-for-age and head circumference-for-age, percentiles by month.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record.growth import (
    LAST_MONTH,
    Measurement,
    centile_at,
    growth_of,
    value_at,
)
from openhealthcode.standards import Sex

PRINTED = [
    # measurement, sex, month, then the values at the 3rd, 15th, 50th, 85th and 97th percentile
    ("weight", "male", 0, (2.5, 2.9, 3.3, 3.9, 4.3)),
    ("weight", "male", 12, (7.8, 8.6, 9.6, 10.8, 11.8)),
    ("weight", "male", 24, (9.8, 10.8, 12.2, 13.7, 15.1)),
    ("weight", "female", 0, (2.4, 2.8, 3.2, 3.7, 4.2)),
    ("weight", "female", 12, (7.1, 7.9, 8.9, 10.2, 11.3)),
    ("height", "male", 0, (46.3, 47.9, 49.9, 51.8, 53.4)),
    ("height", "male", 12, (71.3, 73.3, 75.7, 78.2, 80.2)),
    ("height", "female", 0, (45.6, 47.2, 49.1, 51.1, 52.7)),
    ("height", "female", 12, (69.2, 71.3, 74.0, 76.7, 78.9)),
    ("head", "male", 0, (32.1, 33.1, 34.5, 35.8, 36.9)),
    ("head", "female", 0, (31.7, 32.7, 33.9, 35.1, 36.1)),
]
BIRTH = date(2024, 12, 1)
LOINC = {"weight": "29463-7", "height": "8302-2", "head": "9843-4"}


@pytest.mark.parametrize(("measurement", "sex", "month", "values"), PRINTED)
def test_the_curves_are_those_the_who_prints(measurement, sex, month, values):
    ours = [
        value_at(Measurement(measurement), Sex(sex), month, centile)
        for centile in (3, 15, 50, 85, 97)
    ]
    assert [round(value, 1) for value in ours] == list(values)


@given(
    st.sampled_from(list(Measurement)),
    st.sampled_from([Sex.MALE, Sex.FEMALE]),
    st.floats(0, LAST_MONTH),
    st.floats(0.5, 99.5),
)
def test_a_value_and_its_percentile_say_the_same(measurement, sex, months, centile):
    value = value_at(measurement, sex, months, centile)
    assert centile_at(measurement, sex, months, value) == pytest.approx(centile, abs=0.01)


@pytest.mark.parametrize("sex", [Sex.UNKNOWN, Sex.OTHER])
def test_of_neither_sex_nothing_is_compared(sex):
    assert value_at(Measurement.WEIGHT, sex, 12, 50) is None
    assert centile_at(Measurement.WEIGHT, sex, 12, 9.6) is None
    (growth,) = growth_of([measured("weight", 9.6, 365)], BIRTH, sex)
    assert growth.curves == ()
    assert growth.points[0].centile is None


@pytest.mark.parametrize("months", [-0.1, 60.1])
def test_beyond_five_years_the_standard_says_nothing(months):
    assert value_at(Measurement.HEIGHT, Sex.MALE, months, 50) is None
    assert centile_at(Measurement.HEIGHT, Sex.MALE, months, 100) is None


def measured(kind, value, days, unit=None, **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": LOINC[kind]}]},
        "effectiveDateTime": (BIRTH + timedelta(days=days)).isoformat(),
        "valueQuantity": {"value": value, "code": unit or ("kg" if kind == "weight" else "cm")},
        **more,
    }


def test_measurements_are_put_in_one_unit_and_in_order():
    observations = [
        measured("weight", 9.6, 365),
        measured("weight", 3350, 0, "g"),
        measured("height", 0.757, 365, "m"),
    ]
    weight, height = growth_of(observations, BIRTH, Sex.MALE)
    assert [(one.value, one.entry) for one in weight.points] == [(3.35, 1), (9.6, 0)]
    assert [one.value for one in height.points] == [75.7]
    assert [round(one.centile) for one in weight.points] == [50, 48]
    assert [curve.centile for curve in weight.curves] == [3, 15, 50, 85, 97]
    assert len(weight.curves[0].values) == LAST_MONTH + 1


@pytest.mark.parametrize(
    "left_out",
    [
        measured("weight", 9.6, 365, "st"),
        measured("weight", 9.6, 365, status="entered-in-error"),
        measured("weight", 9.6, -1),
        measured("weight", 9.6, 6 * 365),
        measured("weight", "9.6", 365),
        measured("weight", 9.6, 365, effectiveDateTime="2025-12"),
        measured("weight", 9.6, 365, valueQuantity={"value": 9.6, "code": "kg", "comparator": "<"}),
        measured("weight", 9.6, 365, code={"text": "体重"}),
        {"resourceType": "Condition"},
        {},
    ],
)
def test_what_cannot_be_compared_is_left_out(left_out):
    assert growth_of([left_out], BIRTH, Sex.MALE) == ()
