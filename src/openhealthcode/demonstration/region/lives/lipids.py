"""High blood lipids (血脂异常): what a statin makes of them over the years."""

from __future__ import annotations

from datetime import date
from typing import Final

from openhealthcode.demonstration.region.catalogue import DRUGS
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.medication import ensure
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow

_LEAVES: Final = {
    "atorvastatin": 0.61, "rosuvastatin": 0.56, "xuezhikang": 0.78, "ezetimibe": 0.82,
}  # fmt: skip
"""Which part of LDL cholesterol a drug leaves, taken regularly."""

_LOWERING: Final = frozenset({"atorvastatin", "rosuvastatin", "xuezhikang", "fenofibrate"})

_AT_RISK: Final = frozenset({"diabetes", "coronary", "stroke", "stroke_sequelae", "hypertension"})

_KINDS: Final = {
    "mixed_dyslipidaemia": ((3.7, 4.7), (1.9, 3.4)),
    "hypercholesterolaemia": ((4.1, 5.2), (0.9, 1.6)),
    "hypertriglyceridaemia": ((2.4, 3.2), (2.4, 5.4)),
}
"""LDL cholesterol and triglycerides without treatment, mmol/L."""


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    if "dyslipidaemia" in life.person.fates:
        story = Lipids(life)
        story.raise_lipids()
        life.befall("dyslipidaemia", story.start, story.find)


def lower_ldl(life: Life, day: date) -> None:
    """Let LDL cholesterol approach what the drugs taken now make of it.

    Also for those who take a statin for their arteries and never had high lipids.
    """
    untreated = life.ldl_untreated or life.body.level("ldl", day)
    life.ldl_untreated = untreated
    left = 1.0
    for key, part in _LEAVES.items():
        if key in life.record.regimen:
            left *= 1 - (1 - part) * life.adherence
    life.body.move("ldl", untreated * left, day, 25)


def lower_further(life: Life, visit: Visit, problem: Problem) -> list[str]:
    """What a statin leaves above the goal: first ask whether it is taken, then add ezetimibe.

    Returns:
        what goes into the visit's note.
    """
    regimen, level = visit.record.regimen, life.body.level("ldl", visit.day)
    goal = visit.record.goals.get("ldl", 2.6)
    if not {"atorvastatin", "rosuvastatin"} & regimen.keys() or level <= goal + 0.1:
        return []
    if life.adherence < 0.85:
        life.adherence += 0.12
        lower_ldl(life, visit.day)
        return ["LDL-C未达标，强调他汀规律服用"]
    if "ezetimibe" in regimen:
        return []
    ensure(visit, "ezetimibe", problem)
    lower_ldl(life, visit.day)
    return [f"LDL-C未达标，加用{DRUGS['ezetimibe'].product}"]


class Lipids(Chronic):
    """The state: which kind, and the levels without treatment."""

    trend = ("ldl",)
    panels = ("lipids", "liver")

    def __init__(self, life: Life) -> None:
        """Draw the kind and the levels."""
        super().__init__(life)
        rng = life.rng
        self.kind = rng.choices(list(_KINDS), (50, 28, 22))[0]
        ldl, triglycerides = _KINDS[self.kind]
        self.ldl, self.triglycerides = rng.uniform(*ldl), rng.uniform(*triglycerides)

    def raise_lipids(self) -> None:
        """Make the levels those of untreated disease."""
        body = self.life.body
        body.fix("ldl", self.ldl)
        body.fix("triglycerides", self.triglycerides)
        if self.triglycerides > 1.7:
            body.fix("hdl", self.life.rng.uniform(0.86, 1.12))
        self.life.ldl_untreated = self.ldl

    def find(self, day: date) -> None:
        """A check-up finds it, unless a statin taken for something else hides it."""
        life = self.life
        if {"atorvastatin", "rosuvastatin"} & life.record.regimen.keys():
            return
        visit = life.visit(day, life.hospital("cardiology"), "cardiology")
        visit.complain("体检发现血脂升高")
        panel(visit, "lipids")
        self.start(visit)
        treated = bool(
            {"atorvastatin", "rosuvastatin", "fenofibrate"} & visit.record.regimen.keys()
        )
        visit.note(
            f"低脂饮食、适当运动，{'药物治疗，6周后复查血脂及肝功能' if treated else '3个月后复查血脂'}。"
        )

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write the diagnosis down; the young and healthy try without drugs."""
        problem = diagnose(visit, self.kind, onset=onset)
        if self._needs_statin(visit):
            key = "xuezhikang" if self.life.rng.random() < 0.12 else self._statin()
            ensure(visit, key, problem)
            lower_ldl(self.life, visit.day)
        elif self.triglycerides > 4.2:
            ensure(visit, "fenofibrate", problem)
            self.life.body.move("triglycerides", self.triglycerides * 0.5, visit.day, 30)
        follow(self, visit.day)

    def _statin(self) -> str:
        return self.life.rng.choice(("atorvastatin", "atorvastatin", "rosuvastatin"))

    def _needs_statin(self, visit: Visit) -> bool:
        person, age = self.life.person, self.life.age(visit.day)
        if (person.is_female and age < 45) or self.kind == "hypertriglyceridaemia":
            return False
        known = visit.record.problems.keys() & _AT_RISK
        return bool(known) or age > 50 or self.ldl > 4.6

    def review(self, visit: Visit) -> list[str]:
        """Somebody untreated who has fallen ill otherwise gets a statin after all."""
        treated = _LOWERING & visit.record.regimen.keys()
        if treated or not self._needs_statin(visit) or self.life.rng.random() < 0.5:
            return []
        key = self._statin()
        ensure(visit, key, visit.record.problems[self.kind])
        lower_ldl(self.life, visit.day)
        return [f"加用{DRUGS[key].product}"]

    def yearly(self, visit: Visit) -> list[str]:
        """See whether LDL is where it should be."""
        return lower_further(self.life, visit, visit.record.problems[self.kind])
