"""Gout (痛风): a red toe at night, then uric acid brought down for good."""

from __future__ import annotations

from datetime import date

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, suitable
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import measure
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow


def begin(life: Life) -> None:
    """Put the first attack on the agenda, or tell it when the record is opened."""
    if "gout" in life.person.fates:
        story = Gout(life)
        life.befall("gout", story.recall, story.attack)


class Gout(Chronic):
    """The state: how high uric acid is, and whether it is treated between attacks."""

    trend = ("urate",)
    panels = ("kidney",)

    def __init__(self, life: Life) -> None:
        """Draw the level."""
        super().__init__(life)
        self.urate = life.rng.uniform(490, 620)
        self.attacks = 0
        self.treated = False
        life.body.fix("urate", self.urate)

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        problem = diagnose(visit, "gout", onset=onset)
        self._treat(visit, problem)
        follow(self, visit.day)

    def attack(self, day: date) -> None:
        """An attack; after the second one uric acid is lowered for good."""
        life = self.life
        self.attacks += 1
        place = life.first_contact if self.attacks > 1 else life.hospital("endocrinology")
        visit = life.visit(day, place, "endocrinology")
        joint = life.rng.choice(("右足第一跖趾关节", "左足第一跖趾关节", "左踝关节"))
        visit.complain(f"{joint}红肿热痛1天")
        sign(visit, "pain", life.rng.randrange(6, 9))
        problem = visit.record.problems.get("gout") or diagnose(visit, "gout")
        if self.attacks == 1:
            measure(visit, "urate")
        for choice in ("etoricoxib/colchicine", "colchicine"):
            key = suitable(life.record, visit.day, choice)
            if key and (key == "etoricoxib" or choice == "colchicine"):
                prescribe(visit, key, problem, days=6)
                break
        if self.attacks == 1:
            visit.note(
                f"{joint}红肿、皮温高、拒按。急性期抗炎止痛，低嘌呤饮食，限酒，多饮水，缓解后评估降尿酸治疗。"
            )
            follow(self, visit.day)
        else:
            visit.note(f"痛风再发，{joint}红肿触痛。抗炎止痛。")
        if not self.treated or life.rng.random() < 0.3:
            life.after(day, 420, self.attack, spread=0.5)

    def _treat(self, visit: Visit, problem: Problem) -> None:
        kidneys = visit.record.problems.keys() & {"chronic_kidney", "diabetic_nephropathy"}
        key = "febuxostat" if kidneys or self.life.rng.random() < 0.6 else "allopurinol"
        ensure(visit, key, problem)
        self.treated = True
        self.life.body.move("urate", self.life.rng.uniform(300, 375), visit.day, 40)

    def review(self, visit: Visit) -> list[str]:
        """After two attacks, or with very high uric acid, treatment begins."""
        if not self.treated and (self.attacks >= 2 or self.urate > 540):
            self._treat(visit, visit.record.problems["gout"])
            return ["加用降尿酸药物，目标血尿酸<360 μmol/L"]
        return ["近期无痛风发作"]
