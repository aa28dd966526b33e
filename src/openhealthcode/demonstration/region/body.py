"""What can be measured in a body: values that stay, drift, fall ill and answer to treatment.

Every quantity has a level of its own, inside the normal range until a story moves it. A move is
not a jump: the level approaches its target over weeks, as LDL does under a statin and HbA1c in
three months. What is read on a day is the level with the day's small error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import exp
from random import Random
from typing import Final

from openhealthcode.demonstration.region.catalogue import ANALYTES
from openhealthcode.demonstration.region.catalogue.model import Range
from openhealthcode.demonstration.region.growth_chart import grown, measured_at
from openhealthcode.demonstration.region.people import Person

_ADULT: Final = 16


@dataclass(slots=True)
class Level:
    """A level on its way from one value to another, in about three time constants."""

    start: float
    target: float
    since: int
    days: float

    def on(self, day: int) -> float:
        """The level on a day, by proleptic ordinal."""
        if day <= self.since:
            return self.start
        return self.target + (self.start - self.target) * exp((self.since - day) / self.days)


_SPREAD: Final = {
    "systolic": 5.5, "heart_rate": 4.0, "ldl": 0.11, "triglycerides": 0.14, "hdl": 0.04,
    "hba1c": 0.14, "glucose": 0.3, "urate": 16.0, "creatinine": 3.0, "alt": 3.0, "ast": 2.5,
    "haemoglobin": 3.0, "inr": 0.18, "cd4": 22.0,
}  # fmt: skip
"""Standard error of a single reading, for what is told by trends; others get a share of the range."""

_NORMAL: Final = {"systolic": (104, 128), "heart_rate": (62, 84)}
_KEPT_LOW: Final = {"ldl": (1.9, 2.9), "triglycerides": (0.6, 1.45), "hdl": (1.05, 1.6)}
"""Narrower than the ranges, so that the total of the lipids is normal too."""


class Body:
    """One person's measurable state."""

    def __init__(self, person: Person, rng: Random) -> None:
        """Healthy, with levels of its own."""
        self.person = person
        self.rng = rng
        self.levels: dict[str, Level] = {}
        self._set: dict[str, float] = {}

    def move(self, quantity: str, target: float, day: date, days: float = 30) -> None:
        """Let a level approach a target from a day on."""
        start = self.level(quantity, day)
        self.levels[quantity] = Level(start, target, day.toordinal(), days)

    def fix(self, quantity: str, value: float) -> None:
        """Set a level as it was before anybody measured it."""
        self.levels[quantity] = Level(value, value, 0, 1)

    def level(self, quantity: str, day: date) -> float:
        """The true level on a day, without the error of a reading."""
        level = self.levels.get(quantity)
        if level is not None:
            return level.on(day.toordinal())
        if quantity not in self._set:
            self._set[quantity] = self._own(quantity, day)
        return self._set[quantity]

    def read(self, quantity: str, day: date) -> float:
        """What an instrument shows on a day, rounded as the laboratory reports it."""
        value = self._with_error(_SAME.get(quantity, quantity), day)
        analyte = ANALYTES.get(quantity)
        return round(value, analyte.decimals if analyte else 0)

    def read_together(
        self, quantities: Iterable[str], day: date, known: Mapping[str, float]
    ) -> dict[str, float]:
        """One report's readings; what is calculated from others agrees with them.

        Args:
            known: readings that are given and not drawn.
        """
        wanted = tuple(quantities)
        drawn = (name for name in wanted if name not in known and name not in _CALCULATED)
        readings = {**known, **{name: self.read(name, day) for name in drawn}}
        for name in wanted:
            if name not in readings:
                readings[name] = _CALCULATED[name](readings, self.person, day)
        return readings

    def _with_error(self, quantity: str, day: date) -> float:
        level = self.level(quantity, day)
        low, high = self.normal(quantity, day)
        spread = _SPREAD.get(quantity)
        if spread is None:
            width = (high if high is not None else level * 2) - (low or 0)
            spread = width * 0.05 if quantity not in self.levels else level * 0.06
        value = self.rng.gauss(level, spread)
        if quantity in self.levels:
            return max(value, 0.0)
        return _inside(value, low, high)

    def normal(self, quantity: str, day: date) -> Range:
        """The normal range for this person's sex and age."""
        if quantity in _NORMAL:
            return _NORMAL[quantity]
        analyte = ANALYTES[quantity]
        age = self.person.age_on(day)
        if age < _ADULT and analyte.child != (None, None):
            return analyte.child
        low, high = analyte.female if self.person.is_female else analyte.male
        if quantity == "creatinine" and age >= 60 and high is not None:
            high += 14 if not self.person.is_female else 8  # WS/T 404.5: wider past sixty
        return low, high

    def _own(self, quantity: str, day: date) -> float:
        low, high = _KEPT_LOW.get(quantity) or self.normal(quantity, day)
        if low is None:
            return (high or 1.0) * self.rng.uniform(0.12, 0.5)
        if high is None:
            return low * self.rng.uniform(1.06, 1.25)
        age = self.person.age_on(day)
        ageing = min(max(age - 30, 0) / 140, 0.3) if quantity in _RISES_WITH_AGE else 0.0
        return low + (high - low) * min(self.rng.uniform(0.2, 0.66) + ageing, 0.85)

    def height(self, day: date) -> float:
        """Centimetres; children grow along their own percentile."""
        age = self.person.age_on(day)
        if age < 18:
            return measured_at("height", self.person, age)
        return grown(self.person)

    def weight(self, day: date) -> float:
        """Kilograms."""
        age = self.person.age_on(day)
        if age < 18:
            return measured_at("weight", self.person, age)
        tall = grown(self.person) / 100
        early = self.person.body_mass - max(0.0, 32 - age) * 0.13
        return round(early * tall * tall + self.rng.uniform(-0.8, 0.8), 1)

    def blood_pressure(self, day: date) -> tuple[int, int]:
        """Systolic and diastolic in mmHg; the gap widens with age."""
        age = self.person.age_on(day)
        systolic = self.read("systolic", day)
        if age < _ADULT:
            systolic = 84 + age * 1.9 + self.rng.uniform(-4, 4)
        share = 0.655 - max(0.0, age - 45) * 0.0022
        diastolic = min(systolic * share + self.rng.uniform(-3, 3), 116)
        return round(systolic), round(diastolic)


