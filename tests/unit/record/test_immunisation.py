"""The programme is a table that can be followed; vaccines are told apart by name and by code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.demonstration.region.catalogue import VACCINES
from openhealthcode.record.immunisation import Given, State, given_in, programme, schedule_of
from openhealthcode.record.immunisation.schedule import add_months
from openhealthcode.standards import Sex

KEYS = sorted({plan.key for plan in programme()})


def test_every_plan_rises_in_age_and_ends_after_it_began():
    for plan in programme():
        ages = [dose.age for dose in plan.doses]
        assert ages == sorted(ages)
        assert plan.born_from < plan.born_before
        assert all(dose.before is None or dose.before > dose.age for dose in plan.doses)
        assert all(dose.until is None or dose.until > dose.age for dose in plan.doses)
        assert plan.doses[0].interval_days == 0


def test_for_every_birthday_each_disease_has_one_plan():
    day = date(2008, 11, 23)
    while day < date(2026, 11, 22):
        groups = [plan.plan.group for plan in schedule_of((), day, Sex.FEMALE, day)]
        assert len(groups) == len(set(groups))
        assert {"hepb", "bcg", "polio", "whooping-cough", "measles", "hepatitis-a"} <= set(groups)
        day += timedelta(days=97)


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("bcg", {"bcg"}),
        ("hepb", {"hepb"}),
        ("ipv", {"polio"}),
        ("topv", {"polio"}),
        ("bopv", {"polio"}),
        ("dtap", {"dtap"}),
        ("dt", {"dt"}),
        ("mr", {"measles"}),
        ("mmr", {"measles"}),
        ("je", {"je"}),
        ("mena", {"mena", "menac"}),
        ("menac", {"mena", "menac"}),
        ("hepa", {"hepa"}),
        ("hpv2", {"hpv"}),
        ("hpv9", {"hpv"}),
        ("varicella", None),
        ("influenza4", None),
        ("rabies", None),
        ("tetanus", None),
    ],
)
@pytest.mark.parametrize("told_by", ["code", "words"])
def test_a_vaccine_is_known_by_its_code_and_by_its_name(key, counts, told_by):
    vaccine = VACCINES[key].concept
    concept = {"coding": vaccine["coding"][:1]} if told_by == "code" else {"text": vaccine["text"]}
    if told_by == "code":
        concept["coding"] = [{k: v for k, v in concept["coding"][0].items() if k != "display"}]
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept,
        "occurrenceDateTime": "2025-02-03",
    }
    found = given_in([resource])
    assert [set(one.counts) for one in found] == ([counts] if counts else [])


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": "Immunization"},
        {"resourceType": "Immunization", "status": "completed", "vaccineCode": "乙肝疫苗"},
        {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": 7}},
        {"resourceType": "Observation", "status": "completed", "vaccineCode": {"text": "乙肝"}},
    ],
)
def test_what_is_no_vaccination_is_passed_over(resource):
    assert given_in([resource]) == ()


def test_a_number_in_words_and_an_unknown_day_are_read_as_far_as_they_go():
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"display": "重组 乙型 肝炎疫苗"}]},
        "occurrenceDateTime": "2025-02",
        "protocolApplied": [{"doseNumberString": "2"}],
    }
    assert given_in([resource]) == (
        Given("hepb", frozenset({"hepb"}), day=None, number=2, was_given=True),
    )


def test_a_dose_that_waits_for_another_is_ahead_of_today_by_the_least_interval():
    today = date(2026, 11, 22)
    plans = {one.plan.key: one for one in schedule_of((), date(2024, 12, 1), Sex.MALE, today)}
    first, second, third = plans["hepb"].doses
    assert first.state is State.LATE
    assert second.due_from == today + timedelta(days=28)
    assert third.due_from == today + timedelta(days=28 + 60)


days = st.dates(date(2009, 1, 1), date(2026, 11, 22))
records = st.builds(
    Given,
    vaccine=st.sampled_from(KEYS),
    counts=st.frozensets(st.sampled_from(KEYS), min_size=1, max_size=2),
    day=st.none() | days,
    number=st.integers(0, 9),
    was_given=st.booleans(),
)


@given(st.lists(records, max_size=12), days, days, st.sampled_from(list(Sex)))
def test_a_schedule_is_whole_and_calls_for_one_dose_of_a_plan_at_a_time(given, birth, today, sex):
    for one in schedule_of(given, birth, sex, today):
        states = [dose.state for dose in one.doses]
        assert [dose.number for dose in one.doses] == list(range(1, len(one.plan.doses) + 1))
        assert sum(state in {State.DUE, State.LATE, State.DECIDED} for state in states) <= 1
        assert all(dose.given for dose in one.doses if dose.state is State.GIVEN)
        for dose in one.doses:
            assert dose.due_from >= add_months(birth, dose.planned.age)
            if dose.state in {State.DUE, State.LATE}:
                assert dose.due_from <= today


@given(st.lists(records, max_size=8), records, days, days)
def test_one_more_dose_on_record_never_takes_one_away(given, more, birth, today):
    def done(found):
        return {
            one.plan.key: sum(dose.state in {State.GIVEN, State.BEFORE} for dose in one.doses)
            for one in schedule_of(found, birth, Sex.FEMALE, today)
        }

    before, after = done(given), done([*given, more])
    assert all(after[key] >= count for key, count in before.items() if key in after)


@given(days, st.integers(0, 400))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day, months):
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and add_months(later, 0) == later)
    assert (later + timedelta(days=1)).month != later.month or later.day == day.day
