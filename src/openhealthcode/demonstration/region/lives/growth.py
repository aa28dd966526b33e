"""Growing up: the health checks of small children (0～6岁儿童健康管理) and of pupils."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.medication import prescribe
from openhealthcode.demonstration.region.chart.results import measure
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import infant_size, pressure, size
from openhealthcode.demonstration.region.life import Life

_CHECKS: Final = (
    (1, "满月健康检查", "皮肤无黄染，前囟平软，脐部已脱落干洁，哺乳好。"),
    (3, "3月龄健康检查", "能抬头，追视可，会笑出声。"),
    (6, "6月龄健康检查", "会翻身、扶坐，已出牙2颗，开始添加辅食。"),
    (8, "8月龄健康检查", "独坐稳，会爬，能发ba、ma音。"),
    (12, "12月龄健康检查", "独站片刻，扶走，能听懂简单指令，出牙6颗。"),
    (18, "18月龄健康检查", "独走稳，会说10余个词，能指认五官。"),
    (24, "24月龄健康检查", "双脚跳，说2～3字短句，乳牙16颗。"),
    (30, "30月龄健康检查", "会上下楼梯，能说简单句，大小便基本能示意。"),
    (36, "3岁健康检查", "语言、运动发育正常，乳牙20颗，未见龋齿。"),
    (48, "4岁健康检查", "生长发育正常，视力筛查：右0.8，左0.8。"),
    (60, "5岁健康检查", "生长发育正常，视力筛查：右1.0，左1.0。"),
    (72, "6岁健康检查", "入学前体检，发育正常，已查验预防接种证。"),
)
_BLOOD_AT: Final = (8, 18, 30, 48)
_SCHOOL: Final = range(7, 18)


def begin(life: Life) -> None:
    """Every check that falls into the record."""
    person = life.person
    for months, name, note in _CHECKS:
        day = _month_day(person.birth, months) + timedelta(days=life.rng.randrange(12))
        if day > life.since and _is_kept(life, day, months):
            life.at(day, partial(_check, life), months, name, note)
    for age in _SCHOOL:
        day = date(person.birth.year + age, 10, life.rng.randrange(8, 28))
        if day > life.since and life.is_recent(day, 2):
            life.at(day, partial(_school, life))


def _is_kept(life: Life, day: date, months: int) -> bool:
    """Of older children only a few checks came over from the systems before."""
    return life.is_recent(day, 1.2) or months in (1, 12, 36)


def _month_day(birth: date, months: int) -> date:
    month = birth.month - 1 + months
    return date(birth.year + month // 12, month % 12 + 1, min(birth.day, 28))


def _check(life: Life, day: date, months: int, name: str, note: str) -> None:
    visit = life.visit(day, life.centre, "child", "child-health")
    visit.complain(name)
    infant_size(visit)
    notes = [note]
    if months in _BLOOD_AT:
        notes.append(_blood(life, visit))
    if months == 1:
        prescribe(visit, "vitamin_d_drops", None, days=180)
        notes.append("每日补充维生素D 400 IU。")
    visit.note("".join(notes))


def _blood(life: Life, visit: Visit) -> str:
    pale = life.rng.random() < (0.14 if life.age(visit.day) < 2 else 0.05)
    haemoglobin = life.rng.uniform(96, 108) if pale else life.rng.uniform(113, 129)
    measure(visit, "haemoglobin", haemoglobin)
    if pale:
        problem = diagnose(visit, "iron_anaemia", text="轻度缺铁性贫血", days=75)
        prescribe(visit, "iron_drops", problem, days=60)
        return f"血红蛋白{haemoglobin:.0f} g/L，轻度贫血，添加含铁辅食，口服铁剂，1月复查。"
    return f"血红蛋白{haemoglobin:.0f} g/L。"


def _school(life: Life, day: date) -> None:
    visit = life.visit(day, life.centre, "general", "school-check-up")
    visit.complain("学生年度健康体检")
    size(visit)
    if life.age(day) >= 10:
        pressure(visit)
    left, right = _sight(life, day)
    if right < 0.9 and "myopia" not in visit.record.problems and life.rng.random() < 0.8:
        diagnose(visit, "myopia")
    advice = (
        "视力低下，建议散瞳验光配镜，每日户外活动2小时。"
        if right < 0.9
        else "心肺听诊正常，脊柱无侧弯。"
    )
    visit.note(f"裸眼视力右{right:.1f}，左{left:.1f}。{advice}")


def _sight(life: Life, day: date) -> tuple[float, float]:
    """Half the children are short-sighted at fourteen; eyes get worse, not better."""
    begins = 7 + (life.person.stature + 2.2) * 2.6  # a trait of the child, spread over school years
    loss = max(0.0, life.age(day) - begins) * 0.17
    right = max(0.1, round(1.0 - loss, 1))
    return max(0.1, round(right + (0.1 if right < 0.9 else 0.0), 1)), right
