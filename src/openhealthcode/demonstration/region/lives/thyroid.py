"""The thyroid: too little after Hashimoto's disease, too much in Graves' disease."""

from __future__ import annotations

from datetime import date, timedelta

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, renew, stop
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    if "hypothyroidism" in life.person.fates:
        story = Underactive(life)
        life.befall("hypothyroidism", story.start, story.find)
    onset = life.person.fates.get("hyperthyroidism")
    if onset is not None and onset > life.since:
        life.at(onset, Overactive(life).find)


class Underactive(Chronic):
    """Levothyroxine, raised until TSH is right."""

    trend = ("tsh",)
    panels = ("thyroid",)
    answers = ("无怕冷、乏力，规律服左甲状腺素",)

    def __init__(self, life: Life) -> None:
        """Draw how little the gland makes."""
        super().__init__(life)
        life.body.fix("tsh", life.rng.uniform(9.5, 34))
        life.body.fix("free_t4", life.rng.uniform(6.8, 10.8))

    def find(self, day: date) -> None:
        """Tired, cold, slow; or found at a check-up."""
        life = self.life
        visit = life.visit(day, life.hospital("endocrinology"), "endocrinology")
        visit.complain(life.rng.choice(("乏力、怕冷、体重增加3月", "体检发现TSH升高")))
        panel(visit, "thyroid")
        panel(visit, "thyroid_antibody", {"tpo_antibody": life.rng.uniform(180, 600)})
        self.start(visit)
        visit.note("甲状腺轻度肿大、质韧。左甲状腺素替代治疗，6周后复查甲功调整剂量。")
        life.after(day, 45, self._adjust)

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write it down and the hormone."""
        problem = diagnose(visit, "hypothyroidism", onset=onset)
        if "coronary" in visit.record.problems or self.life.age(visit.day) > 65:
            ensure(visit, "levothyroxine", problem, dose=25)
        else:
            ensure(visit, "levothyroxine", problem)
        self.life.body.move("tsh", self.life.rng.uniform(1.2, 3.4), visit.day, 40)
        self.life.body.move("free_t4", self.life.rng.uniform(14, 18.5), visit.day, 25)
        follow(self, visit.day)

    def _adjust(self, day: date) -> None:
        visit = self.life.visit(day, self.life.hospital("endocrinology"), "endocrinology")
        visit.complain("甲减服药6周复查")
        visit.concern(visit.record.problems["hypothyroidism"])
        panel(visit, "thyroid")
        if self.life.body.level("tsh", visit.day) > 4.2:
            dose = visit.record.regimen["levothyroxine"].dose + 25
            renew(visit, "levothyroxine", dose=dose)
            visit.note(f"TSH仍高，左甲状腺素加至{dose:g} μg/日，6～8周复查。")
        else:
            visit.note("甲功恢复正常，维持剂量，半年复查。")


class Overactive:
    """Methimazole for a year and a half, less and less; most recover."""

    def __init__(self, life: Life) -> None:
        """Nothing yet."""
        self.life = life

    def find(self, day: date) -> None:
        """Palpitations, sweating, loss of weight."""
        life, body = self.life, self.life.body
        body.fix("tsh", 0.01)
        body.fix("free_t4", life.rng.uniform(38, 72))
        visit = life.visit(day, life.hospital("endocrinology"), "endocrinology")
        visit.complain("心悸、多汗、手抖、消瘦2月")
        sign(visit, "heart_rate", life.rng.randrange(104, 124))
        self.problem = diagnose(visit, "hyperthyroidism")
        panel(visit, "thyroid")
        panel(visit, "blood_count")
        panel(visit, "liver")
        ensure(visit, "methimazole", self.problem)
        prescribe(visit, "propranolol", self.problem, days=28)
        visit.note("甲状腺Ⅱ度肿大，可闻及血管杂音。低碘饮食，每2周查血常规、肝功能，发热咽痛即诊。")
        body.move("free_t4", life.rng.uniform(14, 18), visit.day, 30)
        body.move("tsh", life.rng.uniform(1.1, 2.8), visit.day + timedelta(days=60), 80)
        for later, dose in ((60, 15), (170, 10), (330, 5)):
            life.after(visit.day, later, self._lower, dose, spread=0.05)
        life.after(visit.day, 600, self._end, spread=0.05)

    def _lower(self, day: date, dose: float) -> None:
        visit = self.life.visit(day, self.life.hospital("endocrinology"), "endocrinology")
        visit.complain("甲亢复查")
        visit.concern(self.problem)
        panel(visit, "thyroid")
        panel(visit, "blood_count")
        if "methimazole" in visit.record.regimen:
            renew(visit, "methimazole", dose=dose)
        visit.note(f"心悸、多汗缓解，体重回升，甲巯咪唑减至{dose:g} mg/日。")

    def _end(self, day: date) -> None:
        visit = self.life.visit(day, self.life.hospital("endocrinology"), "endocrinology")
        visit.complain("甲亢治疗18个月复查")
        panel(visit, "thyroid")
        if "methimazole" in visit.record.regimen:
            stop(visit, "methimazole", "疗程结束，甲功及TRAb正常")
        resolve(self.problem, visit.day)
        visit.record.problems.pop("hyperthyroidism", None)
        visit.note("TRAb转阴，甲功正常，停药观察，停药后1、3、6个月复查。")
