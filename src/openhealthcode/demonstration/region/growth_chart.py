"""How children grow: medians by age and sex, and each child along its own line.

Source: rounded from the growth standard for children under seven (WS/T 423-2022) and the height
and weight references of Chinese school-age children; the spread is about one standard deviation.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from openhealthcode.demonstration.region.people import Person
from openhealthcode.standards import Sex

Points = tuple[tuple[float, float], ...]

_MEDIANS: Final[dict[tuple[str, Sex], Points]] = {
    ("height", Sex.MALE): (
        (0, 50.4), (0.25, 62.5), (0.5, 68.7), (0.75, 73.1), (1, 77.1), (1.5, 83.6), (2, 89.1),
        (2.5, 93.6), (3, 97.5), (4, 104.7), (5, 111.7), (6, 118.2), (7, 124.5), (8, 130.2),
        (10, 141.0), (12, 152.3), (14, 165.6), (16, 171.2), (18, 172.4),
    ),
    ("height", Sex.FEMALE): (
        (0, 49.8), (0.25, 61.1), (0.5, 67.0), (0.75, 71.6), (1, 75.6), (1.5, 82.3), (2, 87.7),
        (2.5, 92.4), (3, 96.3), (4, 103.4), (5, 110.5), (6, 117.0), (7, 123.0), (8, 128.8),
        (10, 140.8), (12, 152.4), (14, 158.6), (16, 160.1), (18, 160.6),
    ),
    ("weight", Sex.MALE): (
        (0, 3.4), (0.25, 6.7), (0.5, 8.3), (0.75, 9.3), (1, 10.0), (1.5, 11.2), (2, 12.4),
        (2.5, 13.5), (3, 14.5), (4, 16.5), (5, 18.8), (6, 21.3), (7, 24.1), (8, 27.3),
        (10, 34.5), (12, 43.0), (14, 53.4), (16, 60.2), (18, 63.6),
    ),
    ("weight", Sex.FEMALE): (
        (0, 3.3), (0.25, 6.1), (0.5, 7.6), (0.75, 8.6), (1, 9.3), (1.5, 10.5), (2, 11.8),
        (2.5, 12.9), (3, 14.0), (4, 15.9), (5, 18.2), (6, 20.5), (7, 22.8), (8, 25.5),
        (10, 32.6), (12, 41.5), (14, 49.0), (16, 51.8), (18, 52.8),
    ),
    ("head", Sex.MALE): ((0, 34.5), (0.25, 40.7), (0.5, 43.4), (1, 46.3), (2, 48.4), (3, 49.5)),
    ("head", Sex.FEMALE): ((0, 34.0), (0.25, 39.7), (0.5, 42.4), (1, 45.2), (2, 47.3), (3, 48.5)),
}  # fmt: skip
_SPREAD: Final = {"height": 0.037, "weight": 0.1, "head": 0.025}
_ADULT_HEIGHT: Final = {Sex.MALE: (171.0, 5.6), Sex.FEMALE: (159.2, 5.2)}
_SHORTER_PER_DECADE_BEFORE_1985: Final = 1.1


def measured_at(what: str, person: Person, age: float) -> float:
    """Height or head in centimetres, weight in kilograms; at birth close to the birth weight."""
    median = _interpolate(_MEDIANS[what, person.sex], age)
    if what == "weight" and age < 0.25:
        # A heavy newborn is a heavy infant at first and joins its own line by three months.
        born = person.birth_weight / 1000
        share = min(age / 0.25, 1.0)
        line = _line(what, person, _interpolate(_MEDIANS[what, person.sex], 0.25))
        return round(born + (line - born) * share, 2)
    return round(_line(what, person, median), 1)


def _line(what: str, person: Person, median: float) -> float:
    deviation = person.stature * 0.75 + (person.body_mass - 23.5) * (0.3 if what == "weight" else 0)
    return median * (1 + _SPREAD[what] * deviation)


def grown(person: Person) -> float:
    """Adult height in centimetres; older generations are shorter."""
    mean, deviation = _ADULT_HEIGHT[person.sex]
    shorter = max(0, 1985 - person.birth.year) / 10 * _SHORTER_PER_DECADE_BEFORE_1985
    return round(mean - shorter + deviation * person.stature * 0.8, 1)


def _interpolate(points: Points, at: float) -> float:
    for (before, low), (after, high) in pairwise(points):
        if before <= at < after:
            return low + (high - low) * (at - before) / (after - before)
    return points[-1][1]
