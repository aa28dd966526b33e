"""Check-ups: at work, of the old every year, of women against cancer."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.results import find, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure, sign, size
from openhealthcode.demonstration.region.life import Life

_OLD: Final = 65
_THOROUGH_YEARS: Final = 1.1


def begin(life: Life) -> None:
    """Put the check-ups of each age on the agenda."""
    person, rng = life.person, life.rng
    employed = not person.home.neighbourhood.is_rural and rng.random() < 0.62
    month, offset = rng.randrange(3, 11), rng.randrange(4)
    for year in range(max(life.since.year + 1, life.last_day.year - 3), life.last_day.year + 1):
        day = date(year, month, rng.randrange(1, 28))
        age = life.age(day)
        if age >= _OLD and rng.random() < 0.78:
            life.at(day, partial(_elderly, life))
        elif employed and 23 <= age < 60 and (year + offset) % 4 == 0:
            life.at(day, partial(_at_work, life))
    if person.is_female:
        _women(life)


def _elderly(life: Life, day: date) -> None:
    """Free once a year from sixty-five on (65岁及以上老年人健康体检)."""
    visit = life.visit(day, life.centre, "general", "elderly-check-up")
    visit.complain("65岁及以上老年人年度健康体检")
    reading = pressure(visit)
    thorough = life.is_recent(day, _THOROUGH_YEARS) and not life.chronic
    if thorough:
        size(visit, waist=True)
    panels = ("blood_count", "lipids", "kidney", "liver") if thorough else ()
    for name in ("glycaemia", *panels):
        panel(visit, name)
    rhythm = "atrial_fibrillation" in life.record.problems
    paced = "sick_sinus" in life.record.problems
    if thorough:
        examine(visit, "ecg", "起搏器心律。" if paced else "心房颤动。" if rhythm else "")
        _belly(life, visit)
    visit.note(f"{_judge(reading)}{_advice(life)}")


def _judge(reading: tuple[int, int]) -> str:
    return f"血压{reading[0]}/{reading[1]} mmHg，生活自理能力评估：{'可自理' if reading[0] < 175 else '轻度依赖'}。"


def _advice(life: Life) -> str:
    known = life.record.known_problems()
    if known:
        names = "、".join(problem.resource["code"]["text"] for problem in known)
        return f"已知{names}，按期随访。"
    return "体检未见明显异常，合理膳食、适量运动，次年复查。"


def _belly(life: Life, visit: Visit) -> None:
    findings = [
        text
        for key, text in (
            ("fatty_liver", "脂肪肝。"),
            ("gallstones", "胆囊结石。"),
            ("prostate", "前列腺增大。"),
            ("cirrhosis", "肝实质回声增粗，脾稍大。"),
        )
        if key in life.record.problems
    ]
    cyst = life.rng.random() < 0.18
    examine(
        visit,
        "abdomen_ultrasound",
        "".join(findings) or ("右肾囊肿约18 mm，余肝胆胰脾双肾未见明显异常。" if cyst else ""),
    )


def _at_work(life: Life, day: date) -> None:
    if life.record.is_pregnant(day, 60):
        return
    place = life.hospital("general")
    visit = life.visit(day, place, "general", "check-up")
    visit.complain("单位年度健康体检")
    reading = pressure(visit)
    size(visit)
    sign(visit, "heart_rate", round(life.body.read("heart_rate", day)))
    for name in ("lipids", "glycaemia", "liver"):
        panel(visit, name)
    if life.is_recent(day, 2):
        panel(visit, "blood_count")
        examine(visit, "chest_xray")
        _belly(life, visit)
    visit.note(f"血压{reading[0]}/{reading[1]} mmHg，内外科查体未见明显异常。{_advice(life)}")


def _women(life: Life) -> None:
    """Breast and cervix, every three years between thirty-five and sixty-four (两癌筛查)."""
    rng = life.rng
    first = life.last_day.year - rng.randrange(6)
    for year in range(first, life.last_day.year + 1, 3):
        day = date(year, 5, 1) + timedelta(days=rng.randrange(60))
        if day > life.since and 35 <= life.age(day) < 65 and rng.random() < 0.6:
            life.at(day, partial(_screen, life))


def _screen(life: Life, day: date) -> None:
    if life.record.is_pregnant(day):
        return
    visit = life.visit(day, "county-maternal", "gynaecology", "screening")
    visit.complain("妇女两癌筛查")
    had_cancer = "breast_cancer" in life.record.problems
    nodule = life.rng.random() < 0.2
    if not had_cancer:
        examine(
            visit,
            "breast_ultrasound",
            "左乳2点方向低回声结节约6×4 mm，边界清，BI-RADS 3类，建议6月复查。" if nodule else "",
        )
    find(visit, "human_papillomavirus")
    find(visit, "cytology")
    visit.note("妇科检查宫颈光滑，HPV及细胞学阴性，3～5年后复筛。")
