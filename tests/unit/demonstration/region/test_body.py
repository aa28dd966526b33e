"""Levels that move towards a target, growth lines, formulas."""

from datetime import date, timedelta
from random import Random

import pytest

from openhealthcode.demonstration.region.body import Body, filtration
from openhealthcode.demonstration.region.growth_chart import grown, measured_at
from openhealthcode.demonstration.region.names import Name
from openhealthcode.demonstration.region.people import Person
from openhealthcode.demonstration.region.place import draw_home
from openhealthcode.standards import Sex

DAY = date(2026, 1, 1)


def person(age: int, sex: Sex = Sex.FEMALE, **traits: float) -> Person:
    birth = date(2026 - age, 1, 1)
    made = Person("x", Name("王", "芳"), sex, birth, "", draw_home(Random(1)), "h")
    for name, value in traits.items():
        setattr(made, name, value)
    return made


def test_a_level_approaches_its_target_over_weeks():
    body = Body(person(60), Random(1))
    body.fix("ldl", 4.0)
    body.move("ldl", 2.0, DAY, 25)
    levels = [body.level("ldl", DAY + timedelta(days=days)) for days in (0, 25, 100, 400)]
    assert levels[0] == pytest.approx(4.0)
    assert levels == sorted(levels, reverse=True)
    assert levels[1] == pytest.approx(2.74, abs=0.01)
    assert levels[3] == pytest.approx(2.0, abs=0.01)


def test_what_no_story_moved_stays_normal():
    body = Body(person(50), Random(5))
    for name in ("alt", "wbc", "glucose", "creatinine", "urate", "tsh", "potassium"):
        low, high = body.normal(name, DAY)
        for days in range(0, 3000, 100):
            assert (low or 0) <= body.read(name, DAY + timedelta(days=days)) <= high, name


def test_calculated_results_agree_with_their_parts():
    body = Body(person(50), Random(5))
    lipids = body.read_together(("total_cholesterol", "triglycerides", "hdl", "ldl"), DAY, {})
    parts = lipids["hdl"] + lipids["ldl"] + lipids["triglycerides"] / 2.2
    assert lipids["total_cholesterol"] == pytest.approx(parts, abs=0.06)
    failing = body.read_together(("creatinine", "egfr"), DAY, {"creatinine": 240})
    assert failing["egfr"] < 25


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "rate"),
    [(62, 50, Sex.FEMALE, 101), (80, 50, Sex.MALE, 98), (150, 70, Sex.MALE, 40)],
)
def test_filtration_is_estimated_by_ckd_epi_2009(creatinine: int, age: int, sex: Sex, rate: int):
    assert filtration(creatinine, person(age, sex), DAY) == pytest.approx(rate, abs=2)


def test_a_newborn_weighs_what_the_ward_wrote_down():
    baby = person(0, birth_weight=3620)
    assert measured_at("weight", baby, 0) == pytest.approx(3.62)
    assert 5 < measured_at("weight", baby, 0.25) < 8


def test_a_child_keeps_its_line():
    tall, small = person(8, stature=1.5), person(8, stature=-1.5)
    for age in (1, 3, 6, 10, 14):
        assert measured_at("height", tall, age) > measured_at("height", small, age)


def test_older_generations_are_shorter():
    assert grown(person(80, Sex.MALE)) < grown(person(25, Sex.MALE))


def test_the_gap_between_pressures_widens_with_age():
    young, old = Body(person(30), Random(2)), Body(person(80), Random(2))
    for body in (young, old):
        body.fix("systolic", 150)
    gaps = [
        sum(high - low for high, low in (body.blood_pressure(DAY) for _ in range(50))) / 50
        for body in (young, old)
    ]
    assert gaps[0] + 5 < gaps[1]
