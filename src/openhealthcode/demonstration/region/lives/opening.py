"""The day a record is opened (建立居民健康档案): what came before is told and written down.

The basic public health programme opened records for everybody from 2009 on; whoever was born
later has one from birth.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from openhealthcode.demonstration.region.chart.background import blood_group, family_history
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure, size
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.people import Person

_TOLD = {
    "hypertension": "hypertension",
    "diabetes": "diabetes",
    "coronary": "coronary",
    "stroke": "stroke",
    "lung_cancer": "lung_cancer",
    "colon_cancer": "colon_cancer",
    "gastric_cancer": "gastric_cancer",
    "breast_cancer": "breast_cancer",
    "copd": "copd",
}
"""Diseases asked about in the family; those that betray more than they help are not asked."""

_UNKNOWN_PARENTS = (
    ("FTH", "hypertension", 0.3), ("FTH", "stroke", 0.13), ("FTH", "lung_cancer", 0.05),
    ("FTH", "gastric_cancer", 0.04), ("MTH", "hypertension", 0.28), ("MTH", "diabetes", 0.12),
    ("MTH", "breast_cancer", 0.02), ("BRO", "coronary", 0.05), ("SIS", "diabetes", 0.06),
)  # fmt: skip


def begin(life: Life) -> None:
    """Open the record of everybody who is older than records are."""
    if life.person.birth < life.since:
        life.at(life.since, partial(_open, life))
    else:
        life.at(life.person.birthday(18), partial(_ask_at_check_up, life))


def _open(life: Life, day: date) -> None:
    doctor = life.person.family_doctor
    visit = (
        life.see(day, doctor, "opening")
        if doctor
        else life.visit(day, life.centre, "general", "opening")
    )
    visit.note("建立居民健康档案，询问既往史、家族史、过敏史，查体如下。")
    for told, details in life.earlier:
        told(visit, *details)
    if life.age(day) >= 16:
        pressure(visit)
        size(visit)
        if life.rng.random() < 0.4:
            blood_group(visit)
        ask_family(life, visit)


def _ask_at_check_up(life: Life, day: date) -> None:
    if life.rng.random() < 0.5:
        visit = life.visit(day, life.centre, "general", "check-up")
        visit.complain("更新居民健康档案")
        pressure(visit)
        size(visit)
        blood_group(visit)
        ask_family(life, visit)


def ask_family(life: Life, visit: Visit) -> None:
    """Ask for diseases of parents and siblings; what residents of the region have agrees."""
    rng = life.rng
    told: list[tuple[str, str]] = []
    for relative, parent in (("FTH", life.person.father), ("MTH", life.person.mother)):
        told += [(relative, disease) for disease in _known_of(parent, visit.day)]
    if not told:
        known = {"FTH": life.person.father, "MTH": life.person.mother}
        told = [
            (relative, disease)
            for relative, disease, share in _UNKNOWN_PARENTS
            if known.get(relative) is None and rng.random() < share and life.age(visit.day) > 25
        ]
    for relative, disease in told[:2]:
        age = rng.randrange(42, 66) if rng.random() < 0.6 else None
        family_history(visit, relative, disease, age)


def _known_of(parent: Person | None, day: date) -> list[str]:
    if parent is None:
        return []
    return [
        disease
        for fate, disease in _TOLD.items()
        if fate in parent.fates and parent.fates[fate] < day
    ]
