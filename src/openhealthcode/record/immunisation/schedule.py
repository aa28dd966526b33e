"""Lays what was given beside what the programme plans. Pure: the day is handed in.

A missing record says that nothing is on record here, never that a parent forgot: before a schedule
calls for a dose it takes every later dose as proof of the earlier ones.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from openhealthcode.record.immunisation.model import (
    Given,
    Plan,
    PlannedDose,
    ScheduledDose,
    ScheduledPlan,
    State,
)
from openhealthcode.record.immunisation.programme import programme_for
from openhealthcode.standards import Sex

ENDS_AT_MONTHS: Final = 18 * 12
"""The programme makes up for missing doses until the eighteenth birthday."""

_MENINGITIS: Final = frozenset({"mena", "menac"})
_MENINGITIS_AC_FROM: Final = 24
"""Months of age from which a vaccine with group A counts toward the plan against A and C."""


def schedule_of(
    given: Sequence[Given], birth_date: date, sex: Sex, today: date
) -> tuple[ScheduledPlan, ...]:
    """A child's schedule on a day.

    Args:
        given: what is on record, in any order.
        birth_date: decides which edition is meant.
        sex: some plans are for one only.
        today: the day to judge by.

    Returns:
        nothing from the eighteenth birthday on, and nothing for somebody not yet born.
    """
    if not birth_date <= today < add_months(birth_date, ENDS_AT_MONTHS):
        return ()
    plans = programme_for(birth_date, sex, {one.vaccine for one in given})
    return tuple(
        ScheduledPlan(plan, _doses(plan, _toward(plan, given, birth_date), birth_date, today))
        for plan in plans
    )


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _toward(plan: Plan, given: Iterable[Given], birth_date: date) -> list[Given]:
    """What counts toward a plan, oldest first; what has no day comes last."""
    found = [one for one in given if plan.key in one.counts and _is_of_age(plan, one, birth_date)]
    return sorted(found, key=lambda one: one.day or date.max)


def _is_of_age(plan: Plan, one: Given, birth_date: date) -> bool:
    if plan.key not in _MENINGITIS:
        return True
    border = add_months(birth_date, _MENINGITIS_AC_FROM)
    is_early = one.day < border if one.day else one.vaccine == "mena"
    return is_early == (plan.key == "mena")


def _doses(
    plan: Plan, toward: Sequence[Given], birth_date: date, today: date
) -> tuple[ScheduledDose, ...]:
    placed = _placed(len(plan.doses), [one for one in toward if one.was_given])
    decided = next((one for one in reversed(toward) if not one.was_given), None)
    last = max(placed, default=0)
    doses: list[ScheduledDose] = []
    before: date | None = None
    is_waiting = False  # for the dose before, which is not on record
    for number, planned in enumerate(plan.doses, 1):
        due_from = _due_from(planned, birth_date, before)
        due_before = _due_before(plan.doses[number - 1 :], birth_date)
        record = placed.get(number)
        if record is not None:
            state = State.GIVEN
        elif number < last:
            state = State.BEFORE
        elif is_waiting and not _is_past(planned, birth_date, today):
            state = State.AHEAD
        else:
            state = _open_state(planned, due_from, due_before, birth_date, today)
        if state in (State.DUE, State.LATE):
            is_waiting = True
            if decided is not None:
                state, record = State.DECIDED, decided
        doses.append(ScheduledDose(number, state, planned, due_from, due_before, record))
        if state is State.GIVEN:
            before = record.day if record and record.day else before
        else:
            before = max(today, due_from) if is_waiting else due_from
    return tuple(doses)


def _placed(count: int, given: Iterable[Given]) -> dict[int, Given]:
    """Which record stands for which dose: by the number written, else the next in order of days.

    A number beyond the plan, or one that stands twice, is counted in order: a booster of another
    vaccine of the same kind.
    """
    placed: dict[int, Given] = {}
    unnumbered = []
    for one in given:
        if 0 < one.number <= count and one.number not in placed:
            placed[one.number] = one
        elif one.number <= count:
            unnumbered.append(one)
    for one in unnumbered:
        free = next((number for number in range(1, count + 1) if number not in placed), None)
        if free is not None:
            placed[free] = one
    return placed


def _due_from(planned: PlannedDose, birth_date: date, before: date | None) -> date:
    day = add_months(birth_date, planned.age)
    if before is None:
        return day
    return max(day, before + timedelta(days=planned.interval_days))


def _due_before(from_here: Iterable[PlannedDose], birth_date: date) -> date | None:
    """Before when a dose is meant to be given: where nothing says so, before the next that does."""
    ages = (planned.before for planned in from_here)
    border = next((age for age in ages if age is not None), None)
    return None if border is None else add_months(birth_date, border)


def _is_past(planned: PlannedDose, birth_date: date, today: date) -> bool:
    return planned.until is not None and today >= add_months(birth_date, planned.until)


def _open_state(
    planned: PlannedDose, due_from: date, due_before: date | None, birth_date: date, today: date
) -> State:
    if _is_past(planned, birth_date, today):
        return State.PAST
    if today < due_from:
        return State.AHEAD
    is_late = due_before is not None and today >= due_before
    return State.LATE if is_late else State.DUE
