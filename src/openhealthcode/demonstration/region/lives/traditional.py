"""Chinese medicine (中医): disease and pattern, tongue and pulse, a decoction, needles.

Who goes, and for what, follows from the diseases they have; ``catalogue/formulas.csv`` holds the
patterns. Some only come for needles.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.catalogue import FORMULAS, Formula
from openhealthcode.demonstration.region.chart.conditions import diagnose_pattern
from openhealthcode.demonstration.region.chart.medication import prescribe_herbs
from openhealthcode.demonstration.region.chart.procedures import perform
from openhealthcode.demonstration.region.life import Life

_YEARS_KEPT: Final = 5


def begin(life: Life) -> None:
    """A third of the people go once in a few years, the old ones more often."""
    rng, age = life.rng, life.age(life.last_day)
    if age < 2:
        return
    visits = sum(rng.random() < share for share in (0.34, 0.2 if age > 50 else 0.06))
    for _ in range(visits):
        day = life.last_day - timedelta(days=rng.randrange(round(_YEARS_KEPT * 365)))
        if day > life.since:
            life.at(day, partial(_consult, life))


def _consult(life: Life, day: date) -> None:
    fitting = [formula for formula in FORMULAS if _fits(life, day, formula)]
    if not fitting or life.record.is_pregnant(day, 90):
        return
    own = [formula for formula in fitting if formula.conditions]
    formula = life.rng.choice(own if own and life.rng.random() < 0.7 else fitting)
    prescribe_formula(life, day, formula, _place(life))


def prescribe_formula(life: Life, day: date, formula: Formula, place: str, doses: int = 7) -> None:
    """One visit: look, listen, ask, feel; then herbs or needles."""
    specialty = (
        "acupuncture"
        if formula.needles and life.directory.staff.has(place, "acupuncture")
        else "tcm"
    )
    visit = life.visit(day, place, specialty)
    visit.complain(formula.complaint)
    problem = diagnose_pattern(visit, formula, 30)
    treated: list[str] = []
    if formula.herbs:
        prescribe_herbs(visit, formula, problem, doses)
        treated.append(f"{formula.name}{doses}剂，水煎服")
    if formula.needles:
        perform(visit, "acupuncture", problem)
        treated.append("针刺治疗，隔日1次，10次为1疗程")
    visit.note(
        f"{formula.complaint}，{formula.tongue}。辨证为{formula.disease}{formula.pattern}，{'；'.join(treated)}。"
    )


def _fits(life: Life, day: date, formula: Formula) -> bool:
    if not formula.from_age <= life.age(day) < formula.to_age:
        return False
    if formula.sex not in ("", life.person.sex.value):
        return False
    return not formula.conditions or any(key in life.record.problems for key in formula.conditions)


def _place(life: Life) -> str:
    """The community centre if it has Chinese medicine, else the county's own hospital for it."""
    if life.directory.staff.has(life.centre, "tcm") and life.rng.random() < 0.6:
        return life.centre
    return "city-central" if life.person.home.neighbourhood.key == "jiangbin" else "county-tcm"
