"""Follow-up of the chronically ill (慢性病随访): one visit for all diseases together.

Those with hypertension or diabetes see their family doctor every quarter, as the basic public
health programme has it; the rest see a specialist twice a year. Older years are kept more
sparsely, as they came over from the systems before.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from openhealthcode.demonstration.region.catalogue import DIAGNOSES
from openhealthcode.demonstration.region.chart.care_plan import plan
from openhealthcode.demonstration.region.chart.medication import dispense, renew_due
from openhealthcode.demonstration.region.chart.record import Prescription
from openhealthcode.demonstration.region.chart.results import measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Chronic, Life

_DETAILED_YEARS: Final = 1.3
_THOROUGH_YEARS: Final = 1.3
_MISSED: Final = 0.1
_LAST_RENEWAL_DAYS: Final = 125


def follow(disease: Chronic, day: date) -> None:
    """From now on a disease is followed up, together with those that already are."""
    life = disease.life
    life.chronic.append(disease)
    if len(life.chronic) == 1:
        FollowUp(life, day)


class FollowUp:
    """The series of visits of one person."""

    def __init__(self, life: Life, day: date) -> None:
        """Put the first visit on the agenda."""
        self.life = life
        self.last_yearly = day
        life.after(day, 60, self._tick)

    @property
    def in_programme(self) -> bool:
        """Whether the family doctor leads."""
        return any(disease.programme for disease in self.life.chronic)

    def _tick(self, day: date) -> None:
        life = self.life
        detailed = life.is_recent(day, _DETAILED_YEARS)
        sparse = 330 if life.is_recent(day, 5) else 1000
        usual = 91 if self.in_programme else 170
        life.after(day, usual if detailed else sparse, self._tick)
        if life.chronic and life.rng.random() > _MISSED:
            yearly_every = 330 if life.is_recent(day, 5) else 1500
            if (day - self.last_yearly).days > yearly_every:
                self.last_yearly = day
                self._yearly(day)
            else:
                self._quarterly(day)

    def _quarterly(self, day: date) -> None:
        life = self.life
        visit = self._visit(day)
        notes = [part for disease in life.chronic for part in disease.review(visit)]
        self._finish(visit, notes)
        if self.in_programme and visit.day.month <= 3 and life.is_recent(visit.day, 2):
            self._plan(visit)

    def _yearly(self, day: date) -> None:
        life = self.life
        specialty = self._specialty()
        visit = life.visit(day, life.hospital(specialty), specialty, "review")
        visit.complain("慢性病年度复查")
        visit.concern(*life.record.known_problems())
        if life.is_recent(day, _THOROUGH_YEARS):
            for name in dict.fromkeys(name for each in life.chronic for name in each.panels):
                panel(visit, name)
        else:
            for name in dict.fromkeys(name for each in life.chronic for name in each.trend):
                measure(visit, name)
        notes = [part for disease in life.chronic for part in disease.review(visit)]
        notes += [part for disease in life.chronic for part in disease.yearly(visit)]
        self._finish(visit, notes)

    def _visit(self, day: date) -> Visit:
        life, doctor = self.life, self.life.person.family_doctor
        if self.in_programme and doctor is not None:
            visit = life.see(day, doctor, "follow-up")
            visit.complain("慢性病随访")
        else:
            specialty = self._specialty()
            visit = life.visit(day, life.hospital(specialty), specialty, "review")
            visit.complain("慢性病复诊")
        visit.concern(*life.record.known_problems())
        return visit

    def _specialty(self) -> str:
        problems = self.life.record.known_problems(1)
        return DIAGNOSES[problems[0].key].specialty if problems else "general"

    def _finish(self, visit: Visit, notes: list[str]) -> None:
        changed = [note for note in notes if any(w in note for w in ("加用", "停用", "调整"))]
        renewed = _renew(visit)
        closing = "" if changed else "继续目前治疗。" if visit.record.regimen else "生活方式指导。"
        text = "，".join(notes)
        visit.note(f"{text}。{closing}" if text else closing)
        if renewed and self.life.is_recent(visit.day, 0.35):
            _hand_over(visit, renewed)

    def _plan(self, visit: Visit) -> None:
        diseases = [disease.programme for disease in self.life.chronic if disease.programme]
        problems = visit.record.known_problems()
        activities = ["每季度随访1次：测量血压、心率、体重，询问症状及服药情况"]
        if "2型糖尿病" in diseases:
            activities.append("每季度测空腹血糖1次，每半年查糖化血红蛋白，每年查眼底及尿微量白蛋白")
        activities += ["每年健康体检1次", "低盐低脂饮食，每周中等强度运动≥150分钟，戒烟限酒"]
        plan(
            visit, f"{visit.day.year}年{'、'.join(diseases)}患者健康管理计划", problems, activities
        )


def _renew(visit: Visit) -> list[Prescription]:
    """Long prescriptions are written anew every year or so, lately enough to be current today."""
    is_last = (visit.record.last_day - visit.day).days < _LAST_RENEWAL_DAYS
    return renew_due(visit, 60 if is_last else 2200)


def _hand_over(visit: Visit, prescriptions: list[Prescription]) -> None:
    """In town the prescriptions are taken to a pharmacy; villages hand out their own drugs."""
    place = visit.record.person.home.neighbourhood
    pharmacies = {"nanqiao": "nanqiao-pharmacy", "jiangbin": "jihe-pharmacy"}
    if place.key in pharmacies and visit.day < visit.record.last_day:
        staff = visit.record.directory.staff
        pharmacist = staff.someone(visit.record.rng, pharmacies[place.key], "pharmacy")
        for prescription in prescriptions:
            dispense(prescription, visit.day, pharmacist, visit, 30)
