"""Alcohol and opioids: dependence, withdrawal, a daily dose under supervision. Sensitive."""

from __future__ import annotations

from datetime import date
from functools import partial

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, prescribe, renew, renew_due
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.life import Life


def begin(life: Life) -> None:
    """Put what awaits on the agenda."""
    fates = life.person.fates
    if (onset := fates.get("alcohol_dependence")) is not None and onset > life.since:
        life.at(onset, partial(_withdraw, life))
    if (onset := fates.get("opioid_dependence")) is not None and life.age(onset) > 20:
        life.at(max(onset, life.since), partial(_substitute, life))


def _withdraw(life: Life, day: date) -> None:
    body = life.body
    body.fix("ggt", life.rng.uniform(180, 420))
    body.fix("ast", life.rng.uniform(80, 130))
    body.fix("alt", life.rng.uniform(48, 76))
    visit = life.visit(day, "city-mental", "addiction", "inpatient", nights=16, sensitivity="ETH")
    visit.complain("大量饮酒20年，停饮后手抖、出汗、烦躁1天")
    problem = diagnose(visit, "alcohol_dependence")
    panel(visit, "liver")
    panel(visit, "electrolytes")
    examine(visit, "abdomen_ultrasound", "肝脏增大，回声弥漫性增强，符合脂肪肝声像图。")
    prescribe(visit, "diazepam", problem, days=8)
    prescribe(visit, "thiamine", problem, days=60)
    visit.note("地西泮替代递减，补充维生素B1，戒断症状消失，签署戒酒协议，门诊随访。")
    visit.discharge("医嘱离院")
    for quantity, target in (("ggt", 58), ("ast", 30), ("alt", 27)):
        body.move(quantity, target, visit.day, 45)

    def check(later: date) -> None:
        again = life.visit(later, "city-mental", "addiction", sensitivity="ETH")
        again.complain("戒酒后复查")
        again.concern(problem)
        panel(again, "liver")
        again.note("自诉未再饮酒，家属证实，转氨酶明显下降，参加互助小组。")

    life.after(visit.day, 95, check)
    life.after(visit.day, 280, check)


def _substitute(life: Life, day: date) -> None:
    visit = life.visit(day, "county-cdc", "methadone", sensitivity="ETH")
    visit.complain("申请参加社区药物维持治疗")
    problem = diagnose(visit, "opioid_dependence")
    ensure(visit, "methadone", problem, dose=40)
    visit.note("符合入组标准，美沙酮从40 mg起，每日到门诊当面服药，每月尿检。")

    def check(later: date) -> None:
        again = life.visit(later, "county-cdc", "methadone", sensitivity="ETH")
        again.complain("药物维持治疗随访")
        again.concern(problem)
        if again.record.regimen["methadone"].dose < 60:
            renew(again, "methadone", dose=60)
        renew_due(again, 90 if life.is_recent(later, 1) else 500, "ETH")
        again.note("维持剂量60 mg，近3个月尿检吗啡阴性，已就业，继续维持治疗。")
        life.after(later, 95 if life.is_recent(later, 2) else 365, check)

    life.after(visit.day, 80, check)
