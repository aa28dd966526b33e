"""A series of readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """Where a reading comes from: which of the resources, and which of its parts."""

    entry: int
    part: int
    """0 when the resource is the reading; its components count from 1."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value on one day.

    Args:
        when: the day as it was written.
        text: the value as it is to be read, with its unit.
        value: the number; None for words, and for a number that is only a limit (``< 0.5``).
        second: the diastolic pressure, where the value is the systolic.
        flag: ``high``, ``low``, ``critically_high``, ``critically_low``, ``abnormal``,
            ``positive`` or "".
        reference: the reference range that was given with this very value, in words.
        low: its lower end.
        high: its upper end.
        place: where it comes from.
    """

    when: str
    text: str = field(repr=False)
    value: float | None = field(repr=False)
    second: float | None = field(repr=False)
    flag: str
    reference: str
    low: float | None
    high: float | None
    place: Place


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one thing in one unit, oldest first."""

    name: str = field(repr=False)
    unit: str
    readings: tuple[Reading, ...] = field(repr=False)

    @property
    def latest(self) -> Reading:
        """The newest reading."""
        return self.readings[-1]

    @property
    def band(self) -> tuple[float | None, float | None]:
        """The one reference range all its numbers were measured against, or none."""
        ranges = {(one.low, one.high) for one in self.readings if one.value is not None}
        return ranges.pop() if len(ranges) == 1 else (None, None)
