"""What will befall whom, and when: one lot per disease, read against the share affected by age.

Somebody draws a number between 0 and 100; the disease begins at the age at which the share of
people ever affected (``onsets.csv``) reaches that number, and never if it does not in their
lifetime. Habits and earlier diseases make the number smaller. So shares by age come out right and
a smoker's lungs fail sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from openhealthcode.demonstration.region.people import DAYS_OF_YEAR, Person
from openhealthcode.demonstration.region.tables import table

Curve = tuple[tuple[float, float], ...]


def _curves() -> dict[str, dict[str, Curve]]:
    curves: dict[str, dict[str, Curve]] = {}
    for row in table("onsets"):
        points = tuple((float(age), float(row[age])) for age in row if age.isdigit())
        curves.setdefault(row["fate"], {})[row["sex"]] = points
    return curves


_CURVES: Final = _curves()
_SENSITIVE: Final = {
    "depression": (2, 19, 70),
    "hiv": (1, 20, 45),
    "syphilis": (1, 22, 60),
    "alcohol_dependence": (1, 32, 62),
    "opioid_dependence": (1, 28, 55),
}
"""Kinds that must occur so that hiding them can be shown: how many, from which age to which."""


def foretell(rng: Random, people: Iterable[Person], today: date) -> None:
    """Write everybody's fates; lives written out by hand keep only what they already have."""
    ordinary = [person for person in people if not person.story]
    for person in ordinary:
        _draw(rng, person, person.death or today)
    for person in ordinary:
        _pass_on_hepatitis(rng, person)
    for fate, (wanted, youngest, oldest) in _SENSITIVE.items():
        _make_sure(rng, ordinary, fate, wanted, (youngest, oldest), today)


def _draw(rng: Random, person: Person, until: date) -> None:
    lived = person.age_on(until)
    for fate, by_sex in _CURVES.items():
        lot = rng.uniform(0, 100)
        curve = by_sex.get(person.sex.value) or by_sex.get("")
        if curve is None or lot > 71 * _risk(fate, person, lived):
            continue
        age = _age_at(curve, lot / _risk(fate, person, lived))
        if age is not None and age < lived and _may_befall(fate, person):
            person.fates[fate] = person.birth + timedelta(days=int(age * DAYS_OF_YEAR) + 1)


def _age_at(curve: Curve, lot: float) -> float | None:
    for (younger, below), (older, above) in pairwise(curve):
        if below <= lot < above:
            return younger + (older - younger) * (lot - below) / (above - below)
    return None


def _risk(fate: str, person: Person, lived: float) -> float:
    factor = _RISKS.get(fate)
    return factor(person) if factor is not None and lived > 25 else 1.0


def _weight(person: Person) -> float:
    return max(0.45, 1 + (person.body_mass - 24) * 0.12)


def _smoke(person: Person) -> float:
    return 1.75 if person.smokes else 0.55


def _heart(person: Person) -> float:
    known = sum(fate in person.fates for fate in ("hypertension", "diabetes", "dyslipidaemia"))
    return (0.55, 1.0, 1.6, 2.2)[known] * (1.25 if person.smokes else 0.95)


def _bones(person: Person) -> float:
    return 2.2 if "osteoporosis" in person.fates else 0.8


_RISKS: Final[dict[str, Callable[[Person], float]]] = {
    "hypertension": _weight,
    "diabetes": lambda person: _weight(person) * (1.4 if "hypertension" in person.fates else 0.8),
    "dyslipidaemia": _weight,
    "coronary": _heart,
    "stroke": _heart,
    "copd": lambda person: 2.0 if person.smokes else 0.35,
    "lung_cancer": _smoke,
    "gout": lambda person: _weight(person) * (1.3 if person.drinks else 0.9),
    "fatty_liver": lambda person: max(0.1, 1 + (person.body_mass - 24) * 0.35),
    "knee_arthritis": _weight,
    "alcohol_dependence": lambda person: 2.6 if person.drinks else 0.0001,
    "hip_fracture": _bones,
    "vertebral_fracture": _bones,
    "wrist_fracture": _bones,
}


def _may_befall(fate: str, person: Person) -> bool:
    """Some things exclude each other or belong together."""
    return not any(other in person.fates for other in _EXCLUDED_BY.get(fate, ()))


_CANCERS: Final = (
    "lung_cancer",
    "breast_cancer",
    "colon_cancer",
    "gastric_cancer",
    "thyroid_cancer",
)
_EXCLUDED_BY: Final[dict[str, tuple[str, ...]]] = {
    "asthma": ("copd",),
    "hyperthyroidism": ("hypothyroidism",),
    "thyroid_nodule": ("hypothyroidism", "hyperthyroidism"),
    "thyroid_cancer": ("hypothyroidism", "hyperthyroidism", "thyroid_nodule", *_CANCERS),
    "schizophrenia": ("depression", "anxiety"),
    "anxiety": ("depression",),
    "opioid_dependence": ("alcohol_dependence",),
    "colon_cancer": _CANCERS,
    "gastric_cancer": _CANCERS,
    "breast_cancer": _CANCERS,
    "parkinson": ("dementia",),
    "vertebral_fracture": ("hip_fracture",),
    "reflux": ("gastritis",),
    "syphilis": ("hiv",),
    "gonorrhoea": ("hiv", "syphilis"),
    "genital_warts": ("hiv",),
}

_CARRIERS: Final = ((1992, 0.068), (2002, 0.024), (2100, 0.003))
"""Until which year of birth which share carries hepatitis B: the vaccine came in 1992."""


def _pass_on_hepatitis(rng: Random, person: Person) -> None:
    """Hepatitis B is caught at birth and found at a check-up as an adult."""
    share = next(share for until, share in _CARRIERS if person.birth.year < until)
    mother = person.mother
    if mother is not None and "hepatitis_b" in mother.fates and person.birth.year < 2002:
        share = 0.45
    if rng.random() < share:
        found = person.birth + timedelta(days=int(rng.uniform(19, 46) * DAYS_OF_YEAR))
        person.fates["hepatitis_b"] = found


def _make_sure(
    rng: Random, people: list[Person], fate: str, wanted: int, ages: tuple[int, int], today: date
) -> None:
    missing = wanted - sum(fate in person.fates for person in people)
    suited = [
        person
        for person in people
        if ages[0] + 2 < person.age_on(today) < ages[1]
        and person.death is None
        and (fate == "depression" or not person.is_female)
        and not any(other in person.fates for other in _SENSITIVE)
        and "schizophrenia" not in person.fates
    ]
    for person in rng.sample(suited, min(max(missing, 0), len(suited))):
        person.fates[fate] = today - timedelta(days=rng.randrange(200, 700))
