"""Type 2 diabetes (2型糖尿病): sugar, step by step more drugs, and what it does to eyes and kidneys."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import DRUGS
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, renew, stop
from openhealthcode.demonstration.region.chart.results import measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow

_LOWERS: Final = {
    "metformin": 1.1, "acarbose": 0.55, "glimepiride": 1.0, "sitagliptin": 0.6,
    "dapagliflozin": 0.7,
}  # fmt: skip
"""By how many points a drug lowers HbA1c, taken regularly."""

_PER_UNIT: Final = 0.09
"""What one unit of long-acting insulin a day lowers HbA1c by."""

_MODERN_SINCE: Final = 2019
"""Before, gliptins and gliflozins were hardly prescribed outside the big hospitals."""

_COMPLICATIONS: Final = (
    ("diabetic_neuropathy", 6, 0.09),
    ("diabetic_retinopathy", 7, 0.07),
    ("diabetic_nephropathy", 8, 0.07),
)
"""Diagnosis, earliest year, chance per year afterwards when sugar is badly controlled."""


_RETINA: Final = "双眼后极部可见散在微血管瘤及少量点状出血，非增殖期糖尿病视网膜病变（轻度）。"


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    onset = life.person.fates.get("diabetes")
    if onset is not None:
        story = Diabetes(life, onset)
        life.befall("diabetes", story.recall, story.find)


class Diabetes(Chronic):
    """The state: which drugs come next, how high HbA1c is without them."""

    programme = "2型糖尿病"
    trend = ("hba1c", "glucose")
    panels = ("hba1c", "glycaemia", "kidney", "lipids", "urine_albumin")

    def __init__(self, life: Life, onset: date) -> None:
        """Draw how severe it is."""
        super().__init__(life)
        # Nobody remembers, and no laboratory measured, what was long before the record.
        self.onset = max(onset, life.since - timedelta(days=2600))
        self.untreated = life.rng.uniform(7.2, 9.3)
        self.drift = life.rng.uniform(0.02, 0.09)
        self.steps = 1

    def raise_sugar(self) -> None:
        """Make the levels those of untreated disease."""
        self.life.body.fix("hba1c", self.untreated)
        self.life.body.fix("glucose", _fasting(self.untreated))

    def find(self, day: date) -> None:
        """Found by symptoms or at a check-up."""
        life = self.life
        self.raise_sugar()
        visit = life.visit(day, life.hospital("endocrinology"), "endocrinology")
        visit.complain(
            life.rng.choice(("口干、多饮、多尿1月", "体检发现血糖升高1周", "体重下降伴乏力2月"))
        )
        panel(visit, "glycaemia")
        panel(visit, "hba1c")
        self.start(visit)
        visit.note(
            "空腹血糖、糖化血红蛋白升高，诊断明确。糖尿病教育，控制饮食，规律运动，开始降糖治疗。"
        )

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        self.raise_sugar()
        self.start(visit, onset)

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write the diagnosis down and metformin with it."""
        problem = diagnose(visit, "diabetes", onset=onset)
        ensure(visit, "metformin", problem)
        self._settle(visit.day)
        follow(self, visit.day)

    def _settle(self, day: date) -> None:
        years = (day - self.onset).days / 365.25
        lowered = sum(_LOWERS.get(key, 0) for key in self.life.record.regimen)
        if (metformin := self.life.record.regimen.get("metformin")) and metformin.dose > 0.5:
            lowered += 0.4
        if insulin := self.life.record.regimen.get("glargine"):
            lowered += insulin.dose * _PER_UNIT
        level = max(self.untreated + self.drift * years - lowered * self.life.adherence, 6.2)
        self.life.body.move("hba1c", level, day, 35)
        self.life.body.move("glucose", _fasting(level), day, 20)

    def review(self, visit: Visit) -> list[str]:
        """Measure a drop of blood; when three months' average is too high, do more."""
        self._settle(visit.day)
        body = self.life.body
        if visit.kind == "review":  # the laboratory has measured it
            notes = [f"糖化血红蛋白{visit.record.latest['hba1c']:.1f}%"]
        else:
            reading = body.read("capillary_glucose", visit.day)
            measure(visit, "capillary_glucose", reading)
            notes = [f"空腹指血糖{reading:.1f} mmol/L"]
        goal = 8.1 if self.life.age(visit.day) > 75 else 7.4
        too_high = body.level("hba1c", visit.day) > goal
        if too_high and self.life.rng.random() < 0.75 and (change := self._intensify(visit)):
            notes.append(change)
        return notes

    def _intensify(self, visit: Visit) -> str:
        self.steps += 1
        regimen, problem = visit.record.regimen, visit.record.problems["diabetes"]
        if "metformin" in regimen and regimen["metformin"].dose < 1:
            renew(visit, "metformin", dose=1.0)
            change = "调整盐酸二甲双胍片为1 g，每日2次"
        elif key := next((k for k in self._ladder(visit.day) if k not in regimen), ""):
            prescribe(visit, key, problem)
            change = f"加用{DRUGS[key].product}"
        elif "glargine" in regimen and regimen["glargine"].dose < 32:
            dose = regimen["glargine"].dose + 4
            renew(visit, "glargine", dose=dose)
            change = f"调整甘精胰岛素至{dose:g} U，每晚1次"
        else:
            self.life.adherence = min(self.life.adherence + 0.06, 1.0)
            return "加强饮食控制及血糖监测"
        self._settle(visit.day)
        return change

    def _ladder(self, day: date) -> tuple[str, ...]:
        if day.year < _MODERN_SINCE:
            return ("acarbose",) if self.steps < 4 else ("acarbose", "glimepiride", "glargine")
        return ("dapagliflozin", "sitagliptin") if self.steps < 4 else ("dapagliflozin", "glargine")

    def yearly(self, visit: Visit) -> list[str]:
        """Eyes, kidneys, nerves."""
        years = (visit.day - self.onset).days / 365.25
        badly = self.life.body.level("hba1c", visit.day) > 7.6
        problems = visit.record.problems
        for key, earliest, chance in _COMPLICATIONS:
            if (
                key not in problems
                and years > earliest
                and self.life.rng.random() < chance * (2 if badly else 0.7)
            ):
                self._complicate(visit, key)
        self._protect_kidneys(visit)
        if self.life.is_recent(visit.day, 2.5):
            examine(visit, "fundus", _RETINA if "diabetic_retinopathy" in problems else "")
        return []

    def _complicate(self, visit: Visit, key: str) -> None:
        problem = diagnose(visit, key)
        if key == "diabetic_neuropathy":
            prescribe(visit, "mecobalamin", problem, days=90)
        elif key == "diabetic_nephropathy":
            self.life.body.move("albumin_creatinine", self.life.rng.uniform(60, 260), visit.day, 60)
            if (
                not {"valsartan", "losartan", "irbesartan", "enalapril", "perindopril"}
                & visit.record.regimen.keys()
            ):
                ensure(visit, "irbesartan", problem)
            if visit.day.year >= _MODERN_SINCE:
                ensure(visit, "dapagliflozin", problem)

    def _protect_kidneys(self, visit: Visit) -> None:
        """Metformin is not given when the kidneys filter too little."""
        if visit.record.latest.get("egfr", 90) < 40 and "metformin" in visit.record.regimen:
            stop(visit, "metformin", "肾功能减退（eGFR<45）")
            ensure(visit, "sitagliptin", visit.record.problems["diabetes"], dose=50)


def _fasting(hba1c: float) -> float:
    """The fasting glucose that usually goes with an HbA1c."""
    return 1.5 * hba1c - 3.0
