"""What is measured of a growing child, and where it lies among others."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Measurement(StrEnum):
    """What the standard has curves for: kilograms, centimetres, centimetres."""

    WEIGHT = "weight"
    HEIGHT = "height"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of a child.

    Args:
        value: kilograms of weight, else centimetres.
        when: the day as it was written.
        months: the child's age on that day, in months of 30.4375 days.
        centile: of a hundred children of this age and sex, how many measure less; None where the
            standard does not reach.
        entry: the place of the resource among those that were compared.
    """

    value: float = field(repr=False)
    when: str
    months: float
    centile: float | None = field(repr=False)
    entry: int


@dataclass(frozen=True, slots=True)
class Curve:
    """The value that a share of the children of one sex stay under, month by month from birth."""

    centile: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """One kind of measurement of a child with the curves of the standard.

    ``points`` are oldest first; without ``curves`` the sex is not known, and nothing is compared.
    """

    measurement: Measurement
    points: tuple[Measured, ...] = field(repr=False)
    curves: tuple[Curve, ...]
