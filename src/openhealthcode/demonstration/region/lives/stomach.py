"""The stomach: gastritis or an ulcer, often with Helicobacter pylori (幽门螺杆菌) to be eradicated."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import prescribe
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import find
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Life

_QUADRUPLE: Final = (("amoxicillin", 1.0, "BID"), ("clarithromycin", 0.5, "BID"))
_WITHOUT_PENICILLIN: Final = (("tetracycline", 0.5, "QID"), ("metronidazole", 0.4, "QID"))
_DAYS: Final = 14


def begin(life: Life) -> None:
    """Put the complaint on the agenda; long past ones are not worth telling."""
    onset = life.person.fates.get("gastritis")
    if onset is not None and onset > life.since:
        life.at(onset, partial(_complain, life))


def _complain(life: Life, day: date) -> None:
    infected, ulcer = life.rng.random() < 0.6, life.rng.random() < 0.18
    visit = life.visit(day, life.hospital("gastroenterology"), "gastroenterology")
    visit.complain("空腹及夜间上腹痛3周" if ulcer else "上腹胀痛、餐后饱胀2月")
    young = life.age(day) < 16
    if not young:
        _look_inside(visit, ulcer=ulcer, infected=infected)
    problem = diagnose(visit, "duodenal_ulcer" if ulcer else "gastritis", days=200)
    find(visit, "breath_test", "阳性（DOB 18.6‰）" if infected else "阴性（DOB 1.2‰）")
    pregnant = life.record.is_pregnant(visit.day)
    if infected and not young and not pregnant:
        infection = diagnose(visit, "pylori", days=60)
        _eradicate(visit, infection)
        visit.note(
            "幽门螺杆菌阳性，铋剂四联根除14天，疗程结束停药4周以上复查呼气试验；分餐、用公筷。"
        )
        life.after(visit.day, 52, partial(_check, life), infection, spread=0.08)
    else:
        if not pregnant:
            prescribe(visit, "omeprazole", problem, days=28)
            prescribe(visit, "hydrotalcite", problem, days=14)
        visit.note("规律进食，少食辛辣、浓茶、咖啡，抑酸护胃治疗，症状不缓解复诊。")


def _look_inside(visit: Visit, *, ulcer: bool, infected: bool) -> None:
    if ulcer:
        text = "十二指肠球部前壁见0.8×0.6 cm溃疡，覆白苔，周围黏膜充血水肿（A1期）。"
    elif infected:
        text = "胃窦黏膜充血、红白相间以红为主，散在隆起糜烂，慢性非萎缩性胃炎伴糜烂。"
    else:
        text = "胃窦黏膜充血、红白相间，慢性非萎缩性胃炎。"
    examine(visit, "gastroscopy", text)


def _eradicate(visit: Visit, infection: Problem) -> None:
    pair = _WITHOUT_PENICILLIN if "penicillin" in visit.record.allergies else _QUADRUPLE
    prescribe(visit, "esomeprazole", infection, days=_DAYS)
    prescribe(visit, "bismuth", infection, days=_DAYS)
    for key, dose, rhythm in pair:
        prescribe(visit, key, infection, days=_DAYS, dose=dose, rhythm=rhythm)


def _check(life: Life, day: date, infection: Problem) -> None:
    visit = life.visit(day, life.hospital("gastroenterology"), "gastroenterology")
    visit.complain("幽门螺杆菌根除治疗后复查")
    visit.concern(infection)
    find(visit, "breath_test", "阴性（DOB 0.8‰）")
    resolve(infection, visit.day)
    visit.note("呼气试验阴性，根除成功，上腹不适缓解。")
