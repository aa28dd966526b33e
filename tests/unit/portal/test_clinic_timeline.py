"""How entries become a timeline and results become drawings."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.clinic_life import lab, life, panel, pressure, problem
from openhealthcode.portal.clinic.chart import draw
from openhealthcode.portal.clinic.presets import ASKABLE, PRESETS, usual_scene
from openhealthcode.portal.clinic.timeline import timeline_of, trends_of
from openhealthcode.record.summary import Point, Result, summarise
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import RecordCategory, Scene

TODAY = date(2026, 11, 22)
BORN = date(1959, 3, 2)


def timeline(entries, **more):
    return timeline_of(entries, "zh-CN", birth_date=BORN, **more)


def lines(view):
    return [entry for year in view.years for entry in year.entries]


def result(points, low=None, high=None):
    return Result("名", "1", "", "2026", "", "", low, high, tuple(points), 0)


def test_results_of_one_sitting_are_one_line_with_what_is_out_of_range_first():
    sitting = [
        panel("24331-1", "2026-09-18"),
        lab("22748-8", 1.7, "mmol/L", "2026-09-18", high=3.4),
        lab("4548-4", 7.3, "%", "2026-09-18", 4, 6.5),
    ]
    (line,) = lines(timeline(sitting))
    assert line.title == "血脂"
    assert [(value.name, value.flag) for value in line.values] == [
        ("糖化血红蛋白", "high"),
        ("低密度脂蛋白胆固醇", ""),
    ]


def test_sittings_of_two_institutions_stay_apart():
    apart = [
        lab("22748-8", 1.7, "mmol/L", "2026-09-18", source="甲"),
        lab("4548-4", 7.3, "%", "2026-09-18", source="乙"),
    ]
    assert {line.source for line in lines(timeline(apart))} == {"甲", "乙"}


def test_a_life_reads_newest_first_by_year_with_the_age_reached():
    view = timeline([problem("高血压", "2014-05"), problem("感冒", ""), problem("骨折", "2022-09")])
    assert [(year.year, year.age) for year in view.years] == [
        ("2022", 63),
        ("2014", 55),
        ("", None),
    ]


def test_filter_and_search_narrow_and_the_counts_stay():
    everything = timeline(life())
    narrowed = timeline(life(), chosen=RecordCategory.IMMUNISATIONS)
    assert narrowed.counts == everything.counts
    assert {line.category for line in lines(narrowed)} == {RecordCategory.IMMUNISATIONS}
    for query in ("zxgjj", "zuoxigj", "关节镜 2022"):
        assert [line.title for line in lines(timeline(life(), query=query))] == ["左膝关节镜"]
    assert timeline(life(), query="没有这个").found == 0


def test_nothing_disclosed_is_lost_on_the_way():
    shown = life()
    measured = sum(len(line.values) for line in lines(timeline(shown)))
    alone = sum(1 for line in lines(timeline(shown)) if not line.values)
    panels = 2
    assert measured + alone + panels == len(shown)


def test_a_single_value_shows_no_trend():
    assert draw(result([Point(1, "2026-01-01")]), width=100, height=30, margin=4) is None


def test_time_runs_to_the_right_by_days():
    points = [Point(1, "2024-01-01"), Point(2, "2024-01-11"), Point(3, "2024-04-10")]
    chart = draw(result(points), width=108, height=30, margin=4)
    assert [dot.x for dot in chart.dots] == [4, 14, 104]
    assert chart.dots[0].y > chart.dots[1].y > chart.dots[2].y


def test_values_of_one_day_stand_side_by_side():
    points = [Point(1, "2024-01-01"), Point(2, "2024-01-01")]
    assert [dot.x for dot in draw(result(points), width=108, height=30, margin=4).dots] == [4, 104]


def test_a_blood_pressure_has_two_lines_and_one_text():
    shown = [pressure(150, 90, "2024-01-01").resource, pressure(140, 84, "2025-01-01").resource]
    (trend,) = trends_of(summarise(shown, TODAY))
    assert len(trend.large.lines) == 2
    assert [dot.text for dot in trend.large.dots] == ["150/90", "140/84"]


def test_all_values_of_a_series_are_written_alike():
    points = [Point(7.0, "2024"), Point(6.8, "2025"), Point(7.25, "2026")]
    chart = draw(result(points), width=500, height=130, margin=24)
    assert [dot.text for dot in chart.dots] == ["7.00", "6.80", "7.25"]


def test_a_reference_far_away_does_not_flatten_the_line():
    points = [Point(1.0, "2024"), Point(1.1, "2025")]
    chart = draw(result(points, high=1000), width=100, height=100, margin=4)
    assert abs(chart.dots[0].y - chart.dots[1].y) > 40


def test_labels_keep_their_distance_and_the_last_is_always_written():
    points = [Point(i, f"2024-01-{i:02}") for i in range(1, 29)]
    chart = draw(result(points), width=560, height=130, margin=24)
    xs = [dot.x for dot in chart.labelled]
    assert chart.labelled[-1] == chart.dots[-1]
    assert all(later - earlier >= 52 for earlier, later in pairwise(xs))


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=2, max_size=24),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
)
def test_every_point_lies_on_the_drawing(values, low, high):
    day = date(2020, 1, 1)
    points = [
        Point(value, (day + timedelta(days=30 * place)).isoformat())
        for place, value in enumerate(values)
    ]
    chart = draw(result(points, low, high), width=560, height=128, margin=24, foot=20)
    for dot in chart.dots:
        assert 0 <= dot.x <= 560
        assert 0 <= dot.y <= 108
    assert 0 <= chart.band_y <= chart.band_y + chart.band_height <= 108


def test_every_step_of_care_has_a_preset_that_can_be_asked_for():
    assert set(PRESETS) == set(Scene) - {Scene.EMERGENCY}
    for chosen in PRESETS.values():
        assert RecordCategory.ALLERGIES in chosen
        assert chosen <= set(ASKABLE)


@pytest.mark.parametrize("role", PractitionerRole)
def test_every_role_begins_at_a_step_it_can_ask_for(role):
    assert usual_scene(role) in PRESETS
