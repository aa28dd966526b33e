"""Thin bones (骨质疏松症): found by densitometry or by the first fracture."""

from __future__ import annotations

from datetime import date

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, stop
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    story = Osteoporosis(life)
    life.befall("osteoporosis", story.start, story.find)


class Osteoporosis(Chronic):
    """Calcium for good, a bisphosphonate for five years."""

    def __init__(self, life: Life) -> None:
        """Draw how thin."""
        super().__init__(life)
        self.score = life.rng.uniform(2.6, 3.6)
        self.began: date | None = None

    def find(self, day: date) -> None:
        """Back pain and loss of height lead to densitometry."""
        life = self.life
        visit = life.visit(day, life.hospital("orthopaedics"), "orthopaedics")
        visit.complain("腰背酸痛、身高变矮1年")
        examine(
            visit,
            "bone_density",
            f"L1-4 T值-{self.score:.1f}，左股骨颈T值-{self.score - 0.3:.1f}，符合骨质疏松。",
        )
        self.start(visit)
        visit.note("补充钙剂及维生素D，抗骨质疏松治疗，晒太阳，防跌倒。")

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write it down and the drugs."""
        problem = diagnose(visit, "osteoporosis", onset=onset)
        ensure(visit, "calcium_d3", problem)
        if self.life.age(visit.day) < 84 and "alendronate" not in visit.record.regimen:
            ensure(visit, "alendronate", problem)
            self.began = visit.day
        follow(self, visit.day)

    def review(self, visit: Visit) -> list[str]:
        """After five years the bisphosphonate rests."""
        if (
            self.began
            and (visit.day - self.began).days > 1826
            and "alendronate" in visit.record.regimen
        ):
            stop(visit, "alendronate", "已用满5年，进入药物假期")
            return ["双膦酸盐满5年，停用阿仑膦酸钠片"]
        return ["近期无跌倒"]

    def yearly(self, visit: Visit) -> list[str]:
        """Densitometry every other year or so."""
        if self.life.rng.random() < 0.5:
            better = self.score - self.life.rng.uniform(0, 0.3)
            examine(
                visit,
                "bone_density",
                f"L1-4 T值-{better:.1f}，较前{'升高' if better < self.score - 0.1 else '相仿'}。",
            )
        return []
