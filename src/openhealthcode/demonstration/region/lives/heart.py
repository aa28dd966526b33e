"""The heart: angina and infarction, stents, atrial fibrillation, a pacemaker."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.catalogue import DRUGS
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, stop
from openhealthcode.demonstration.region.chart.procedures import perform, recall_operation
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure, sign
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow
from openhealthcode.demonstration.region.lives.lipids import lower_further, lower_ldl

_VESSELS: Final = (
    ("前降支", "V1～V4导联ST段弓背向上抬高"),
    ("右冠状动脉", "Ⅱ、Ⅲ、aVF导联ST段抬高"),
    ("回旋支", "Ⅰ、aVL、V5～V6导联ST段抬高"),
)
_LDL_GOAL: Final = 1.8
_DUAL_MONTHS: Final = 12


def begin(life: Life) -> None:
    """Put what awaits the heart on the agenda."""
    coronary, rhythm = Coronary(life), Fibrillation(life)
    life.befall("coronary", coronary.recall, coronary.find)
    life.befall("atrial_fibrillation", rhythm.start, rhythm.find)
    if (onset := life.person.fates.get("sick_sinus")) is not None:
        life.at(onset, partial(implant_pacemaker, life))


class Coronary(Chronic):
    """Coronary disease: stable, unstable or an infarction; afterwards lifelong drugs."""

    trend = ("ldl",)
    panels = ("lipids", "liver")

    def __init__(self, life: Life) -> None:
        """Draw how it shows."""
        super().__init__(life)
        self.form = life.rng.choices(("infarction", "unstable", "stable"), (28, 22, 50))[0]
        self.vessel, self.trace = life.rng.choice(_VESSELS)

    def find(self, day: date) -> None:
        """Chest pain, in one of three ways."""
        if self.form == "infarction":
            self._infarction(day)
        elif self.form == "unstable":
            self._unstable(day)
        else:
            self._stable(day)

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        text = ""
        if self.form != "stable":
            stent = "PCI术后" if self.form == "unstable" else "陈旧性心肌梗死，PCI术后"
            text = f"冠状动脉粥样硬化性心脏病（{stent}）"
            recall_operation(visit, "pci", int(onset), "黛川市中心医院")
        problem = diagnose(visit, "coronary", onset=onset, text=text)
        self._secure(visit, problem)
        follow(self, visit.day)

    def _infarction(self, day: date) -> None:
        life, call = self.life, None
        if life.rng.random() < 0.6:
            call = life.visit(day, "city-emergency", "emergency", "ambulance")
            call.complain("胸痛、大汗1小时")
            pressure(call, (life.rng.randrange(96, 138), life.rng.randrange(58, 86)))
            sign(call, "heart_rate", life.rng.randrange(88, 112))
            examine(call, "ecg", f"{self.trace}。")
            call.note("嚼服阿司匹林300 mg，心电图远程传输胸痛中心，转运途中生命体征平稳。")
        visit = life.visit(
            day,
            "city-central",
            "cardiology",
            "inpatient",
            nights=life.rng.randrange(6, 10),
            after=call,
        )
        visit.complain("持续胸骨后压榨样疼痛2小时")
        diagnose(visit, "myocardial_infarction", text="急性ST段抬高型心肌梗死", days=28)
        problem = diagnose(visit, "coronary")
        panel(visit, "troponin", {"troponin": life.rng.uniform(2400, 19000)})
        self._open_artery(
            visit,
            problem,
            f"{self.vessel}近段闭塞，血栓影，TIMI血流0级",
            "前壁" if self.vessel == "前降支" else "下壁",
        )
        examine(
            visit,
            "echocardiography",
            "节段性室壁运动减低，左室射血分数约48%，二尖瓣轻度反流。",
            days=2,
        )
        ensure(visit, "ticagrelor" if visit.day.year > 2015 else "clopidogrel", problem)
        self._secure(visit, problem)
        visit.note(
            f"急诊冠脉造影示{self.vessel}近段闭塞，植入药物洗脱支架1枚，术后胸痛缓解。{_no_smoking(life)}双联抗血小板1年。"
        )
        self._settle_at_home(visit)

    def _unstable(self, day: date) -> None:
        life = self.life
        visit = life.visit(
            day, "city-central", "cardiology", "inpatient", nights=life.rng.randrange(4, 7)
        )
        visit.complain("活动后胸闷痛1月，加重3天")
        diagnose(visit, "unstable_angina", days=10)
        problem = diagnose(visit, "coronary")
        panel(visit, "troponin", {"troponin": life.rng.uniform(3, 12)})
        examine(visit, "ecg", "窦性心律，V4～V6导联ST段压低0.1 mV。")
        self._open_artery(visit, problem, f"{self.vessel}中段狭窄约85%", "")
        examine(visit, "echocardiography", "左房稍大，左室舒张功能减低，LVEF 61%。", days=1)
        ensure(visit, "clopidogrel", problem)
        self._secure(visit, problem)
        visit.note(f"冠脉造影示{self.vessel}中段狭窄85%，植入支架1枚。双联抗血小板1年，门诊随访。")
        self._settle_at_home(visit)

    def _open_artery(self, visit: Visit, problem: Problem, finding: str, wall: str) -> None:
        examine(
            visit,
            "coronary_angiography",
            f"冠脉呈右优势型；{finding}；余血管未见明显狭窄。{wall and '罪犯血管为' + self.vessel + '。'}",
        )
        perform(visit, "pci", problem, outcome="支架膨胀良好，无残余狭窄，TIMI血流3级")

    def _stable(self, day: date) -> None:
        life = self.life
        visit = life.visit(day, life.hospital("cardiology"), "cardiology")
        visit.complain("快步行走、上楼时胸闷2月，休息数分钟缓解")
        problem = diagnose(visit, "coronary")
        examine(visit, "ecg", "窦性心律，V4～V6导联T波低平。")
        examine(
            visit, "coronary_cta", f"{self.vessel}近中段混合斑块，管腔狭窄约55%；余支未见明显狭窄。"
        )
        panel(visit, "lipids")
        self._secure(visit, problem)
        visit.note("稳定性劳力型心绞痛（CCSⅡ级），药物治疗，症状加重随诊。")
        follow(self, visit.day)

    def _secure(self, visit: Visit, problem: Problem) -> None:
        """What everybody with narrowed arteries takes, and the goal for LDL."""
        anticoagulated = {"rivaroxaban", "warfarin"} & visit.record.regimen.keys()
        if not anticoagulated:
            ensure(visit, "aspirin", problem)
        if not {"atorvastatin", "rosuvastatin"} & visit.record.regimen.keys():
            ensure(visit, "atorvastatin", problem)
        if (
            not {"metoprolol", "bisoprolol"} & visit.record.regimen.keys()
            and "copd" not in visit.record.problems
        ):
            ensure(visit, "metoprolol", problem)
        if self.form == "stable":
            prescribe(visit, "nitroglycerin", problem, days=180)
            if self.life.rng.random() < 0.4:
                ensure(visit, "isosorbide", problem)
        visit.record.goals["ldl"] = _LDL_GOAL
        lower_ldl(self.life, visit.day)

    def _settle_at_home(self, visit: Visit) -> None:
        visit.discharge("医嘱离院")
        home = visit.day + timedelta(days=visit.nights)
        self.life.after(home, 32, self._first_month)
        self.life.after(home, _DUAL_MONTHS * 31, self._end_dual)
        follow(self, home)

    def _first_month(self, day: date) -> None:
        visit = self.life.visit(day, "city-central", "cardiology")
        visit.complain("支架术后1个月复查")
        visit.concern(visit.record.problems["coronary"])
        reading = pressure(visit)
        panel(visit, "lipids")
        panel(visit, "liver")
        visit.note(
            f"无胸闷胸痛，血压{reading[0]}/{reading[1]} mmHg，无出血，继续双联抗血小板及他汀。"
        )

    def _end_dual(self, day: date) -> None:
        visit = self.life.visit(day, "city-central", "cardiology")
        visit.complain("支架术后1年复查")
        visit.concern(visit.record.problems["coronary"])
        for key in ("ticagrelor", "clopidogrel"):
            if key in visit.record.regimen and "aspirin" in visit.record.regimen:
                stop(visit, key, "支架术后满1年，改为单药抗血小板")
        examine(visit, "echocardiography", "左室射血分数约56%，室壁运动较前改善。")
        visit.note("术后1年，无心绞痛发作，停用第二种抗血小板药，阿司匹林长期服用。")

    def review(self, visit: Visit) -> list[str]:
        """Ask; now and then a longer-acting nitrate is added."""
        if (
            self.life.rng.random() < 0.06
            and "isosorbide" not in visit.record.regimen
            and self.form == "stable"
        ):
            ensure(visit, "isosorbide", visit.record.problems["coronary"])
            return [f"近2周劳累后胸闷2次，加用{DRUGS['isosorbide'].product}"]
        return [
            self.life.rng.choice(("无胸闷胸痛", "活动耐量可，无胸痛", "偶有劳累后胸闷，休息后缓解"))
        ]

    def yearly(self, visit: Visit) -> list[str]:
        """A trace; and what a statin leaves of LDL, ezetimibe lowers."""
        if self.life.is_recent(visit.day, 2.5):
            scar = self.form == "infarction"
            examine(
                visit, "ecg", f"窦性心律，{'陈旧性心肌梗死图形' if scar else '大致正常心电图'}。"
            )
        return lower_further(self.life, visit, visit.record.problems["coronary"])


class Fibrillation(Chronic):
    """Atrial fibrillation (心房颤动): an anticoagulant against stroke, a brake for the rate."""

    trend = ("creatinine",)
    panels: tuple[str, ...] = ("kidney", "blood_count")

    def find(self, day: date) -> None:
        """Palpitations, or a pulse that is irregular at a check-up."""
        life = self.life
        visit = life.visit(day, life.hospital("cardiology"), "cardiology")
        visit.complain("心悸、乏力2周")
        sign(visit, "heart_rate", life.rng.randrange(102, 128))
        examine(visit, "ecg", "心房颤动伴快速心室率（平均112次/分）。")
        examine(visit, "echocardiography", "左房增大（前后径43 mm），LVEF 58%，未见左房血栓。")
        self.start(visit)
        visit.note("CHA₂DS₂-VASc评分≥2分，HAS-BLED 1分，抗凝治疗，控制心室率。")

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write it down; aspirin gives way to the anticoagulant."""
        text = "阵发性心房颤动" if "sick_sinus" in visit.record.problems else ""
        problem = diagnose(visit, "atrial_fibrillation", onset=onset, text=text)
        key = "rivaroxaban" if visit.day.year >= 2016 else "warfarin"
        if key == "warfarin":
            self.life.body.fix("inr", 2.3)
            self.panels = ("coagulation", *self.panels)
        ensure(visit, key, problem)
        if not {"metoprolol", "bisoprolol"} & visit.record.regimen.keys():
            ensure(visit, "metoprolol", problem)
        for other in ("aspirin", "clopidogrel"):
            if other in visit.record.regimen:
                stop(visit, other, "改用口服抗凝药")
        follow(self, visit.day)

    def review(self, visit: Visit) -> list[str]:
        """Rate, and whether anything bled."""
        rate = self.life.rng.randrange(66, 88)
        sign(visit, "heart_rate", rate)
        if "warfarin" in visit.record.regimen and visit.day.year >= 2019:
            stop(visit, "warfarin", "换用新型口服抗凝药，无需监测INR")
            ensure(visit, "rivaroxaban", visit.record.problems["atrial_fibrillation"])
            self.panels = ("kidney", "blood_count")
            return [f"心率{rate}次/分，停用华法林，改用{DRUGS['rivaroxaban'].product}"]
        return [f"心率{rate}次/分，无牙龈出血、黑便"]


