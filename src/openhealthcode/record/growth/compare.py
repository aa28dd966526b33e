"""From a child's observations to points and curves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from openhealthcode.record.growth.model import Curve, Growth, Measured, Measurement
from openhealthcode.record.growth.standard import (
    DAYS_A_MONTH,
    LAST_MONTH,
    centile_at,
    value_at,
)
from openhealthcode.record.plain.concept import codes_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import Json, mapping_of, number_of
from openhealthcode.standards import Sex

CENTILES: Final = (3, 15, 50, 85, 97)
"""The curves the WHO prints in its own charts."""

_LOINC: Final = "http://loinc.org"
_CODES: Final = {
    "29463-7": Measurement.WEIGHT,
    "3141-9": Measurement.WEIGHT,
    "8339-4": Measurement.WEIGHT,  # at birth
    "8302-2": Measurement.HEIGHT,
    "8306-3": Measurement.HEIGHT,  # lying
    "8308-9": Measurement.HEIGHT,  # standing
    "9843-4": Measurement.HEAD,
    "8287-5": Measurement.HEAD,
}
_IN_OUR_UNIT: Final = {
    Measurement.WEIGHT: {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237},
    Measurement.HEIGHT: {"cm": 1.0, "m": 100.0, "mm": 0.1, "[in_i]": 2.54},
    Measurement.HEAD: {"cm": 1.0, "mm": 0.1, "[in_i]": 2.54},
}
_VOID: Final = frozenset({"cancelled", "entered-in-error"})


def growth_of(observations: Sequence[Json], birth_date: date, sex: Sex) -> tuple[Growth, ...]:
    """What was measured until the fifth birthday, beside the curves of the child's sex.

    Args:
        observations: resources in any order; all that are no measurement of size are passed over.
        birth_date: the age counts from here.
        sex: whose curves; of a sex without curves the points stand alone.

    Returns:
        one for each kind that was ever measured, in the order of ``Measurement``.
    """
    found: dict[Measurement, list[Measured]] = {}
    for place, resource in enumerate(observations):
        for measurement, value in _size(resource):
            point = _point(measurement, value, place, when_of(resource), birth_date, sex)
            if point is not None:
                found.setdefault(measurement, []).append(point)
    return tuple(
        Growth(
            kind, tuple(sorted(found[kind], key=lambda one: one.months)), tuple(_curves(kind, sex))
        )
        for kind in Measurement
        if kind in found
    )


def _size(resource: Json) -> Iterator[tuple[Measurement, float]]:
    if resource.get("resourceType") != "Observation" or str(resource.get("status")) in _VOID:
        return
    measured = mapping_of(resource.get("valueQuantity"))
    value = number_of(measured.get("value"))
    if value is None or "comparator" in measured:
        return
    for system, code in codes_of(resource.get("code")):
        kind = _CODES.get(code) if system == _LOINC else None
        factor = _IN_OUR_UNIT[kind].get(_unit(measured)) if kind else None
        if kind and factor:
            yield kind, round(value * factor, 3)
            return


def _unit(quantity: Json) -> str:
    return str(quantity.get("code") or quantity.get("unit") or "")


def _point(
    kind: Measurement, value: float, place: int, when: str, birth_date: date, sex: Sex
) -> Measured | None:
    day = as_date(when)
    if day is None or len(when) < len("2020-01-01"):
        return None  # an age to the month places no point
    months = (day - birth_date).days / DAYS_A_MONTH
    if not 0 <= months <= LAST_MONTH:
        return None
    return Measured(value, when, months, centile_at(kind, sex, months, value), place)


def _curves(kind: Measurement, sex: Sex) -> Iterable[Curve]:
    for centile in CENTILES:
        values = [value_at(kind, sex, month, centile) for month in range(LAST_MONTH + 1)]
        known = tuple(round(value, 3) for value in values if value is not None)
        if known:
            yield Curve(centile, known)
