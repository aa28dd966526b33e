"""A dog's bite (犬咬伤): wash, inject, and come again four times."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.immunization import vaccinate
from openhealthcode.demonstration.region.chart.medication import prescribe
from openhealthcode.demonstration.region.life import Life

_DAYS: Final = (0, 3, 7, 14, 28)


def begin(life: Life) -> None:
    """It happens to few, mostly in villages."""
    rural = life.person.home.neighbourhood.is_rural
    if life.rng.random() < (0.07 if rural else 0.03):
        day = life.last_day - timedelta(days=life.rng.randrange(2600))
        if day > life.since and life.age(day) > 2:
            life.at(day, partial(_bitten, life))


def _bitten(life: Life, day: date) -> None:
    severe = life.rng.random() < 0.35
    visit = life.visit(day, life.centre, "immunisation")
    visit.complain("犬咬伤2小时")
    problem = diagnose(
        visit, "dog_bite", text=f"狂犬病暴露（{'Ⅲ' if severe else 'Ⅱ'}级，犬咬伤）", days=30
    )
    if severe:
        prescribe(visit, "rabies_globulin", problem, days=1)
    vaccinate(visit, "rabies", 1, len(_DAYS))
    wound = (
        "小腿皮肤穿透伤，少许渗血，肥皂水及清水交替冲洗15分钟，碘伏消毒"
        if severe
        else "手背表皮擦伤无渗血，肥皂水冲洗15分钟，碘伏消毒"
    )
    visit.note(f"{wound}，按5针法（0、3、7、14、28天）接种狂犬病疫苗。")
    for dose, days in list(enumerate(_DAYS, 1))[1:]:
        life.at(visit.day + timedelta(days=days), partial(_again, life), dose)


def _again(life: Life, day: date, dose: int) -> None:
    visit = life.visit(day, life.centre, "immunisation", "vaccination")
    vaccinate(visit, "rabies", dose, len(_DAYS))
