"""The latest results with their trend, the most telling first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from openhealthcode.record.plain.concept import codes_of, name_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import (
    Json,
    first_of,
    mapping_of,
    mappings_of,
    number_of,
    text_of,
)
from openhealthcode.record.plain.findings import (
    blood_pressure,
    flag_of,
    limits_of,
    observed_value,
)
from openhealthcode.record.plain.quantity import range_text, unit_text
from openhealthcode.record.plain.words import Language
from openhealthcode.record.summary.model import Point, Result

LONGEST_TREND = 24
"""Points kept of a series, the newest."""

_RECENT_DAYS = 365
_VOID = frozenset({"cancelled", "entered-in-error"})
_LOINC: Final = "http://loinc.org"
_BLOOD_TYPE: Final = ("882-1", "883-9", "10331-7")
# Watched in most chronic illness and before most prescriptions; the order is the page's order.
_WATCHED: Final = {
    code: place
    for place, codes in enumerate(
        (
            ("85354-9", "55284-4"),  # blood pressure
            ("4548-4", "59261-8"),  # HbA1c
            ("1558-6", "14771-0", "76629-5"),  # fasting glucose
            ("2339-0", "2345-7", "14749-6", "15074-8"),  # glucose
            ("18262-6", "13457-7", "2089-1", "22748-8", "39469-2", "69419-0"),  # LDL
            ("33914-3", "62238-1", "98979-8", "77147-7"),  # kidney filtration
            ("38483-4", "2160-0", "14682-9"),  # creatinine
            ("6301-6", "34714-6"),  # INR
            ("6298-4", "2823-3"),  # potassium
            ("718-7",),  # haemoglobin
            ("1742-6",),  # ALT
            ("3084-1", "14933-6"),  # uric acid
            ("3016-3", "11580-8"),  # TSH
        )
    )
    for code in codes
}
_NEVER: Final = frozenset({"72166-2", "69453-9", *_BLOOD_TYPE})  # told elsewhere, or not a result
_LAST: Final = len(set(_WATCHED.values()))
_CATEGORY_PLACES: Final = {"laboratory": _LAST, "LAB": _LAST, "vital-signs": _LAST + 1}


@dataclass(slots=True)
class _Series:
    name: str
    place: int
    latest: tuple[str, int, Json]
    points: list[Point] = field(default_factory=list)


def results_of(
    observations: Iterable[tuple[int, Json]], today: date, language: Language
) -> tuple[Result, ...]:
    """Group observations into series and put the most telling first."""
    series: dict[tuple[str, str], _Series] = {}
    for entry, resource in observations:
        if resource.get("status") not in _VOID:
            for part in _measurements(resource):
                _add(series, entry, part, language)
    results = [(_result(one, language), one.place) for one in series.values()]
    results.sort(key=lambda pair: pair[0].name)
    results.sort(key=lambda pair: pair[0].when, reverse=True)
    results.sort(key=lambda pair: _urgency(pair[0], pair[1], today))
    return tuple(result for result, _ in results)


def blood_type_of(observations: Iterable[tuple[int, Json]], language: Language) -> str:
    """The blood group with its Rh factor, from the newest entries that say so."""
    newest: dict[str, tuple[str, str]] = {}
    for _, resource in observations:
        for system, code in codes_of(resource.get("code")):
            if system == _LOINC and code in _BLOOD_TYPE and resource.get("status") not in _VOID:
                said = (when_of(resource), observed_value(resource, language))
                newest[code] = max(newest.get(code, ("", "")), said)
    if "882-1" in newest:
        return newest["882-1"][1]
    return " ".join(newest[code][1] for code in ("883-9", "10331-7") if code in newest)


def _measurements(resource: Json) -> Iterator[Json]:
    if "component" not in resource or blood_pressure(resource) is not None:
        yield resource
        return
    for part in mappings_of(resource["component"]):
        shared = {"category", "effectiveDateTime", "effectivePeriod", "issued", "resourceType"}
        yield {key: resource[key] for key in shared if key in resource} | part


def _add(
    series: dict[tuple[str, str], _Series], entry: int, resource: Json, language: Language
) -> None:
    code = next((code for system, code in codes_of(resource.get("code")) if system == _LOINC), "")
    name = name_of(resource.get("code"), language)
    if code in _NEVER or not name:
        return
    when = when_of(resource)
    point = _point(resource, when)
    unit = _unit(resource, language)
    latest = (when, entry, resource)
    one = series.get((name, unit))
    if one is None:
        one = series[name, unit] = _Series(name, _place(code, resource), latest)
    elif latest[:2] > one.latest[:2]:
        one.latest = latest
    if point is not None:
        one.points.append(point)


def _point(resource: Json, when: str) -> Point | None:
    pressure = blood_pressure(resource)
    if pressure is not None:
        return Point(pressure[0], when, pressure[1])
    value = number_of(mapping_of(resource.get("valueQuantity")).get("value"))
    return None if value is None else Point(value, when)


def _unit(resource: Json, language: Language) -> str:
    if "component" in resource:
        return "mmHg"
    return unit_text(mapping_of(resource.get("valueQuantity")), language)


def _place(code: str, resource: Json) -> int:
    if code in _WATCHED:
        return _WATCHED[code]
    for category in mappings_of(resource.get("category")):
        for _, found in codes_of(category):
            if found in _CATEGORY_PLACES:
                return _CATEGORY_PLACES[found]
    return _LAST + 2


def _result(one: _Series, language: Language) -> Result:
    when, entry, resource = one.latest
    low, high = limits_of(resource)
    reference = first_of(resource.get("referenceRange"))
    one.points.sort(key=lambda point: point.when)
    return Result(
        name=one.name,
        value=observed_value(resource, language),
        unit=_unit(resource, language),
        when=when,
        flag=flag_of(resource),
        reference=range_text(reference, language) or text_of(reference.get("text"), 60),
        low=low,
        high=high,
        points=tuple(one.points[-LONGEST_TREND:]),
        entry=entry,
    )


def _urgency(result: Result, place: int, today: date) -> tuple[bool, bool, int]:
    day = as_date(result.when)
    recent = day is not None and (today - day).days <= _RECENT_DAYS
    telling = recent and result.flag not in ("", "negative")
    return (not telling, not recent, place)
