"""Reads the programme, and says which plans are meant for a child."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from openhealthcode.record.immunisation.model import Plan, PlannedDose
from openhealthcode.standards import Sex


@cache
def programme() -> tuple[Plan, ...]:
    """Every plan, in the order of the programme."""
    text = files(__package__).joinpath("programme.toml").read_text("utf-8")
    return tuple(_plan(one) for one in tomllib.loads(text)["plan"])


def programme_for(birth_date: date, sex: Sex, vaccines: Collection[str]) -> tuple[Plan, ...]:
    """The plans meant for a child.

    Args:
        birth_date: decides between the editions.
        sex: some plans are for one only.
        vaccines: keys of what is on record; where the programme leaves a choice, it was made there.
    """
    meant = [
        plan
        for plan in programme()
        if plan.born_from <= birth_date < plan.born_before and plan.sex in (None, sex)
    ]
    chosen = {plan.group: plan for plan in meant if plan.chosen_by in vaccines}
    return tuple(
        plan
        for plan in meant
        if (plan is chosen[plan.group] if plan.group in chosen else not plan.chosen_by)
    )


def _plan(told: Mapping[str, Any]) -> Plan:
    return Plan(
        key=told["key"],
        group=told.get("group", told["key"]),
        chosen_by=told.get("chosen_by", ""),
        disease=(told["disease"][0], told["disease"][1]),
        born_from=told.get("born_from", date.min),
        born_before=told.get("born_before", date.max),
        sex=Sex(told["sex"]) if "sex" in told else None,
        doses=tuple(
            PlannedDose(one["age"], one.get("before"), one.get("interval", 0), one.get("until"))
            for one in told["doses"]
        ),
    )
