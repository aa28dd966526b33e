"""The lungs: chronic obstruction in smokers, asthma, a pneumonia that needs a bed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, suitable
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow
from openhealthcode.demonstration.region.lives.orders import draw

_ANTIBIOTICS: Final = "moxifloxacin/ceftriaxone/azithromycin"


def begin(life: Life) -> None:
    """Put what awaits the lungs on the agenda."""
    fates = life.person.fates
    if "copd" in fates:
        story = Obstruction(life)
        life.befall("copd", story.start, story.find)
    if (onset := fates.get("asthma")) is not None:
        life.at(
            max(onset, life.since + timedelta(days=30), life.person.birthday(2)), Asthma(life).find
        )
    if (onset := fates.get("pneumonia_admission")) is not None and onset > life.since:
        life.at(_in_winter(onset), partial(admit_pneumonia, life))


def _in_winter(day: date) -> date:
    return day if day.month in (11, 12, 1, 2, 3) else day.replace(month=12, day=min(day.day, 28))


class Obstruction(Chronic):
    """COPD (慢性阻塞性肺疾病): an inhaler every day, a bad winter now and then."""

    panels = ("lung_function",)

    def __init__(self, life: Life) -> None:
        """Draw the stage."""
        super().__init__(life)
        self.flow = life.rng.uniform(42, 74)
        life.body.fix("fev1_percent", self.flow)
        life.body.fix("fev1_fvc", min(self.flow + 6, 66))

    def find(self, day: date) -> None:
        """Cough and breathlessness lead to spirometry."""
        visit = self.life.visit(day, self.life.hospital("respiratory"), "respiratory")
        visit.complain("反复咳嗽、咳痰5年，活动后气促1年")
        panel(visit, "lung_function")
        examine(visit, "chest_ct", "双肺透亮度增高，小叶中心型肺气肿，双肺下叶少许纤维灶。")
        self.start(visit)
        smoker = "戒烟！" if self.life.person.smokes else "避免油烟、粉尘。"
        visit.note(
            f"支气管舒张试验后FEV1/FVC<70%，慢阻肺诊断成立。{smoker}长期吸入治疗，每年接种流感疫苗。"
        )

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write it down and the inhaler."""
        problem = diagnose(visit, "copd", onset=onset)
        ensure(visit, "tiotropium", problem)
        if self.flow < 55:
            ensure(visit, "budesonide_formoterol", problem)
        follow(self, visit.day)
        if self.flow < 62:
            self.life.after(visit.day, 500, self._worsen, spread=0.6)

    def _worsen(self, day: date) -> None:
        self.life.at(_in_winter(day), self._admit)

    def _admit(self, day: date) -> None:
        life = self.life
        visit = life.visit(
            day,
            life.hospital("respiratory"),
            "respiratory",
            "inpatient",
            nights=life.rng.randrange(7, 11),
        )
        visit.complain("咳嗽、咳黄脓痰伴气促加重4天")
        problem = diagnose(visit, "copd_exacerbation", days=14)
        sign(visit, "oxygen", life.rng.randrange(86, 92))
        panel(visit, "blood_count", draw(visit, "bacterial"))
        panel(visit, "crp", {"crp": life.rng.uniform(28, 75)})
        examine(visit, "chest_ct", "双肺肺气肿；右肺下叶散在斑片状渗出，考虑感染。")
        if antibiotic := suitable(life.record, visit.day, _ANTIBIOTICS):
            prescribe(visit, antibiotic, problem, days=7)
        prescribe(visit, "methylprednisolone", problem, days=5)
        visit.note("鼻导管吸氧、抗感染、雾化、激素治疗后气促缓解，出院SpO₂ 95%（未吸氧）。")
        visit.discharge("医嘱离院")
        life.after(day, 900, self._worsen, spread=0.5)

    def review(self, visit: Visit) -> list[str]:
        """Oxygen and how far one can walk."""
        oxygen = self.life.rng.randrange(93, 98)
        sign(visit, "oxygen", oxygen)
        return [f"SpO₂ {oxygen}%，mMRC {1 if self.flow > 60 else 2}级"]


class Asthma(Chronic):
    """Asthma (支气管哮喘), mostly in children; half of them grow out of it."""

    answers = ("近4周无夜间症状，ACT 24分", "日间症状每周<2次，ACT 22分")

    def find(self, day: date) -> None:
        """Wheezing again and again."""
        life = self.life
        child = life.age(day) < 14
        specialty = "paediatrics" if child else "respiratory"
        visit = life.visit(day, life.hospital(specialty), specialty)
        visit.complain("反复喘息、夜间咳嗽半年，再发2天")
        problem = diagnose(visit, "asthma")
        sign(visit, "oxygen", life.rng.randrange(94, 98))
        if child:
            prescribe(visit, "budesonide", problem, days=90)
            prescribe(visit, "montelukast", problem, days=90, dose=4 if life.age(day) < 6 else 5)
        else:
            ensure(visit, "budesonide_formoterol", problem)
            follow(self, visit.day)
        prescribe(visit, "salbutamol", problem, days=30)
        visit.note("双肺可闻及呼气相哮鸣音，雾化后缓解。规范吸入治疗，避免过敏原，3个月评估。")


def admit_pneumonia(life: Life, day: date) -> None:
    """A pneumonia of the very young or the old, treated on the ward."""
    child = life.age(day) < 14
    specialty = "paediatrics" if child else "respiratory"
    visit = life.visit(
        day, life.hospital(specialty), specialty, "inpatient", nights=life.rng.randrange(6, 10)
    )
    visit.complain("发热、咳嗽4天，加重伴气促1天")
    problem = diagnose(visit, "bronchopneumonia" if child else "pneumonia", days=18)
    sign(visit, "temperature", round(life.rng.uniform(38.4, 39.5), 1))
    sign(visit, "oxygen", life.rng.randrange(91, 95))
    panel(visit, "blood_count", draw(visit, "bacterial"))
    panel(visit, "crp", {"crp": life.rng.uniform(35, 120)})
    if child:
        examine(visit, "chest_xray", "双肺纹理增多模糊，右下肺可见小斑片影。")
    else:
        examine(visit, "chest_ct", "左肺下叶大片实变影，内见支气管充气征，左侧少量胸腔积液。")
    choices = "ceftriaxone_child/azithromycin_granules" if child else "moxifloxacin/ceftriaxone"
    if antibiotic := suitable(life.record, visit.day, choices):
        prescribe(visit, antibiotic, problem, days=7)
    visit.note("抗感染、止咳化痰治疗，体温3天恢复正常，复查炎症指标下降，病情好转出院。")
    panel(visit, "crp", {"crp": life.rng.uniform(4, 9)}, days=min(5, visit.nights))
    visit.discharge("医嘱离院")
