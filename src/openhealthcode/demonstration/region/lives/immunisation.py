"""Vaccinations: the national programme in the edition of each year, and what adults get.

Source: national immunisation programme schedules of 2008, 2016 and 2021, the change of the
whooping-cough schedule on 1 January 2025 and of HPV vaccination on 10 November 2025.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.immunization import vaccinate
from openhealthcode.demonstration.region.chart.results import find
from openhealthcode.demonstration.region.life import Life

_NEW_WHOOPING_COUGH: Final = date(2025, 1, 1)
_HPV_FROM_BIRTH: Final = date(2011, 11, 11)
_HPV_PROGRAMME: Final = date(2025, 11, 10)
_COVID: Final = (date(2021, 5, 10), date(2021, 6, 12), date(2021, 12, 15))

Plan = list[tuple[float, str, int, int]]
"""Age in months, vaccine, which dose, of how many."""


def begin(life: Life) -> None:
    """Put the programme and everything else on the agenda."""
    if life.person.birth >= life.since or life.person.birth.year >= 2008:
        _programme(life)
    _covid(life)
    _influenza(life)
    _for_adults(life)


def programme(birth: date) -> Plan:
    """The doses due to a child born on that day, birth doses left out (the ward gives them)."""
    due: Plan = [(1, "hepb", 2, 3), (6, "hepb", 3, 3)]
    due += _polio(birth)
    due += _whooping_cough(birth)
    second_measles = birth >= date(2019, 10, 1)
    due += [(8, "mmr" if second_measles else "mr", 1, 2 if second_measles else 1)]
    due += [(18, "mmr", 2 if second_measles else 1, 2 if second_measles else 1)]
    due += [(8, "je", 1, 2), (24, "je", 2, 2)]
    due += [(6, "mena", 1, 2), (9, "mena", 2, 2), (36, "menac", 1, 2), (72, "menac", 2, 2)]
    due += [(18, "hepa", 1, 1)]
    return sorted(due)


def _polio(birth: date) -> Plan:
    if birth >= date(2019, 11, 1):
        return [(2, "ipv", 1, 4), (3, "ipv", 2, 4), (4, "bopv", 3, 4), (48, "bopv", 4, 4)]
    if birth >= date(2016, 3, 1):
        return [(2, "ipv", 1, 4), (3, "bopv", 2, 4), (4, "bopv", 3, 4), (48, "bopv", 4, 4)]
    last = "bopv" if birth > date(2012, 5, 1) else "topv"
    return [(2, "topv", 1, 4), (3, "topv", 2, 4), (4, "topv", 3, 4), (48, last, 4, 4)]


def _whooping_cough(birth: date) -> Plan:
    """From 2025 at 2, 4, 6 and 18 months and six years; before at 3, 4, 5, 18, then 白破 at six."""
    if birth >= date(2024, 11, 1):
        return [(m, "dtap", dose, 5) for dose, m in enumerate((2, 4, 6, 18, 72), 1)]
    first = [(m, "dtap", dose, 4) for dose, m in enumerate((3, 4, 5, 18), 1)]
    if birth.replace(year=birth.year + 6, day=min(birth.day, 28)) >= _NEW_WHOOPING_COUGH:
        return [*first, (72, "dtap", 5, 5)]
    return [*first, (72, "dt", 1, 1)]


def _programme(life: Life) -> None:
    person, rng = life.person, life.rng
    by_day: dict[date, list[tuple[str, int, int]]] = {}
    previous: dict[str, date] = {}
    for months, key, dose, doses in programme(person.birth):
        day = _due(person.birth, months)
        if (before := previous.get(key)) and (day - before).days < 28:
            day = before + timedelta(days=30)
        previous[key] = day
        by_day.setdefault(day, []).append((key, dose, doses))
    if rng.random() < 0.4:
        by_day.setdefault(_due(person.birth, 12.3), []).append(("varicella", 1, 2))
        by_day.setdefault(_due(person.birth, 49), []).append(("varicella", 2, 2))
    if rng.random() < 0.3 and person.birth.year >= 2016:
        by_day.setdefault(_due(person.birth, 10), []).append(("ev71", 1, 2))
        by_day.setdefault(_due(person.birth, 11.2), []).append(("ev71", 2, 2))
    for day, doses_due in by_day.items():
        if day > life.since or person.birth < life.since:
            late = timedelta(days=rng.randrange(9))
            life.at(day + late, partial(_give, life), doses_due)


def _due(birth: date, months: float) -> date:
    whole, part = divmod(months, 1)
    month = birth.month - 1 + int(whole)
    day = date(birth.year + month // 12, month % 12 + 1, min(birth.day, 28))
    return day + timedelta(days=round(part * 30))


def _give(life: Life, day: date, due: list[tuple[str, int, int]]) -> None:
    visit = life.visit(day, life.centre, "immunisation", "vaccination")
    for key, dose, doses in due:
        vaccinate(visit, key, dose, doses)


def _covid(life: Life) -> None:
    willing, before = life.rng.random() < 0.86, date.min
    for dose, around in enumerate(_COVID, 1):
        day = max(around + timedelta(days=life.rng.randrange(26)), before + timedelta(days=22))
        before = day
        old_enough = life.age(day) >= (18 if dose == 3 else 3)
        if willing and old_enough and day > life.since and (dose < 3 or life.rng.random() < 0.75):
            life.at(day, partial(_give_unless_pregnant, life), "covid", dose, 3 if dose == 3 else 2)


def _give_unless_pregnant(life: Life, day: date, key: str, dose: int, doses: int) -> None:
    if not life.record.is_pregnant(day):
        _give(life, day, [(key, dose, doses)])


def _influenza(life: Life) -> None:
    person, rng = life.person, life.rng
    faithful = 0.5 if "copd" in person.fates else 0.28
    for year in range(max(life.since.year + 1, life.last_day.year - 4), life.last_day.year + 1):
        day = date(year, 10, 1) + timedelta(days=rng.randrange(55))
        age = life.age(day)
        wants = faithful if age >= 63 else 0.22 if 3 <= age < 13 else 0.02 if age >= 13 else 0
        if rng.random() < wants:
            key = "influenza4" if rng.random() < 0.5 else "influenza3"
            life.at(day, partial(_give, life), [(key, 1, 1)])


def _for_adults(life: Life) -> None:
    person, rng = life.person, life.rng
    old = person.birthday(65 + rng.randrange(6))
    if rng.random() < 0.2 and old > date(2017, 1, 1):
        life.at(
            old + timedelta(days=rng.randrange(300)),
            partial(_give, life),
            [("ppv23", 1, 1)],
        )
    if rng.random() < 0.05 and life.age(date(2021, 3, 1)) > 48:
        first = date(2021, 3, 1) + timedelta(days=rng.randrange(1200))
        for dose, later in ((1, 0), (2, 62)):
            life.at(
                first + timedelta(days=later),
                partial(_give, life),
                [("zoster", dose, 2)],
            )
    if person.is_female:
        _papilloma(life)
    if date(1975, 1, 1) < person.birth < date(1998, 1, 1) and rng.random() < 0.12:
        _hepatitis_b(life)


def _papilloma(life: Life) -> None:
    """Girls of thirteen by the programme, young women at their own cost."""
    person, rng = life.person, life.rng
    if person.birth >= _HPV_FROM_BIRTH:
        first = max(person.birthday(13), _HPV_PROGRAMME) + timedelta(days=rng.randrange(15, 120))
        key, wants = "hpv2", 0.9
        course: tuple[int, ...] = (0, 186)
    else:
        first = max(person.birthday(18 + rng.randrange(8)), date(2019, 6, 1))
        key, course = "hpv9", (0, 61, 184)
        wants = 0.3 if person.birth > date(1994, 1, 1) else 0.0
    if rng.random() < wants:
        for dose, later in enumerate(course, 1):
            day = first + timedelta(days=later)
            life.at(day, partial(_give_unless_pregnant, life), key, dose, len(course))


def _hepatitis_b(life: Life) -> None:
    if "hepatitis_b" in life.person.fates:
        return
    first = max(life.since, date(2014, 1, 1)) + timedelta(days=life.rng.randrange(2500))
    for later, dose in ((0, 1), (31, 2), (182, 3)):
        life.at(first + timedelta(days=later), partial(_adult_dose, life), dose)


def _adult_dose(life: Life, day: date, dose: int) -> None:
    visit = life.visit(day, life.centre, "immunisation")
    visit.complain("接种乙肝疫苗")
    if dose == 1:
        find(visit, "hbsag")
        find(visit, "hbsab", "阴性")
    vaccinate(visit, "hepb", dose, 3)
    visit.note("乙肝两对半全阴，接种乙肝疫苗。" if dose == 1 else "接种后留观30分钟，无不适。")
