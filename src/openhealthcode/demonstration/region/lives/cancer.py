"""Cancers: found, operated, treated in cycles, watched for five years. ``cancers.csv`` has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import OPERATIONS
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, renew_due
from openhealthcode.demonstration.region.chart.procedures import perform
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.tables import table

_ROWS: Final = {row["fate"]: row for row in table("lives/cancers")}
_NORMAL_MARKER: Final = {"cea": 2.1, "afp": 3.4}
_WATCH: Final = {
    "lung_cancer": ("chest_ct", "右肺上叶术后改变，余肺未见明确新发结节，纵隔淋巴结不大。"),
    "breast_cancer": (
        "breast_ultrasound",
        "左乳术后，胸壁未见异常；右乳BI-RADS 2类；双腋下未见肿大淋巴结。",
    ),
    "colon_cancer": (
        "abdomen_ct",
        "乙状结肠术后改变，吻合口通畅，肝脏未见占位，腹膜后淋巴结不大。",
    ),
    "gastric_cancer": ("abdomen_ct", "胃术后改变，吻合口未见增厚，肝脏未见占位。"),
    "liver_cancer": ("abdomen_ct", "肝部分切除术后改变，残肝未见明确复发灶。"),
    "thyroid_cancer": (
        "thyroid_ultrasound",
        "甲状腺右叶缺如，左叶未见异常，双侧颈部淋巴结未见肿大。",
    ),
}
_LEVOTHYROXINE: Final = 75


def begin(life: Life) -> None:
    """Put the discovery on the agenda; a cancer of before is told when the record is opened."""
    for fate, onset in life.person.fates.items():
        if fate in _ROWS:
            if onset > life.since:
                life.at(onset, Cancer(life, _ROWS[fate]).find)
            else:
                life.tell(_recall, fate, str(onset.year))


def _recall(visit: Visit, fate: str, year: str) -> None:
    key = _ROWS[fate]["diagnosis"]
    name = OPERATIONS[_ROWS[fate]["operation"]].name
    problem = diagnose(visit, key, onset=year)
    problem.resource["note"] = [{"text": f"{year}年行{name}，定期复查"}]
    if fate == "thyroid_cancer":
        ensure(visit, "levothyroxine", problem, dose=_LEVOTHYROXINE)


class Cancer:
    """The course of one cancer."""

    def __init__(self, life: Life, row: dict[str, str]) -> None:
        """Nothing has been found yet."""
        self.life, self.row = life, row
        self.problem: Problem | None = None
        self.operated = life.today
        self.dies = life.person.death is not None

    def find(self, day: date) -> None:
        """An image or an endoscopy; then the ward."""
        life, row = self.life, self.row
        if life.record.is_pregnant(day):
            return
        specialty = "gastroenterology" if "scopy" in row["examination"] else "surgery"
        visit = life.visit(day, life.hospital(specialty), specialty)
        visit.complain(row["complaint"])
        name, _, text = row["examination"].partition(":")
        examine(visit, name, text)
        visit.note("考虑恶性可能，建议黛川市中心医院进一步诊治，已开具转诊单。")
        life.after(visit.day, 13, self._operate)

    def _operate(self, day: date) -> None:
        life, row = self.life, self.row
        visit = life.visit(day, "city-central", "surgery", "inpatient", nights=int(row["nights"]))
        visit.complain(row["complaint"])
        self.problem = diagnose(visit, row["diagnosis"])
        panel(visit, "blood_count")
        if row["marker"]:
            panel(visit, row["marker"], {row["marker"]: float(row["marker_high"])})
            life.body.move(row["marker"], _NORMAL_MARKER[row["marker"]], visit.day, 25)
        perform(visit, row["operation"], self.problem, days=2, outcome="顺利，切缘阴性")
        examine(visit, "pathology", row["pathology"], days=int(row["nights"]) - 1)
        visit.note(row["course"])
        visit.discharge("医嘱离院")
        self.operated = visit.day
        if cycles := int(row["cycles"]):
            self._plan_cycles(visit.day, cycles)
        elif row["maintenance"]:
            life.after(visit.day, 25, self._maintain)
        life.after(visit.day, 120, self._watch)

    def _plan_cycles(self, day: date, cycles: int) -> None:
        for cycle in range(1, cycles + 1):
            self.life.at(day + timedelta(days=14 + 21 * cycle), self._cycle, cycle)
        if self.row["maintenance"]:
            late = 40 if self.row["fate"] != "breast_cancer" else 60 + 21 * cycles
            self.life.at(day + timedelta(days=late), self._maintain)

    def _cycle(self, day: date, cycle: int) -> None:
        visit = self.life.visit(day, "city-central", "oncology", "inpatient", nights=2)
        visit.complain(f"术后第{cycle}周期化疗")
        if self.problem is not None:
            visit.concern(self.problem)
        panel(visit, "blood_count", {"wbc": self.life.rng.uniform(3.6, 5.2)})
        for key in self.row["chemotherapy"].split():
            prescribe(visit, key, self.problem, days=1)
        visit.note(f"第{cycle}周期辅助化疗，预处理、止吐、水化，恶心Ⅰ度，1周后查血常规。")
        visit.discharge("医嘱离院")

    def _maintain(self, day: date) -> None:
        visit = self.life.visit(day, "city-central", "oncology")
        visit.complain("术后辅助治疗")
        choices = self.row["maintenance"].split("/")
        older = self.life.age(day) > 52 and len(choices) > 1
        key = choices[1] if older else choices[0]
        years = float(self.row["maintenance_years"])
        if years > 20:
            ensure(visit, key, self.problem, dose=_LEVOTHYROXINE)
        else:
            prescribe(visit, key, self.problem, days=round(years * 365))
        visit.note("一般情况好，开始口服辅助治疗，定期复查血常规、肝肾功能。")

    def _watch(self, day: date) -> None:
        visit = self.life.visit(day, "city-central", "oncology")
        visit.complain("肿瘤术后复查")
        if self.problem is not None:
            visit.concern(self.problem)
        if self.row["marker"]:
            panel(visit, self.row["marker"])
        if self.row["fate"] == "thyroid_cancer":
            panel(visit, "thyroid", {"tsh": self.life.rng.uniform(0.3, 1.4), "free_t4": 18.2})
        name, text = _WATCH[self.row["fate"]]
        examine(visit, name, text)
        renew_due(visit, 300, only=self.problem)
        visit.note("一般情况可，ECOG 0～1分，未见复发转移征象，按期复查。")
        years = (visit.day - self.operated).days / 365.25
        if years < 5:
            self.life.after(visit.day, 182 if years < 2 else 365, self._watch)
