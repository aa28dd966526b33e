"""The mind: depression that passes, anxiety, schizophrenia that is cared for at home.

Everything here is sensitive: closed even under a general consent, and labelled by its source.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, renew_due, stop
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Life

_PLACE: Final = "city-mental"
_LABEL: Final = "PSY"


def begin(life: Life) -> None:
    """Put what awaits the mind on the agenda; long past episodes are nobody's business."""
    fates = life.person.fates
    if (onset := fates.get("depression")) is not None and onset > life.since:
        life.at(onset, Depression(life).find)
    if (onset := fates.get("anxiety")) is not None and onset > life.since:
        life.at(onset, partial(_anxiety, life))
    if (onset := fates.get("schizophrenia")) is not None and life.age(onset) > 15:
        life.at(max(onset, life.since), partial(_schizophrenia, life))


class Depression:
    """One episode: a score that falls over nine months under an antidepressant."""

    def __init__(self, life: Life) -> None:
        """Draw drug and depth."""
        self.life = life
        self.drug = life.rng.choice(("escitalopram", "sertraline", "mirtazapine"))
        self.scores = [
            life.rng.randrange(15, 21),
            life.rng.randrange(8, 12),
            life.rng.randrange(2, 5),
        ]
        self.problem: Problem | None = None

    def find(self, day: date) -> None:
        """The first visit."""
        visit = self._visit(day)
        visit.complain("情绪低落、兴趣减退、早醒2月")
        measure(visit, "phq9", self.scores[0])
        self.problem = diagnose(visit, "depression")
        if not self.life.record.is_pregnant(visit.day, 280):
            ensure(visit, self.drug, self.problem)
            if self.scores[0] > 17:
                prescribe(visit, "estazolam", self.problem, days=14)
        visit.note(
            f"PHQ-9 {self.scores[0]}分，否认自杀计划，药物治疗合并心理支持，家属陪护，2周复诊。"
        )
        self.life.after(visit.day, 42, self._improve)
        self.life.after(visit.day, 275, self._recover, spread=0.05)

    def _visit(self, day: date) -> Visit:
        return self.life.visit(day, _PLACE, "psychiatry", sensitivity=_LABEL)

    def _improve(self, day: date) -> None:
        visit = self._visit(day)
        visit.complain("抑郁发作治疗6周复诊")
        measure(visit, "phq9", self.scores[1])
        visit.note(f"PHQ-9 {self.scores[1]}分，情绪、睡眠改善，无明显不良反应，继续原剂量。")

    def _recover(self, day: date) -> None:
        visit = self._visit(day)
        visit.complain("抑郁发作维持治疗复诊")
        measure(visit, "phq9", self.scores[2])
        if self.drug in visit.record.regimen:
            stop(visit, self.drug, "足疗程，症状缓解，逐渐减停")
        if self.problem is not None:
            resolve(self.problem, visit.day)
        visit.record.problems.pop("depression", None)
        visit.note(
            f"PHQ-9 {self.scores[2]}分，症状完全缓解，社会功能恢复，减停药物，注意复发征象。"
        )


def _anxiety(life: Life, day: date) -> None:
    visit = life.visit(day, _PLACE, "psychiatry", sensitivity=_LABEL)
    visit.complain("紧张担心、心慌、入睡困难半年")
    problem = diagnose(visit, "anxiety", days=300)
    if not life.record.is_pregnant(visit.day, 200):
        prescribe(visit, "sertraline", problem, days=180)
        prescribe(visit, "buspirone", problem, days=60)
    visit.note("GAD-7 13分，排除甲亢，药物合并认知行为治疗，规律作息。")


def _schizophrenia(life: Life, day: date) -> None:
    """Found by the family; afterwards the community centre looks in every quarter."""
    visit = life.visit(
        day,
        _PLACE,
        "psychiatry",
        "inpatient",
        nights=life.rng.randrange(32, 50),
        sensitivity=_LABEL,
    )
    visit.complain("疑人害己、自语2月")
    problem = diagnose(visit, "schizophrenia")
    panel(visit, "liver")
    panel(visit, "blood_count")
    ensure(visit, "olanzapine", problem)
    visit.note("幻觉、妄想逐渐消失，自知力部分恢复，出院后纳入社区严重精神障碍患者管理。")
    visit.discharge("医嘱离院")

    def look_in(later: date) -> None:
        again = life.visit(later, life.centre, "general", "home-visit", sensitivity=_LABEL)
        again.complain("严重精神障碍患者随访")
        again.concern(problem)
        renew_due(again, 80 if life.is_recent(later, 1) else 500, _LABEL)
        again.note("病情稳定，服药依从性好，危险性评估0级，家属监护到位。")
        life.after(later, 92 if life.is_recent(later, 2) else 365, look_in)

    life.after(day, 120, look_in)