def _no_smoking(life: Life) -> str:
    return "戒烟，" if life.person.smokes else ""


def implant_pacemaker(life: Life, day: date) -> None:
    """The sinus node fails: fainting, long pauses, a pacemaker; then a check every year."""
    visit = life.visit(day, "city-central", "cardiology", "inpatient", nights=6)
    visit.complain("反复头晕、黑矇1月，晕厥1次")
    problem = diagnose(visit, "sick_sinus")
    examine(
        visit, "holter", "全程平均心率43次/分，最长RR间期4.8秒（窦性停搏），停搏>2.5秒共126次。"
    )
    examine(visit, "echocardiography", "左房稍大，LVEF 60%。")
    perform(visit, "pacemaker", problem, days=2, outcome="起搏、感知功能良好")
    examine(visit, "chest_xray", "左侧胸部可见起搏器影，电极位于右心耳及右心室间隔部。", days=3)
    visit.note(
        "病态窦房结综合征，植入双腔永久起搏器（左锁骨下），切口甲级愈合。避免强磁场，MRI检查前先告知。"
    )
    visit.discharge("医嘱离院")

    def check(later: date) -> None:
        again = life.visit(later, "city-central", "cardiology")
        again.complain("起搏器程控随访")
        again.concern(problem)
        examine(again, "ecg", "房室顺序起搏心律（起搏频率60次/分）。")
        again.note("起搏阈值、感知、阻抗正常，电池状态良好，预计寿命>6年。")
        life.after(later, 365, check)

    life.after(day, 92, check)
