"""The WHO Child Growth Standards: the distribution of a measurement by age and sex.

Source: World Health Organization, WHO Child Growth Standards (2006), Methods and development,
chapter 7: a value X at age t is at z = ((X/M)**L - 1) / (L*S); beyond three standard deviations
the WHO's own program goes on in even steps, which a centile between 0 and 100 does not show.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from math import erf, exp, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

from openhealthcode.record.growth.model import Measurement
from openhealthcode.standards import Sex

DAYS_A_MONTH: Final = 30.4375
"""As the WHO counts months of age."""
LAST_MONTH: Final = 60
"""Where the standard ends."""

_NORMAL: Final = NormalDist()


class _Lms(NamedTuple):
    """Box-Cox power, median and coefficient of variation at one age."""

    power: float
    median: float
    variation: float


def value_at(measurement: Measurement, sex: Sex, months: float, centile: float) -> float | None:
    """The value that ``centile`` of a hundred children of this age stay under.

    Returns:
        None beyond the standard: under birth, over five years, of neither sex.
    """
    known = _lms(measurement, sex, months)
    if known is None:
        return None
    z = _NORMAL.inv_cdf(centile / 100)
    if known.power == 0:
        return known.median * exp(known.variation * z)
    base = 1 + known.power * known.variation * z
    return float(known.median * base ** (1 / known.power))


def centile_at(measurement: Measurement, sex: Sex, months: float, value: float) -> float | None:
    """Of a hundred children of this age and sex, how many measure less; None as ``value_at``."""
    known = _lms(measurement, sex, months)
    if known is None or value <= 0:
        return None
    ratio = value / known.median
    if known.power == 0:
        z = log(ratio) / known.variation
    else:
        z = (ratio**known.power - 1) / (known.power * known.variation)
    return 50 * (1 + erf(z / sqrt(2)))


def _lms(measurement: Measurement, sex: Sex, months: float) -> _Lms | None:
    """The parameters at an age, between two months in proportion."""
    table = _table().get((measurement, sex))
    if table is None or not 0 <= months <= LAST_MONTH:
        return None
    month = int(months)
    share = months - month
    if not share:
        return table[month]
    pairs = zip(table[month], table[month + 1], strict=True)
    return _Lms(*(before + (after - before) * share for before, after in pairs))


@cache
def _table() -> dict[tuple[Measurement, Sex], list[_Lms]]:
    text = files(__package__).joinpath("standard.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found: dict[tuple[Measurement, Sex], list[_Lms]] = {}
    for row in rows:
        known = _Lms(float(row["l"]), float(row["m"]), float(row["s"]))
        found.setdefault((Measurement(row["measurement"]), Sex(row["sex"])), []).append(known)
    return found
