"""The life of 李春兰, written out by hand: the record the demonstration opens.

Hypertension since twelve years ago, diabetes since eight, lipids since six; penicillin and
peanuts; a depression long over that stays closed; LDL cholesterol from 4.1 down to 1.7. Every
date moves with the current year, so that she is always sixty-seven.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from openhealthcode.demonstration.region.catalogue import ANALYTES, FORMULAS
from openhealthcode.demonstration.region.chart.background import (
    allergic,
    blood_group,
    family_history,
)
from openhealthcode.demonstration.region.chart.care_plan import aim, plan
from openhealthcode.demonstration.region.chart.conditions import (
    diagnose,
    diagnose_pattern,
    resolve,
)
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.immunization import vaccinate
from openhealthcode.demonstration.region.chart.medication import (
    dispense,
    prescribe,
    prescribe_herbs,
    renew,
    stop,
)
from openhealthcode.demonstration.region.chart.procedures import recall_operation
from openhealthcode.demonstration.region.chart.results import find, measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure, sign, size
from openhealthcode.demonstration.region.life import Life

_COUNTY, _CITY, _COMMUNITY = "county-people", "city-central", "nanqiao-community"
_LDL_GOAL: Final = 1.8

_LIPIDS: Final = (
    # years ago, month, day, place, LDL, total, triglycerides, HDL
    (6, 10, 13, _COUNTY, 4.3, 6.6, 2.6, 1.12),
    (2, 3, 12, _COUNTY, 4.1, 6.3, 2.4, 1.11),
    (2, 8, 20, _COUNTY, 3.9, 6.1, 2.3, 1.13),
    (1, 1, 14, _CITY, 3.4, 5.5, 2.1, 1.15),
    (1, 6, 17, _COUNTY, 2.8, 4.8, 1.9, 1.17),
    (1, 11, 11, _CITY, 2.3, 4.3, 1.7, 1.20),
    (0, 4, 15, _COUNTY, 1.9, 3.8, 1.5, 1.24),
    (0, 9, 18, _CITY, 1.7, 3.6, 1.4, 1.26),
)
_SUGAR: Final = (
    (8, 4, 17, 8.1, 8.9), (7, 5, 8, 7.0, 7.4), (5, 6, 2, 6.9, 7.1), (3, 5, 16, 7.2, 7.6),
    (2, 3, 12, 7.0, 7.2), (1, 1, 14, 6.8, 6.9), (1, 11, 11, 6.7, 6.8), (0, 4, 15, 6.6, 6.7),
)  # fmt: skip
"""Years ago, month, day, HbA1c, fasting glucose."""

_FOLLOW_UPS: Final = (
    (9, 4, 20, 142, 86), (7, 3, 14, 146, 88), (5, 9, 23, 148, 86), (4, 6, 9, 144, 84),
    (3, 9, 12, 146, 84), (2, 6, 6, 142, 82), (2, 11, 28, 140, 84), (1, 3, 20, 138, 82),
    (1, 9, 4, 136, 80), (0, 2, 26, 134, 80), (0, 8, 13, 136, 82),
)  # fmt: skip


def begin(life: Life) -> None:
    """Put the whole life on the agenda."""
    LiChunlan(life).plan()


class LiChunlan:
    """Her visits, in the order in which they happened."""

    def __init__(self, life: Life) -> None:
        """The last year is the last one whose eighteenth of September has passed."""
        self.life = life
        last = life.last_day
        self.year = last.year if last >= date(last.year, 9, 18) else last.year - 1
        self.staff = life.directory.staff
        self.physician = self.staff.one("wang-min")
        self.family_doctor = self.staff.one("lin-yue")

    def on(self, years_ago: int, month: int, day: int) -> date:
        """A date so many years before the current one of her story."""
        return date(self.year - years_ago, month, day)

    def plan(self) -> None:
        """Everything, early things first."""
        events: tuple[tuple[tuple[int, int, int], Callable[[date], None]], ...] = (
            ((15, 5, 12), self._opening),
            ((12, 6, 9), self._hypertension),
            ((10, 3, 22), self._ankles),
            ((10, 9, 19), self._depression),
            ((10, 11, 4), self._depression_improves),
            ((9, 6, 20), self._depression_is_over),
            ((8, 4, 17), self._diabetes),
            ((7, 8, 19), self._sore_throat),
            ((7, 8, 21), self._penicillin),
            ((6, 10, 13), self._lipids),
            ((5, 4, 8), self._stomach),
            ((5, 6, 3), self._stomach_again),
            ((4, 12, 24), self._covid),
            ((3, 5, 16), self._diabetes_review),
            ((2, 3, 12), self._chest),
            ((2, 11, 6), self._vertigo),
            ((1, 2, 10), self._cold),
            ((1, 6, 17), self._raise_statin),
            ((1, 11, 20), self._chinese_medicine),
            ((0, 6, 3), self._cardiology),
        )
        for when, event in events:
            self.life.at(self.on(*when), event)
        self._plan_results()
        self._plan_vaccines()
        for years, month, day, systolic, diastolic in _FOLLOW_UPS:
            self.life.at(
                self.on(years, month, day),
                self._follow_up,
                (systolic, diastolic),
            )
        for years in (1, 0):
            self.life.at(self.on(years, 5, 20 + years), self._check_up)
        self.life.at(self.on(0, 10, 28), self._pharmacy)

    def _plan_results(self) -> None:
        for years, month, day, place, *values in _LIPIDS:
            when = self.on(years, month, day)
            if (years, month) not in ((6, 10), (2, 3), (1, 6)):
                self.life.at(when, self._blood, place, values)

    def _plan_vaccines(self) -> None:
        for year, month, day, key, dose, doses in (
            (2021, 5, 18, "covid", 1, 2),
            (2021, 6, 15, "covid", 2, 2),
            (2021, 12, 22, "covid", 3, 3),
        ):
            self.life.at(
                date(year, month, day),
                self._vaccine,
                key,
                dose,
                doses,
            )
        for when, key in (
            (self.on(3, 10, 18), "influenza3"),
            (self.on(2, 10, 22), "influenza4"),
            (self.on(2, 10, 22), "ppv23"),
            (self.on(1, 10, 9), "influenza4"),
        ):
            self.life.at(when, self._vaccine, key, 1, 1)

    def _vaccine(self, day: date, key: str, dose: int, doses: int) -> None:
        visit = self.life.visit(day, _COMMUNITY, "immunisation", "vaccination")
        vaccinate(visit, key, dose, doses)

    def _at_cardiology(self, day: date) -> Visit:
        return self.life.see(day, self.physician, "outpatient")

    def _opening(self, day: date) -> None:
        visit = self.life.visit(day, _COMMUNITY, "general", "opening")
        allergic(visit, "peanut", "喉头水肿", severity="severe", onset=str(self.year - 23))
        recall_operation(visit, "open_appendectomy", self.year - 34, "黛川县人民医院")
        blood_group(visit, "B型，RhD阳性")
        family_history(visit, "FTH", "stroke", 62)
        family_history(visit, "MTH", "hypertension", 55)
        family_history(visit, "MTH", "diabetes")
        pressure(visit, (132, 82))
        size(visit, waist=True)
        visit.note("建立居民健康档案。进食花生后喉头水肿1次，已嘱严格回避。")

    def _hypertension(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("间断头晕、头胀2月")
        pressure(visit, (168, 102))
        problem = diagnose(visit, "hypertension", text="高血压2级")
        prescribe(visit, "amlodipine", problem)
        examine(visit, "ecg", "窦性心律，左心室高电压。")
        panel(visit, "kidney", {"creatinine": 61, "urate": 288, "urea": 4.9})
        visit.note("3次非同日血压均≥160/100 mmHg。限盐、减重，氨氯地平起始。")

    def _ankles(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("双踝水肿1月")
        visit.concern(visit.record.problems["hypertension"])
        pressure(visit, (144, 86))
        stop(visit, "amlodipine", "踝部水肿")
        prescribe(visit, "valsartan", visit.record.problems["hypertension"])
        visit.note("双踝轻度凹陷性水肿，考虑钙拮抗剂所致，停氨氯地平，改缬沙坦。")

    def _mind(self, day: date) -> Visit:
        return self.life.visit(day, "city-mental", "psychiatry", sensitivity="PSY")

    def _depression(self, day: date) -> None:
        visit = self._mind(day)
        visit.complain("母亲去世后情绪低落、早醒、食欲减退2月")
        measure(visit, "phq9", 17)
        problem = diagnose(visit, "depression")
        prescribe(visit, "escitalopram", problem)
        visit.note("PHQ-9 17分，无自杀观念，药物治疗联合心理支持，家属陪护。")

    def _depression_improves(self, day: date) -> None:
        visit = self._mind(day)
        visit.complain("抑郁发作治疗6周复诊")
        visit.concern(visit.record.problems["depression"])
        measure(visit, "phq9", 9)
        visit.note("PHQ-9 9分，睡眠、情绪改善，继续原剂量。")

    def _depression_is_over(self, day: date) -> None:
        visit = self._mind(day)
        visit.complain("抑郁发作维持治疗复诊")
        problem = visit.record.problems.pop("depression")
        visit.concern(problem)
        measure(visit, "phq9", 3)
        stop(visit, "escitalopram", "足疗程，症状完全缓解")
        resolve(problem, visit.day)
        visit.note("PHQ-9 3分，完全缓解，逐渐减停药物。")

    def _diabetes(self, day: date) -> None:
        visit = self.life.visit(day, _COUNTY, "endocrinology")
        visit.complain("体检发现血糖升高1周")
        self._sugar(visit)
        problem = diagnose(visit, "diabetes")
        prescribe(visit, "metformin", problem)
        examine(visit, "fundus")
        measure(visit, "albumin_creatinine", 12)
        visit.note("诊断2型糖尿病，饮食运动指导，二甲双胍起始。")

    def _sugar(self, visit: Visit) -> None:
        for years, month, day, hba1c, glucose in _SUGAR:
            if visit.day == self.on(years, month, day) or (
                visit.day - timedelta(days=1) == self.on(years, month, day)
            ):
                measure(visit, "hba1c", hba1c)
                measure(visit, "glucose", glucose)

    def _sore_throat(self, day: date) -> None:
        visit = self.life.visit(day, _COMMUNITY, "general")
        visit.complain("咽痛、发热1天")
        sign(visit, "temperature", 38.2)
        problem = diagnose(visit, "tonsillitis", days=7)
        visit.record.regimen["amoxicillin"] = prescribe(visit, "amoxicillin", problem, days=7)
        visit.note("双侧扁桃体Ⅱ度肿大，有脓点。")

    def _penicillin(self, day: date) -> None:
        visit = self.life.visit(day, _COUNTY, "dermatology")
        visit.complain("服阿莫西林后全身皮疹1天")
        problem = diagnose(visit, "drug_rash", days=8)
        stop(visit, "amoxicillin", "皮疹，考虑青霉素类过敏")
        allergic(visit, "penicillin", "皮疹")
        prescribe(visit, "loratadine", problem, days=5)
        visit.note("躯干、四肢散在红色斑丘疹，无喉头水肿。停药，禁用青霉素类。")

    def _lipids(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("体检发现血脂升高")
        self._measure_lipids(visit, _LIPIDS[0][4:])
        diagnose(visit, "mixed_dyslipidaemia")
        visit.note("建议他汀治疗，本人担心肝损暂不服药，先行饮食运动控制。")

    def _measure_lipids(self, visit: Visit, values: tuple[float, ...] | list[float]) -> None:
        ldl, total, triglycerides, hdl = values
        panel(
            visit,
            "lipids",
            {"ldl": ldl, "total_cholesterol": total, "triglycerides": triglycerides, "hdl": hdl},
        )

    def _stomach(self, day: date) -> None:
        visit = self.life.visit(day, _COUNTY, "gastroenterology")
        visit.complain("上腹胀、嗳气2月")
        examine(
            visit, "gastroscopy", "胃窦黏膜充血、红白相间，散在隆起糜烂，慢性非萎缩性胃炎伴糜烂。"
        )
        find(visit, "breath_test", "阳性（DOB 16.2‰）")
        diagnose(visit, "gastritis", days=120)
        infection = diagnose(visit, "pylori", days=56)
        for key, dose, rhythm in (
            ("esomeprazole", 20, "BID"),
            ("bismuth", 220, "BID"),
            ("tetracycline", 0.5, "QID"),
            ("metronidazole", 0.4, "QID"),
        ):
            prescribe(visit, key, infection, days=14, dose=dose, rhythm=rhythm)
        visit.note("青霉素过敏，四环素+甲硝唑铋剂四联根除14天，停药4周后复查呼气试验。")

    def _stomach_again(self, day: date) -> None:
        visit = self.life.visit(day, _COUNTY, "gastroenterology")
        visit.complain("幽门螺杆菌根除治疗后复查")
        find(visit, "breath_test", "阴性（DOB 0.7‰）")
        visit.note("根除成功，上腹胀缓解。")

    def _covid(self, day: date) -> None:
        visit = self.life.visit(day, _COMMUNITY, "general")
        visit.complain("发热、咽痛、咳嗽2天")
        sign(visit, "temperature", 38.6)
        sign(visit, "oxygen", 96)
        problem = diagnose(visit, "covid", days=10)
        prescribe(visit, "paracetamol", problem, days=4)
        visit.note("抗原阳性，双肺呼吸音清，居家休息，监测血氧，气促随诊。")

    def _diabetes_review(self, day: date) -> None:
        visit = self.life.visit(day, _COUNTY, "endocrinology")
        visit.complain("糖尿病年度复查")
        visit.concern(visit.record.problems["diabetes"])
        self._sugar(visit)
        measure(visit, "albumin_creatinine", 16)
        examine(visit, "fundus")
        renew(visit, "metformin")
        renew(visit, "valsartan")
        visit.note("糖化血红蛋白7.2%，加强饮食控制，暂不加药。")

    def _chest(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("快走后胸闷1月，休息可缓解")
        pressure(visit, (146, 86))
        problem = visit.record.problems["mixed_dyslipidaemia"]
        visit.concern(problem, visit.record.problems["hypertension"])
        visit.record.goals["ldl"] = _LDL_GOAL
        examine(visit, "ecg", "窦性心律，V5～V6导联T波低平。")
        examine(visit, "coronary_cta", "前降支近段非钙化斑块，管腔狭窄约40%；余支未见明显狭窄。")
        examine(
            visit,
            "carotid_ultrasound",
            "双侧颈动脉内中膜增厚，右侧分叉处混合斑块约9×2.0 mm，管腔无明显狭窄。",
        )
        self._measure_lipids(visit, _LIPIDS[1][4:])
        self._sugar(visit)
        panel(visit, "liver", {"alt": 21, "ast": 22, "ggt": 26, "bilirubin": 11.2})
        aim(
            visit,
            "低密度脂蛋白胆固醇<1.8 mmol/L",
            ANALYTES["ldl"].concept,
            _LDL_GOAL,
            "mmol/L",
            "mmol/L",
        )
        prescribe(visit, "atorvastatin", problem, dose=10)
        prescribe(visit, "aspirin", problem)
        visit.note(
            "冠脉轻度狭窄、颈动脉斑块，合并高血压、糖尿病，LDL-C目标<1.8。阿托伐他汀10 mg起始，阿司匹林100 mg。"
        )

    def _vertigo(self, day: date) -> None:
        self._formula(day, "vertigo_phlegm", "头重昏蒙、胸闷恶心1周")

    def _formula(self, day: date, key: str, complaint: str) -> None:
        formula = next(each for each in FORMULAS if each.key == key)
        visit = self.life.see(day, self.family_doctor, "outpatient")
        visit.complain(complaint)
        pressure(visit, (138, 82))
        problem = diagnose_pattern(visit, formula, 30)
        prescribe_herbs(visit, formula, problem, 7)
        visit.note(
            f"{complaint}，{formula.tongue}。辨证：{formula.disease} {formula.pattern}，{formula.name}7剂。"
        )

    def _chinese_medicine(self, day: date) -> None:
        self._formula(day, "chest_phlegm", "胸闷如窒、肢体沉重、痰多半月")

    def _cold(self, day: date) -> None:
        visit = self.life.visit(day, _COMMUNITY, "general")
        visit.complain("鼻塞、流涕、咽痛2天")
        sign(visit, "temperature", 37.4)
        problem = diagnose(visit, "cold", days=6)
        prescribe(visit, "lianhua", problem, days=5)
        visit.note("咽充血，双肺呼吸音清。多饮水，休息。")

    def _raise_statin(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("血脂复查")
        problem = visit.record.problems["mixed_dyslipidaemia"]
        visit.concern(problem)
        pressure(visit, (140, 84))
        self._measure_lipids(visit, _LIPIDS[4][4:])
        panel(visit, "liver", {"alt": 24, "ast": 23, "ggt": 28, "bilirubin": 10.4})
        renew(visit, "atorvastatin", dose=20)
        visit.note("此前隔日服药，近2月规律。LDL-C 2.8未达标，阿托伐他汀加至20 mg每晚。")

    def _blood(self, day: date, place: str, values: list[float]) -> None:
        doctor = self.physician if place == _COUNTY else None
        visit = (
            self.life.see(day, doctor, "outpatient")
            if doctor
            else self.life.visit(day, place, "cardiology")
        )
        visit.complain("血脂、血糖复查")
        visit.concern(*visit.record.known_problems())
        self._measure_lipids(visit, values)
        self._sugar(visit)
        if self.life.is_recent(day, 0.9) and place == _COUNTY:
            panel(visit, "liver", {"alt": 22, "ast": 21, "ggt": 25, "bilirubin": 11.0})
            panel(visit, "kidney", {"creatinine": 63, "urea": 5.2, "urate": 302})
        visit.note(_said_of(values[0]))

    def _cardiology(self, day: date) -> None:
        visit = self._at_cardiology(day)
        visit.complain("高血压、血脂随诊")
        visit.concern(*visit.record.known_problems())
        pressure(visit, (138, 84))
        sign(visit, "heart_rate", 72)
        for key in ("valsartan", "atorvastatin", "metformin", "aspirin"):
            renew(visit, key)
        visit.note("血压138/84，继续现方，三月后复查。")

    def _follow_up(self, day: date, reading: tuple[int, int]) -> None:
        visit = self.life.see(day, self.family_doctor, "follow-up")
        visit.concern(*visit.record.known_problems())
        pressure(visit, reading)
        if "diabetes" in visit.record.problems:
            measure(visit, "capillary_glucose", self.life.rng.choice((6.6, 6.8, 7.0, 7.1)))
        if visit.day.month <= 3 and self.life.is_recent(day, 3):
            plan(
                visit,
                f"{visit.day.year}年高血压、2型糖尿病患者健康管理计划",
                visit.record.known_problems(),
                [
                    "每季度面对面随访1次：血压、空腹血糖、体重、足背动脉",
                    "每半年查糖化血红蛋白、血脂；每年查眼底、尿微量白蛋白/肌酐",
                    "低盐低脂糖尿病饮食，每周快走≥150分钟，足部护理",
                ],
            )
        visit.note(
            f"血压{reading[0]}/{reading[1]} mmHg，服药规律，无低血糖。继续目前治疗，3个月后随访。"
        )

    def _check_up(self, day: date) -> None:
        visit = self.life.visit(day, _COMMUNITY, "general", "elderly-check-up")
        visit.complain("65岁及以上老年人年度健康体检")
        pressure(visit, (136, 82))
        size(visit, waist=True)
        panel(visit, "blood_count")
        examine(visit, "ecg", "窦性心律，T波低平。")
        examine(visit, "abdomen_ultrasound", "轻度脂肪肝声像图，余未见明显异常。")
        if self.life.is_recent(day, 1.8) and not self.life.is_recent(day, 0.8):
            examine(visit, "bone_density", "L1-4 T值-1.8，骨量减少。")
        visit.note(
            "高血压、糖尿病管理中，骨量减少，补充钙和维生素D，防跌倒。"
            if day.year < self.year
            else "高血压、糖尿病管理中，按期随访。"
        )

    def _pharmacy(self, day: date) -> None:
        pharmacist = self.staff.one("chen-li")
        visit = Visit(self.life.record, day, self.family_doctor, "follow-up")
        visit.note("复诊开药，无不适。")
        for key in ("valsartan", "atorvastatin", "metformin", "aspirin"):
            dispense(renew(visit, key), day, pharmacist, visit, 30)


def _said_of(ldl: float) -> str:
    """What the doctor says of the cholesterol: at first it is hardly taken, then it works."""
    if ldl > 3.5:
        return f"LDL-C {ldl}，近3月间断服药，解释用药必要性，嘱规律服用。"
    if ldl < _LDL_GOAL:
        return f"LDL-C {ldl}，已达标，维持原剂量。"
    return f"LDL-C {ldl}，较前下降，继续他汀，无肌痛。"
