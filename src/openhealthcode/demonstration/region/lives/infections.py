"""HIV and sexually transmitted infections: sensitive, treated well, nobody else's business."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.medication import (
    ensure,
    prescribe,
    renew_due,
    stop,
    suitable,
)
from openhealthcode.demonstration.region.chart.procedures import perform
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import find, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Life

_FREE_REGIMEN: Final = ("tenofovir", "lamivudine", "efavirenz")
_CLINIC: Final = "city-central"


def begin(life: Life) -> None:
    """Put what awaits on the agenda."""
    fates = life.person.fates
    for fate, story in (
        ("syphilis", _syphilis),
        ("gonorrhoea", _gonorrhoea),
        ("genital_warts", _warts),
    ):
        onset = fates.get(fate)
        if onset is not None and onset > life.since and life.age(onset) > 18:
            life.at(onset, partial(story, life))
    onset = fates.get("hiv")
    if onset is not None and life.age(onset) > 17:
        life.at(max(onset, life.since), Hiv(life).find)


class Hiv:
    """Found, treated from the first weeks on, undetectable within months."""

    def __init__(self, life: Life) -> None:
        """Draw how late it is found."""
        self.life = life
        self.problem: Problem | None = None
        life.body.fix("cd4", life.rng.uniform(240, 430))
        life.body.fix("hiv_rna", life.rng.uniform(2e4, 2.4e5))

    def find(self, day: date) -> None:
        """A voluntary test at the CDC; confirmed there."""
        life = self.life
        visit = life.visit(day, "county-cdc", "prevention", sensitivity="HIV")
        visit.complain("自愿咨询检测")
        find(visit, "hiv_antibody", "阳性（确证试验阳性）")
        self.problem = diagnose(visit, "hiv", text="HIV感染")
        visit.note("确证阳性，告知结果并心理支持，性伴告知，转介黛川市中心医院感染科抗病毒治疗。")
        life.after(visit.day, 12, self._treat)

    def _treat(self, day: date) -> None:
        visit = self._visit(day)
        visit.complain("启动抗病毒治疗")
        if self.problem is not None:
            visit.concern(self.problem)
        for name in ("cd4", "hiv_rna", "liver", "kidney", "blood_count"):
            panel(visit, name)
        find(visit, "hbsag")
        find(visit, "syphilis_tppa")
        if visit.day.year < 2022:
            for key in _FREE_REGIMEN:
                ensure(visit, key, self.problem, dose=300 if key == "tenofovir" else None)
        else:
            ensure(visit, "bictegravir", self.problem)
        visit.note("无机会性感染，依从性教育，当日启动抗病毒治疗，2周、4周、12周复查。")
        self.life.body.move("hiv_rna", 8, visit.day, 16)
        self.life.body.move("cd4", self.life.rng.uniform(620, 840), visit.day, 420)
        self.life.after(visit.day, 90, self._follow)

    def _visit(self, day: date) -> Visit:
        return self.life.visit(day, _CLINIC, "infection", sensitivity="HIV")

    def _follow(self, day: date) -> None:
        visit = self._visit(day)
        visit.complain("抗病毒治疗随访")
        if self.problem is not None:
            visit.concern(self.problem)
        panel(visit, "cd4")
        panel(visit, "hiv_rna")
        if self.life.rng.random() < 0.5:
            panel(visit, "kidney")
        change = self._simplify(visit)
        renew_due(visit, 150 if self.life.is_recent(visit.day, 1) else 500, "HIV")
        visit.note(f"无不适，漏服0次。{change}病毒持续抑制，半年后复查。")
        self.life.after(visit.day, 182 if self.life.is_recent(visit.day, 4) else 365, self._follow)

    def _simplify(self, visit: Visit) -> str:
        if visit.day.year < 2023 or "efavirenz" not in visit.record.regimen:
            return ""
        for key in _FREE_REGIMEN:
            stop(visit, key, "多梦头晕，改用单片复方制剂")
        ensure(visit, "bictegravir", self.problem)
        return "诉多梦、晨起头晕，改用比克恩丙诺片。"


def _syphilis(life: Life, day: date) -> None:
    visit = life.visit(day, "city-central", "dermatology", sensitivity="STD")
    visit.complain("体检发现梅毒抗体阳性")
    find(visit, "syphilis_tppa", "阳性")
    find(visit, "syphilis_rpr", "1:16")
    find(visit, "hiv_antibody")
    problem = diagnose(visit, "syphilis", days=400)
    if suitable(life.record, visit.day, "benzathine_penicillin"):
        prescribe(visit, "benzathine_penicillin", problem, days=15)
        text = "苄星青霉素240万U肌注，每周1次共3次"
    else:
        prescribe(visit, "doxycycline", problem, days=28)
        text = "青霉素过敏，多西环素口服28天"
    visit.note(f"无皮疹及神经系统表现，{text}，性伴同查，3个月复查RPR。")

    def check(later: date, titre: str) -> None:
        again = life.visit(later, "city-central", "dermatology", sensitivity="STD")
        again.complain("梅毒治疗后复查")
        again.concern(problem)
        find(again, "syphilis_rpr", titre)
        again.note(f"RPR {titre}，较前下降，继续定期复查。")

    for days, titre in ((92, "1:8"), (185, "1:4"), (370, "1:2")):
        life.at(visit.day + timedelta(days=days), check, titre)


def _gonorrhoea(life: Life, day: date) -> None:
    visit = life.visit(day, "city-central", "dermatology", sensitivity="STD")
    visit.complain("尿道口脓性分泌物、尿痛3天")
    find(visit, "gonococcus", "阳性")
    problem = diagnose(visit, "gonorrhoea", days=12)
    key = suitable(life.record, visit.day, "ceftriaxone/azithromycin")
    if key:
        prescribe(visit, key, problem, days=1, dose=1.0 if key == "ceftriaxone" else 2.0)
    visit.note("尿道分泌物涂片见革兰阴性双球菌。规范治疗，性伴同治，1周后复查，建议HIV、梅毒检测。")


def _warts(life: Life, day: date) -> None:
    visit = life.visit(day, "city-central", "dermatology", sensitivity="STD")
    visit.complain("外生殖器赘生物1月")
    problem = diagnose(visit, "genital_warts", days=120)
    if not life.record.is_pregnant(visit.day):
        perform(visit, "wart_laser", problem)
        prescribe(visit, "imiquimod", problem, days=56)
    visit.note("醋酸白试验阳性，激光去除，术后咪喹莫特预防复发，每2周复查至3个月无复发。")
