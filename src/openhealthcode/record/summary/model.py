"""What decides in the first ten seconds of a visit, as values.

Every item carries ``entry``: the place of the resource it was taken from in the sequence that
was summarised, so that a page can lead to it and name its institution. Days are as precise as
they were written, and "" when unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allergy:
    """A substance to keep away from this resident."""

    name: str = field(repr=False)
    reaction: str = field(repr=False)
    criticality: str
    """``high``, ``low``, ``unable-to-assess`` or ""."""
    since: str
    entry: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnosis that still stands."""

    name: str = field(repr=False)
    note: str = field(repr=False)
    """Stage, severity, or that it is only suspected."""
    since: str
    entry: int


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine being taken, as far as the entries tell."""

    name: str = field(repr=False)
    dose: str = field(repr=False)
    frequency: str = field(repr=False)
    since: str
    entry: int


@dataclass(frozen=True, slots=True)
class PastMedicine:
    """A medicine that was taken, between its first and its last mention."""

    name: str = field(repr=False)
    first: str
    last: str
    entry: int


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value of a series; ``second`` is the diastolic of a blood pressure."""

    value: float = field(repr=False)
    when: str
    second: float | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """The latest value of one measurement, with those before it."""

    name: str = field(repr=False)
    value: str = field(repr=False)
    """With its unit, as it is to be read."""
    unit: str
    when: str
    flag: str
    """``high``, ``low``, ``critically_high``, ``critically_low``, ``abnormal``, ``positive`` or ""."""
    reference: str
    low: float | None
    high: float | None
    points: tuple[Point, ...] = field(repr=False)
    """Oldest first; empty when the values are not numbers."""
    entry: int


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine, how many doses of it are on record and when the last was given."""

    name: str = field(repr=False)
    doses: int
    last: str
    entry: int


@dataclass(frozen=True, slots=True)
class Done:
    """A procedure or an implant."""

    name: str = field(repr=False)
    when: str
    entry: int


@dataclass(frozen=True, slots=True)
class Relative:
    """A relation and the diseases in it; never a person."""

    relation: str
    diseases: str = field(repr=False)
    entry: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of what was shown; empty parts mean "nothing seen here", not "nothing exists"."""

    allergies: tuple[Allergy, ...]
    problems: tuple[Problem, ...]
    medication: tuple[Medicine, ...]
    results: tuple[Result, ...]
    """Most telling first: out of range and recent, then what is usually watched."""
    immunisations: tuple[Vaccine, ...]
    procedures: tuple[Done, ...]
    family_history: tuple[Relative, ...]
    blood_type: str = field(repr=False)
    implants: tuple[Done, ...]
    no_known_allergy: str = ""
    """The day somebody recorded that there is no known allergy; "" when nobody did."""
