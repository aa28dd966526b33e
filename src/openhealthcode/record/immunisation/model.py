"""The programme as values, and a child's place in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from openhealthcode.standards import Sex


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One dose of a plan; ages in completed months.

    Args:
        age: the earliest.
        before: it is meant to be given before this age; None where the programme does not say.
        interval_days: the least since the dose before.
        until: from this age on it is not made up for; None as long as the programme reaches.
    """

    age: int
    before: int | None = None
    interval_days: int = 0
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Doses against one disease, or several at once, and for whom they are meant.

    Args:
        key: what a vaccine counts toward.
        group: of the plans of a group only one is used.
        chosen_by: once a vaccine of this kind is on record; "" by birth date alone.
        disease: in Chinese and English.
        born_from, born_before: half-open.
        sex: None for all.
        doses: in order.
    """

    key: str
    group: str
    chosen_by: str
    disease: tuple[str, str]
    born_from: date
    born_before: date
    sex: Sex | None
    doses: tuple[PlannedDose, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One recorded vaccination, or that it was decided against.

    Args:
        vaccine: its key in ``vaccines.toml``.
        counts: the plans toward which it counts.
        day: when; None when the record does not say, or not to the day.
        number: which dose of its series, as written; 0 when not.
        was_given: False where the record says that it was not done.
        entry: the place of the resource among those that were read.
    """

    vaccine: str
    counts: frozenset[str]
    day: date | None
    number: int
    was_given: bool
    entry: int = field(compare=False, default=0)


class State(StrEnum):
    """How one dose of the programme stands on a day."""

    GIVEN = "given"
    BEFORE = "before"
    """A later dose is on record: it was given, somewhere else."""
    DECIDED = "decided"
    """The record says that it was not given, and why."""
    DUE = "due"
    LATE = "late"
    """Usually given by now; it can still be given."""
    AHEAD = "ahead"
    PAST = "past"
    """Not on record, and not made up for at this age."""


@dataclass(frozen=True, slots=True)
class ScheduledDose:
    """One dose of a child's schedule.

    Args:
        number: from 1.
        state: how it stands.
        planned: what the programme says of it.
        due_from: the day from which it can be given.
        due_before: the day before which it is meant to be given; None where nothing says so.
        given: the record of it; only where it was given or decided against.
    """

    number: int
    state: State
    planned: PlannedDose
    due_from: date
    due_before: date | None
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class ScheduledPlan:
    """A plan as it stands for one child."""

    plan: Plan
    doses: tuple[ScheduledDose, ...]