_SAME: Final = {"capillary_glucose": "glucose"}
_RISES_WITH_AGE: Final = {"systolic", "creatinine", "urea", "glucose"}


def _inside(value: float, low: float | None, high: float | None) -> float:
    if low is not None:
        value = max(value, low + abs(low) * 0.01)
    return min(value, high * 0.98) if high is not None else value


def filtration(creatinine: float, person: Person, day: date) -> float:
    """Estimated glomerular filtration rate, CKD-EPI 2009, from creatinine in µmol/L."""
    scale, power = (61.9, -0.329) if person.is_female else (79.6, -0.411)
    ratio = creatinine / scale
    rate = 141 * min(ratio, 1) ** power * max(ratio, 1) ** -1.209
    rate *= 0.993 ** max(person.age_on(day), 18)
    return float(rate * (1.018 if person.is_female else 1))


def _total(readings: Mapping[str, float], _: Person, __: date) -> float:
    """Friedewald's relation in mmol/L, so that the four lipids of a report fit together."""
    return round(readings["ldl"] + readings["hdl"] + readings["triglycerides"] / 2.2, 1)


def _filtered(readings: Mapping[str, float], person: Person, day: date) -> float:
    return round(filtration(readings["creatinine"], person, day))


_CALCULATED: Final[dict[str, Callable[[Mapping[str, float], Person, date], float]]] = {
    "total_cholesterol": _total,
    "egfr": _filtered,
}
