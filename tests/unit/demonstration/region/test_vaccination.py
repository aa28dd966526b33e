"""Vaccinations follow the national programme of each child's year."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from openhealthcode.demonstration.region.lives.immunisation import programme
from synthetic_lives import TODAY, lives, of


def keys(birth: date) -> list[tuple[float, str]]:
    return [(months, key) for months, key, _, _ in programme(birth)]


def test_whooping_cough_moved_to_two_four_and_six_months_in_2025():
    old = [months for months, key in keys(date(2021, 5, 1)) if key == "dtap"]
    new = [months for months, key in keys(date(2025, 5, 1)) if key == "dtap"]
    assert old == [3, 4, 5, 18, 72]
    assert new == [2, 4, 6, 18, 72]
    assert (72, "dt") in keys(date(2016, 5, 1))


def test_measles_mumps_and_rubella_come_twice_since_2020():
    assert [m for m, key in keys(date(2021, 1, 1)) if key == "mmr"] == [8, 18]
    assert [(m, key) for m, key in keys(date(2015, 1, 1)) if key in ("mr", "mmr")] == [
        (8, "mr"),
        (18, "mmr"),
    ]


@pytest.mark.parametrize(
    ("birth", "injected"), [(date(2012, 1, 1), 0), (date(2017, 1, 1), 1), (date(2022, 1, 1), 2)]
)
def test_polio_was_injected_more_and_more(birth: date, injected: int):
    polio = [key for _, key in keys(birth) if key in ("ipv", "topv", "bopv")]
    assert len(polio) == 4
    assert polio.count("ipv") == injected


def test_doses_of_a_series_are_in_order_and_apart():
    for resident, life in lives():
        series: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for given in of(life, "Immunization"):
            name = given["vaccineCode"]["text"]
            if "流感" not in name and "狂犬" not in name:
                dose = given["protocolApplied"][0]["doseNumberPositiveInt"]
                series[name].append((given["occurrenceDateTime"], dose))
        for name, doses in series.items():
            doses.sort()
            numbers = [dose for _, dose in doses]
            assert numbers == sorted(numbers), (resident.key, name)
            for (first, _), (second, _) in pairwise(doses):
                gap = date.fromisoformat(second[:10]) - date.fromisoformat(first[:10])
                assert gap >= timedelta(days=13), (resident.key, name)


def test_toddlers_are_protected():
    for resident, life in lives():
        if not 1.7 < (TODAY - resident.birth_date).days / 365.25 < 6:
            continue
        names = " ".join(each["vaccineCode"]["text"] for each in of(life, "Immunization"))
        for vaccine in ("乙型肝炎", "卡介苗", "百白破", "脊髓灰质炎", "麻腮风", "乙型脑炎"):
            if vaccine != "卡介苗":  # given later to the smallest newborns
                assert vaccine in names, (resident.key, vaccine)


def test_girls_only_get_papilloma_vaccine_and_not_before_thirteen():
    given = 0
    for resident, life in lives(7):
        for each in of(life, "Immunization"):
            if "人乳头瘤" in each["vaccineCode"]["text"]:
                given += 1
                assert resident.sex == "female"
                age = date.fromisoformat(each["occurrenceDateTime"][:10]) - resident.birth_date
                assert age.days / 365.25 >= 12.99
    assert given > 5


def test_every_dose_can_be_traced():
    for _, life in lives():
        for each in of(life, "Immunization"):
            assert len(each["identifier"][0]["value"]) == 20
            assert each["lotNumber"].isdigit()
            assert each["expirationDate"] > each["occurrenceDateTime"][:10]
            assert each["manufacturer"]["display"]
            assert each["performer"][0]["actor"]["reference"].startswith("Practitioner?")


def test_neighbours_children_share_a_lot():
    lots: dict[str, set[str]] = defaultdict(set)
    for resident, life in lives():
        for each in of(life, "Immunization"):
            lots[each["vaccineCode"]["text"] + each["lotNumber"]].add(resident.key)
    assert max(len(people) for people in lots.values()) > 10
