"""Stroke (脑梗死、脑出血): the first hours, the ward, and what remains."""

from __future__ import annotations

from datetime import date, timedelta

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, stop
from openhealthcode.demonstration.region.chart.procedures import perform
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow
from openhealthcode.demonstration.region.lives.lipids import lower_further, lower_ldl

_PLAQUES = "双侧颈动脉内中膜增厚伴斑块，较大者约11×2.3 mm，与前相仿，管腔狭窄<50%。"


def begin(life: Life) -> None:
    """Put the stroke on the agenda, or tell it when the record is opened."""
    story = Stroke(life)
    life.befall("stroke", story.recall, story.strike)


class Stroke(Chronic):
    """An infarct in six of seven cases; the rest are haemorrhages of the badly treated."""

    trend = ("ldl",)
    panels = ("lipids", "liver", "glycaemia")

    def __init__(self, life: Life) -> None:
        """Draw side and kind."""
        super().__init__(life)
        rng = life.rng
        self.side, self.weak = rng.choice((("左侧", "右侧"), ("右侧", "左侧")))
        self.haemorrhage = "hypertension" in life.person.fates and rng.random() < 0.15
        self.thrombolysis = rng.random() < 0.3
        self.sequelae = rng.random() < 0.45
        self.answers = ("肢体活动可，言语清",)
        self.key = "haemorrhagic_stroke" if self.haemorrhage else "stroke"

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        self.key = "stroke_sequelae"
        diagnose(visit, self.key, text="陈旧性脑梗死", onset=onset)
        self._secure(visit)

    def strike(self, day: date) -> None:
        """The day itself, and the days on the ward."""
        life = self.life
        urgent = life.visit(day, life.hospital("emergency"), "emergency", "emergency")
        urgent.complain(f"突发{self.weak}肢体无力、言语不清{life.rng.randrange(1, 4)}小时")
        pressure(urgent, (life.rng.randrange(158, 192), life.rng.randrange(86, 108)))
        panel(urgent, "coagulation")
        if self.haemorrhage:
            examine(
                urgent,
                "head_ct",
                f"{self.side}基底节区见约22×18 mm高密度影，周围低密度水肿带，中线无移位。",
            )
            urgent.note("考虑高血压性脑出血，出血量约12 mL，收住院内科保守治疗。")
            self._ward_haemorrhage(urgent)
        else:
            examine(urgent, "head_ct", "颅内未见出血征象。")
            urgent.note(f"NIHSS评分{life.rng.randrange(4, 11)}分，CT排除出血，绿色通道收住院。")
            self._ward_infarct(urgent)

    def _ward_infarct(self, urgent: Visit) -> None:
        life = self.life
        visit = life.visit(
            urgent.day,
            life.hospital("neurology"),
            "neurology",
            "inpatient",
            nights=life.rng.randrange(9, 14),
            after=urgent,
        )
        visit.complain(f"{self.weak}肢体无力伴言语不清")
        problem = diagnose(visit, "stroke", text=f"急性脑梗死（{self.side}大脑中动脉供血区）")
        anticoagulated = {"rivaroxaban", "warfarin"} & visit.record.regimen.keys()
        thrombolysis = self.thrombolysis and not anticoagulated
        if thrombolysis:
            prescribe(visit, "alteplase", problem, days=1)
            perform(
                visit, "thrombolysis", problem, outcome="溶栓后24小时NIHSS评分下降4分，无出血转化"
            )
        if "sick_sinus" not in visit.record.problems:
            examine(
                visit,
                "head_mri",
                f"{self.side}基底节区—放射冠DWI高信号，ADC低信号，急性期脑梗死；脑白质少许缺血灶。",
                days=1,
            )
        examine(
            visit,
            "carotid_ultrasound",
            "双侧颈动脉内中膜增厚，多发混合斑块，较大者位于右侧分叉处约12×2.4 mm，狭窄<50%。",
            days=2,
        )
        panel(visit, "lipids", days=1)
        if not anticoagulated and "clopidogrel" not in visit.record.regimen:
            prescribe(visit, "clopidogrel", problem, days=21)
        prescribe(visit, "butylphthalide", problem, days=60)
        self._secure(visit)
        remains = (
            f"出院时{self.weak}肌力4级，言语欠清"
            if self.sequelae
            else "出院时肌力恢复至5⁻级，言语清晰"
        )
        treated = "静脉溶栓，" if thrombolysis else ""
        visit.note(f"{treated}抗栓、他汀、康复治疗。{remains}，mRS {2 if self.sequelae else 1}分。")
        visit.discharge("医嘱离院")
        self._afterwards(visit.day + timedelta(days=visit.nights))

    def _ward_haemorrhage(self, urgent: Visit) -> None:
        life = self.life
        visit = life.visit(
            urgent.day,
            life.hospital("neurology"),
            "neurology",
            "inpatient",
            nights=life.rng.randrange(14, 20),
            after=urgent,
        )
        visit.complain(f"突发{self.weak}肢体无力伴头痛")
        for key in ("aspirin", "clopidogrel", "ticagrelor", "rivaroxaban", "warfarin"):
            if key in visit.record.regimen:
                stop(visit, key, "脑出血")
        diagnose(visit, "haemorrhagic_stroke", text=f"高血压性脑出血（{self.side}基底节）")
        examine(visit, "head_ct", f"{self.side}基底节区血肿较前吸收，密度减低。", days=9)
        visit.note(
            f"控制血压、脱水降颅压、康复治疗。出院时{self.weak}肌力4级。血压目标<130/80 mmHg。"
        )
        visit.discharge("医嘱离院")
        self.sequelae = True
        self._afterwards(visit.day + timedelta(days=visit.nights))
        follow(self, visit.day)

    def _secure(self, visit: Visit) -> None:
        """Against the next one: a statin, and something against clots."""
        problem = visit.record.problems[self.key]
        if not {"rivaroxaban", "warfarin"} & visit.record.regimen.keys():
            ensure(visit, "aspirin", problem)
        if not {"atorvastatin", "rosuvastatin"} & visit.record.regimen.keys():
            ensure(visit, "atorvastatin", problem)
        visit.record.goals["ldl"] = 1.8
        lower_ldl(self.life, visit.day)
        follow(self, visit.day)

    def _afterwards(self, home: date) -> None:
        if self.sequelae:
            self.answers = ("遗留轻偏瘫，扶杖可行", "患侧肢体力弱，生活大部分自理")
        self.life.after(home, 95, self._three_months)

    def _three_months(self, day: date) -> None:
        visit = self.life.visit(day, self.life.hospital("neurology"), "neurology")
        visit.complain("卒中后3个月复查")
        resolve(visit.record.problems.pop(self.key), visit.day)
        before = "脑出血" if self.haemorrhage else "脑梗死"
        self.key = "stroke_sequelae"
        text = f"{before}后遗症（{self.weak}轻偏瘫）" if self.sequelae else f"陈旧性{before}"
        diagnose(visit, self.key, text=text)
        pressure(visit)
        visit.note(
            f"{self.weak}肢体肌力{'4⁺' if self.sequelae else '5'}级，日常生活{'大部分自理' if self.sequelae else '自理'}，继续二级预防、康复锻炼。"
        )

    def yearly(self, visit: Visit) -> list[str]:
        """Look at the neck arteries; and see to LDL."""
        if self.haemorrhage:
            return []
        if self.life.is_recent(visit.day, 2.5):
            examine(visit, "carotid_ultrasound", _PLAQUES)
        return lower_further(self.life, visit, visit.record.problems[self.key])
