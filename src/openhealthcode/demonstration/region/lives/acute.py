"""Colds, coughs, rashes, sprains: what brings people to the doctor in an ordinary year.

``illnesses.csv`` says who gets what, in which months, what is found and what is given. Older
years come over sparsely: a cold of 2015 is nowhere to be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import accumulate
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives.orders import do_tests, order_drugs
from openhealthcode.demonstration.region.tables import table

_YEARS_KEPT: Final = 2.5
_WAVES: Final = (date(2022, 12, 20), date(2023, 6, 1))
"""When nearly everybody had COVID-19, and when many had it again."""


@dataclass(frozen=True, slots=True)
class Illness:
    """A row of the table; months wrap around the new year."""

    diagnosis: str
    ages: tuple[float, float]
    sex: str
    months: frozenset[int]
    weight: int
    specialty: str
    in_hospital: bool
    days: int
    complaint: str
    note: str
    tests: str
    drugs: str


def _illness(row: dict[str, str]) -> Illness:
    return Illness(
        diagnosis=row["diagnosis"],
        ages=(float(row["from_age"]), float(row["to_age"])),
        sex=row["sex"],
        months=_months(row["months"]),
        weight=round(float(row["weight"]) * 10),
        specialty=row["specialty"],
        in_hospital=row["level"] == "hospital",
        days=int(row["days"]),
        complaint=row["complaint"],
        note=row["note"],
        tests=row["tests"],
        drugs=row["drugs"],
    )


def _months(text: str) -> frozenset[int]:
    if not text:
        return frozenset(range(1, 13))
    first, last = map(int, text.split("-"))
    return frozenset(
        (month - 1) % 12 + 1 for month in range(first, last + (13 if last < first else 1))
    )


_ILLNESSES: Final = [_illness(row) for row in table("lives/illnesses")]
_COVID: Final = [illness for illness in _ILLNESSES if illness.diagnosis == "covid"]


def begin(life: Life) -> None:
    """Draw how often, and put the days on the agenda."""
    person, rng = life.person, life.rng
    first = max(life.since, person.birth + timedelta(days=150))
    first = max(first, life.last_day - timedelta(days=round(_YEARS_KEPT * 365.25)))
    day = first + timedelta(days=rng.randrange(200))
    while day <= life.last_day:
        life.at(day, partial(_fall_ill, life))
        day += timedelta(days=round(rng.expovariate(_per_year(person.age_on(day)) / 365.25)) + 12)
    for wave, share in zip(_WAVES, (0.3, 0.1), strict=True):
        day = wave + timedelta(days=rng.randrange(24))
        if rng.random() < share and day > first and person.age_on(day) > 1:
            life.at(day, partial(_catch_covid, life))


def _per_year(age: float) -> float:
    if age < 6:
        return 1.5
    if age < 15:
        return 0.8
    return 0.45 if age < 60 else 0.6


def _fall_ill(life: Life, day: date) -> None:
    _suffer(life, day, _fitting(life, day, _ILLNESSES))


def _catch_covid(life: Life, day: date) -> None:
    _suffer(life, day, _fitting(life, day, _COVID))


def _fitting(life: Life, day: date, illnesses: list[Illness]) -> list[Illness]:
    age, sex = life.age(day), life.person.sex.value
    return [
        illness
        for illness in illnesses
        if illness.ages[0] <= age < illness.ages[1]
        and illness.sex in ("", sex)
        and day.month in illness.months
        and (illness.weight or illnesses is _COVID)
    ]


def _suffer(life: Life, day: date, fitting: list[Illness]) -> None:
    if not fitting:
        return
    weights = list(accumulate(illness.weight + 1 for illness in fitting))
    illness = life.rng.choices(fitting, cum_weights=weights)[0]
    place = life.hospital(illness.specialty) if illness.in_hospital else life.first_contact
    kind = "emergency" if illness.specialty == "emergency" else "outpatient"
    visit = life.visit(day, place, illness.specialty, kind)
    visit.complain(illness.complaint)
    problem = diagnose(visit, illness.diagnosis, days=max(illness.days, 3))
    quotes = do_tests(visit, illness.tests, problem)
    order_drugs(visit, illness.drugs, problem, illness.days)
    visit.note(illness.note.format_map(quotes) if quotes else illness.note)
