"""Chronic hepatitis B (慢性乙型肝炎): a carrier for decades, or active and treated."""

from __future__ import annotations

from datetime import date

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, stop
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import find, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    if "hepatitis_b" in life.person.fates:
        story = HepatitisB(life)
        life.befall("hepatitis_b", story.recall, story.find)


class HepatitisB(Chronic):
    """A carrier has normal enzymes and little virus; active disease is treated for good."""

    trend = ("alt", "hbv_dna")
    panels = ("liver", "hbv_dna", "afp")

    def __init__(self, life: Life) -> None:
        """Draw whether it is active, and whether the liver is already scarred."""
        super().__init__(life)
        rng = life.rng
        self.active = rng.random() < 0.5 or "liver_cancer" in life.person.fates
        self.problem: Problem | None = None
        self.cirrhosis = self.active and life.age(life.last_day) > 50 and rng.random() < 0.25
        life.body.fix("hbv_dna", rng.uniform(2e5, 3e7) if self.active else rng.uniform(60, 1800))
        if self.active:
            life.body.fix("alt", rng.uniform(78, 210))
            life.body.fix("ast", rng.uniform(52, 130))

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        self._write(visit, onset)

    def find(self, day: date) -> None:
        """A check-up finds the surface antigen."""
        visit = self.life.visit(day, self.life.hospital("infection"), "infection")
        visit.complain("体检发现乙肝表面抗原阳性")
        find(visit, "hbsag", "阳性")
        find(visit, "hbeag", "阳性" if self.active else "阴性")
        find(visit, "hbeab", "阴性" if self.active else "阳性")
        panel(visit, "liver")
        panel(visit, "hbv_dna")
        self._look(visit)
        self._write(visit)
        visit.note(
            "HBV DNA高载量、转氨酶升高，符合抗病毒指征，长期口服治疗，勿自行停药。"
            if self.active
            else "肝功能正常，病毒低载量，暂不用药，每半年复查肝功能、HBV DNA、甲胎蛋白及肝脏超声。"
        )

    def _write(self, visit: Visit, onset: str = "") -> None:
        problem = diagnose(
            visit, "hepatitis_b" if self.active else "hepatitis_b_carrier", onset=onset
        )
        self.problem = problem
        if self.active:
            ensure(visit, "entecavir" if visit.day.year < 2021 else "tenofovir", problem)
            self._suppress(visit.day)
        if self.cirrhosis:
            diagnose(visit, "cirrhosis")
            self.life.body.fix("platelets", self.life.rng.uniform(72, 108))
        follow(self, visit.day)

    def _suppress(self, day: date) -> None:
        body, rng = self.life.body, self.life.rng
        body.move("hbv_dna", 4, day, 34)
        body.move("alt", rng.uniform(17, 30), day, 60)
        body.move("ast", rng.uniform(18, 29), day, 60)

    def _look(self, visit: Visit) -> None:
        examine(
            visit,
            "abdomen_ultrasound",
            "肝表面欠光滑，实质回声增粗、分布不均，脾厚48 mm，未见占位，提示肝硬化改变。"
            if self.cirrhosis
            else "肝实质回声稍增粗，未见明显占位；胆囊、胰腺、脾脏未见异常。",
        )

    def review(self, visit: Visit) -> list[str]:
        """Every half-year: enzymes, virus, marker, ultrasound."""
        visit_is_recent = self.life.is_recent(visit.day, 3)
        if visit_is_recent and visit.institution.key.endswith(("people", "central")):
            self._look(visit)
        held = visit.record.regimen.get("tenofovir")
        is_own = held is not None and held.reason is self.problem
        if is_own and self.life.age(visit.day) > 58 and self.life.rng.random() < 0.3:
            stop(visit, "tenofovir", "年龄大、骨肾安全性考虑")
            ensure(visit, "tenofovir_alafenamide", self.problem)
            return ["停用富马酸替诺福韦二吡呋酯片，改用富马酸丙酚替诺福韦片"]
        return ["无乏力、腹胀，规律服药" if self.active else "无不适"]
