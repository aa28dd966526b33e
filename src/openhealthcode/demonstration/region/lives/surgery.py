"""Operations and fractures: admitted, operated, healed. ``surgeries.csv`` has one row for each."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.procedures import perform, recall_operation
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives.orders import do_tests, order_drugs
from openhealthcode.demonstration.region.tables import table

_ROWS: Final = {row["fate"]: row for row in table("lives/surgeries")}
_TOLD_LATER: Final = frozenset({"appendicitis", "gallstones", "hernia", "fibroids"})
_URGENT: Final = frozenset(
    [
        "appendicitis",
        "ureteral_stone",
        "wrist_fracture",
        "elbow_fracture",
        "ankle_fracture",
        "hip_fracture",
        "rib_fracture",
        "vertebral_fracture",
    ]
)
_HEALS_IN: Final = {"fracture": 100, "stone": 40}


def begin(life: Life) -> None:
    """Put every operation on the agenda; the old ones are told when the record is opened."""
    for fate, onset in life.person.fates.items():
        if fate not in _ROWS or life.age(onset) < float(_ROWS[fate]["from_age"]):
            continue
        if onset > life.since:
            life.at(onset, partial(_operate, life), _ROWS[fate])
            if fate == "cataract_right":
                life.after(onset, 150, partial(_operate, life), _ROWS["cataract_left"])
        elif fate in _TOLD_LATER:
            _remember(life, fate, onset.year)


def _remember(life: Life, fate: str, year: int) -> None:
    operation = (
        "open_appendectomy" if fate == "appendicitis" and year < 2008 else _ROWS[fate]["operation"]
    )
    life.tell(recall_operation, operation, year, "外院手术")


def _operate(life: Life, day: date, row: dict[str, str]) -> None:
    if life.record.is_pregnant(day) and row["fate"] not in _URGENT:
        return
    specialty = row["specialty"]
    place = "city-central" if row["level"] == "city" else life.hospital(specialty)
    nights = int(row["nights"])
    kind = "inpatient" if nights else "emergency"
    visit = life.visit(day, place, specialty, kind, nights=nights)
    visit.complain(row["complaint"])
    problem = _name(visit, row["diagnosis"], row["fate"])
    if row["examination"]:
        name, _, text = row["examination"].partition(":")
        examine(visit, name, text)
    do_tests(visit, row["tests"], problem)
    when = 1 if nights > 3 and row["fate"] not in _URGENT else 0
    if row["operation"]:
        perform(visit, row["operation"], problem, days=when, outcome="顺利")
    if row["outcome"]:
        examine(visit, "pathology", row["outcome"].removeprefix("病理："), days=min(3, nights))
    order_drugs(visit, row["drugs"], problem, 10)
    visit.note(row["course"])
    if nights:
        visit.discharge("医嘱离院")
    if row["fate"] not in ("prostate_resection", "cataract_right"):
        life.after(day, _days_to_heal(row["fate"]), partial(_healed, life), problem, row)


def _name(visit: Visit, key: str, fate: str) -> Problem:
    known = visit.record.problems.get(key)
    if known is not None:
        visit.concern(known)
        return known
    text = {"cataract_right": "双眼老年性白内障", "child_hernia": "右侧腹股沟斜疝"}.get(fate, "")
    return diagnose(visit, key, text=text)


def _days_to_heal(fate: str) -> int:
    return next((days for part, days in _HEALS_IN.items() if part in fate), 30)


def _healed(life: Life, day: date, problem: Problem, row: dict[str, str]) -> None:
    """After an operation the disease is over; after a fracture somebody looks at the bone."""
    if problem.key == "knee_arthritis":
        return
    resolve(problem, day)
    life.record.problems.pop(problem.key, None)
    if "fracture" in row["fate"] and row["fate"] != "vertebral_fracture":
        visit = life.visit(day, life.hospital("orthopaedics"), "orthopaedics")
        visit.complain("骨折后3个月复查")
        visit.concern(problem)
        examine(
            visit,
            "limb_xray" if row["fate"] != "rib_fracture" else "chest_xray",
            "骨折线模糊，骨痂形成，对位对线可。",
        )
        visit.note("局部无压痛，功能恢复可，逐渐恢复正常活动。")
