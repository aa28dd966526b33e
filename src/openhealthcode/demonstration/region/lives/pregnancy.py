"""Expecting and giving birth: the mother's side of every child in the region.

The children were there first (``households``); their mothers' records agree with theirs in day,
week and way of delivery.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import prescribe
from openhealthcode.demonstration.region.chart.procedures import perform, recall_operation
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import find, measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure, sign
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.people import Person

_WEEKS: Final = (12, 16, 20, 23, 26, 30, 34, 37)
_KEPT_OF_OLD: Final = (12, 23, 26)
"""Of pregnancies of long ago only these visits came over from the systems before."""


def begin(life: Life) -> None:
    """Every pregnancy that falls into the record, one that is under way, one that ended early."""
    if not life.person.is_female:
        return
    births = {child.birth: child for child in life.person.children}
    for day, child in births.items():
        conceived = day - timedelta(weeks=child.gestation)
        life.record.pregnancies.append((conceived, day))
        if conceived > life.since:
            Pregnancy(life, conceived, child.gestation, child)
        elif day < life.since and child.caesarean:
            life.tell(recall_operation, "caesarean", day.year, "外地医院")
    if (due := life.person.expecting) is not None:
        conceived = due - timedelta(weeks=40)
        life.record.pregnancies.append((conceived, due))
        Pregnancy(life, conceived, 40, None)
    _maybe_lost(life)


class Pregnancy:
    """One pregnancy from the first visit to the six weeks after."""

    def __init__(self, life: Life, conceived: date, weeks: int, child: Person | None) -> None:
        """Put all of it on the agenda."""
        self.life, self.conceived, self.child = life, conceived, child
        self.weeks = weeks
        self.diabetes = life.rng.random() < 0.14
        self.anaemia = life.rng.random() < 0.2
        self.problem: Problem | None = None
        self.sugar: Problem | None = None
        recent = life.is_recent(conceived, 4)
        for week in _WEEKS if recent else _KEPT_OF_OLD:
            if week < weeks - 1:
                life.at(self._day(week), self._check, week)
        if child is not None:
            life.at(child.birth, self._deliver)

    def _day(self, week: int) -> date:
        return self.conceived + timedelta(weeks=week, days=self.life.rng.randrange(5))

    def _check(self, day: date, week: int) -> None:
        life = self.life
        place = life.person.home.neighbourhood.maternity
        visit = life.visit(day, place, "obstetrics", "prenatal")
        visit.complain(f"孕{week}周产前检查")
        if self.problem is None:
            twins = self.child is not None and self.child.is_twin
            self.problem = diagnose(visit, "pregnancy", text="双胎妊娠" if twins else "宫内妊娠")
        else:
            visit.concern(self.problem)
        reading = pressure(visit)
        mass = life.body.weight(day) + max(0, week - 12) * 0.42
        sign(visit, "weight", round(mass, 1))
        notes = [f"血压{reading[0]}/{reading[1]} mmHg"]
        if week > 15:
            notes.append(f"宫高{week - 2} cm，胎心{life.rng.randrange(136, 156)}次/分")
        notes += self._special(visit, week)
        visit.note("，".join(notes) + "。")

    def _special(self, visit: Visit, week: int) -> list[str]:
        if week == _WEEKS[0]:
            return self._first(visit)
        if week == 23:
            examine(visit, "fetal_ultrasound", self._anatomy())
            return ["胎儿系统超声未见明显异常"]
        if week == 26:
            return self._sugar(visit)
        if week == 30 and self.anaemia:
            measure(visit, "haemoglobin", self.life.rng.uniform(94, 106))
            problem = diagnose(visit, "pregnancy_anaemia", days=110)
            prescribe(visit, "ferrous_succinate", problem, days=60)
            return ["轻度贫血，补铁治疗"]
        if week == 37:
            examine(
                visit,
                "fetal_ultrasound",
                "宫内妊娠，头位，双顶径92 mm，股骨长70 mm，羊水指数12 cm，胎盘Ⅱ级。",
            )
            return ["胎心监护反应型，择期待产"]
        return ["水肿(-)，尿蛋白(-)"]

    def _anatomy(self) -> str:
        twin = self.child is not None and self.child.is_twin
        fetus = "双活胎，双绒毛膜双羊膜囊" if twin else "单活胎"
        return (
            f"宫内妊娠，{fetus}，各径线符合孕周，四腔心可见，脊柱排列整齐，胎盘位于前壁，羊水适量。"
        )

    def _first(self, visit: Visit) -> list[str]:
        panel(visit, "blood_count")
        panel(visit, "liver")
        carrier = (
            "hepatitis_b" in self.life.person.fates
            and self.life.person.fates["hepatitis_b"] < visit.day
        )
        find(visit, "hbsag", "阳性" if carrier else "阴性")
        find(visit, "hiv_antibody")
        find(visit, "syphilis_tppa")
        twin = self.child is not None and self.child.is_twin
        examine(
            visit,
            "fetal_ultrasound",
            f"宫内妊娠约12⁺周，{'双活胎' if twin else '单活胎'}，NT 1.4 mm。",
        )
        prescribe(visit, "folic_acid", self.problem, days=60)
        return ["建立母子健康手册，NT正常，补充叶酸"]

    def _sugar(self, visit: Visit) -> list[str]:
        rng = self.life.rng
        values = (
            {
                "glucose": rng.uniform(5.2, 5.7),
                "glucose_one_hour": rng.uniform(10.2, 11.4),
                "glucose_two_hours": rng.uniform(8.6, 9.8),
            }
            if self.diabetes
            else {
                "glucose": rng.uniform(4.1, 4.9),
                "glucose_one_hour": rng.uniform(6.6, 9.2),
                "glucose_two_hours": rng.uniform(5.6, 7.6),
            }
        )
        panel(visit, "glucose_tolerance", values)
        if self.diabetes:
            self.sugar = diagnose(visit, "gestational_diabetes")
            return ["OGTT异常，妊娠期糖尿病，医学营养治疗、运动，自测血糖"]
        return ["OGTT正常"]

    def _deliver(self, day: date) -> None:
        child = self.child
        if child is None:
            return
        life, caesarean = self.life, child.caesarean
        place = life.person.home.neighbourhood.maternity
        visit = life.visit(day, place, "obstetrics", "inpatient", nights=4 if caesarean else 2)
        visit.complain(f"停经{child.gestation}周，{'入院待产' if caesarean else '阵发性腹痛4小时'}")
        key = "twin_delivery" if child.is_twin else "caesarean" if caesarean else "delivery"
        diagnose(visit, key, days=42)
        perform(visit, "caesarean" if caesarean else "delivery", outcome="母子平安")
        if visit.has_come(1):
            measure(visit, "haemoglobin", life.rng.uniform(98, 116), days=1)
        babies = [c for c in life.person.children if c.birth == child.birth]
        born = "、".join(f"{'女' if b.is_female else '男'}婴{b.birth_weight} g" for b in babies)
        blood = life.rng.randrange(280, 460) if caesarean else life.rng.randrange(150, 320)
        visit.note(
            f"{'剖宫产' if caesarean else '顺产'}娩{born}，产时出血约{blood} mL，母乳喂养指导。"
        )
        visit.discharge("医嘱离院")
        for problem in (self.problem, self.sugar):
            if problem is not None:
                resolve(problem, visit.day)
                visit.record.problems.pop(problem.key, None)
        life.after(day, 43, self._six_weeks, spread=0.06)

    def _six_weeks(self, day: date) -> None:
        visit = self.life.visit(
            day, self.life.person.home.neighbourhood.maternity, "obstetrics", "postnatal"
        )
        visit.complain("产后42天检查")
        pressure(visit)
        if self.diabetes:
            panel(
                visit,
                "glucose_tolerance",
                {"glucose": 4.9, "glucose_one_hour": 8.1, "glucose_two_hours": 6.6},
            )
        visit.note("子宫复旧好，切口（会阴）愈合好，恶露已净，盆底肌力Ⅲ级，指导盆底康复。")


def _maybe_lost(life: Life) -> None:
    """A pregnancy that ended early; told only where it happened, and sensitive."""
    person, rng = life.person, life.rng
    if rng.random() > 0.1:
        return
    age = rng.uniform(21, 38)
    day = person.birth + timedelta(days=round(age * 365.25))
    if (
        day > life.since
        and not life.record.is_pregnant(day, 260)
        and person.age_on(life.today) > 22
    ):
        life.at(day, partial(_lose, life))


def _lose(life: Life, day: date) -> None:
    chosen = life.rng.random() < 0.6
    life.record.pregnancies.append((day - timedelta(weeks=7), day))
    visit = life.visit(day, "county-maternal", "gynaecology", sensitivity="SEX")
    if chosen:
        visit.complain("停经7周，要求终止妊娠")
        problem = diagnose(visit, "induced_abortion", days=30)
        perform(visit, "suction_curettage", problem, outcome="手术顺利，出血10 mL")
        visit.note("负压吸宫术后，注意休息，1月内禁盆浴及性生活，落实避孕措施，1月后复查。")
    else:
        visit.complain("停经8周，阴道流血伴腹痛1天")
        problem = diagnose(visit, "miscarriage", days=30)
        examine(
            visit,
            "pelvic_ultrasound",
            "宫腔内未见孕囊，内膜厚6 mm，双附件区未见异常，考虑完全流产。",
        )
        visit.note("完全流产，观察出血及腹痛，1周后复查超声及hCG，心理支持。")
