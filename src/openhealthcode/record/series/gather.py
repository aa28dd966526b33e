"""Gathers observations into series. Pure.

Two readings are comparable when they have the same code and the same unit. Without a code the name
as written takes its place; a laboratory that reports in another unit begins a series of its own,
since what its numbers mean beside the others is not for a page to work out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from openhealthcode.record.plain.concept import codes_of, name_of
from openhealthcode.record.plain.dates import when_of
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
from openhealthcode.record.series.model import Place, Reading, Series

_VOID: Final = frozenset({"cancelled", "entered-in-error"})
_INHERITED: Final = (
    "resourceType", "status", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued",
)  # fmt: skip
_LOINC: Final = "http://loinc.org"

_Key = tuple[str, str, str]
"""System, code (or name) and unit."""


def series_of(resources: Sequence[Json], language: Language) -> tuple[Series, ...]:
    """Every series in these resources, the one with the newest reading first.

    What was cancelled or entered in error is in none, nor what has no value.
    """
    gathered: dict[_Key, list[tuple[Reading, str]]] = {}
    units: dict[_Key, str] = {}
    for place, measured in _measured(resources):
        text = observed_value(measured, language)
        name = name_of(measured.get("code"), language)
        if text and name:
            key = _key(measured, name)
            reading = _reading(place, measured, text, language)
            gathered.setdefault(key, []).append((reading, name))
            units.setdefault(key, _unit(measured, language))
    found = [_series(key, pairs, units[key]) for key, pairs in gathered.items()]
    found.sort(key=lambda one: one.name)
    return tuple(sorted(found, key=lambda one: one.latest.when, reverse=True))


def part_of(series: Sequence[Series], place: Place) -> Series | None:
    """The series that holds the reading of this place."""
    return next(
        (one for one in series if any(reading.place == place for reading in one.readings)), None
    )


def _measured(resources: Sequence[Json]) -> Iterator[tuple[Place, Json]]:
    for entry, resource in enumerate(resources):
        if resource.get("resourceType") != "Observation" or str(resource.get("status")) in _VOID:
            continue
        if "component" not in resource or blood_pressure(resource) is not None:
            yield Place(entry, 0), resource
            continue
        shared = {key: resource[key] for key in _INHERITED if key in resource}
        for part, component in enumerate(mappings_of(resource["component"]), 1):
            yield Place(entry, part), shared | component


def _key(measured: Json, name: str) -> _Key:
    codes = list(codes_of(measured.get("code")))
    # One laboratory writes its own code first, another LOINC's: LOINC is what they share.
    system, code = next(
        (one for one in codes if one[0] == _LOINC), codes[0] if codes else ("", name)
    )
    quantity = mapping_of(measured.get("valueQuantity"))
    unit = quantity.get("code") or quantity.get("unit")
    return system, code, str(unit or ("mm[Hg]" if "component" in measured else ""))


def _unit(measured: Json, language: Language) -> str:
    if "component" in measured:
        return "mmHg"
    return unit_text(mapping_of(measured.get("valueQuantity")), language)


def _reading(place: Place, measured: Json, text: str, language: Language) -> Reading:
    pressure = blood_pressure(measured)
    quantity = mapping_of(measured.get("valueQuantity"))
    value = None if "comparator" in quantity else number_of(quantity.get("value"))
    reference = first_of(measured.get("referenceRange"))
    low, high = limits_of(measured)
    return Reading(
        when=when_of(measured),
        text=text,
        value=pressure[0] if pressure else value,
        second=pressure[1] if pressure else None,
        flag=flag_of(measured),
        reference=range_text(reference, language) or text_of(reference.get("text"), 60),
        low=low,
        high=high,
        place=place,
    )


def _series(key: _Key, pairs: list[tuple[Reading, str]], unit: str) -> Series:
    pairs.sort(key=lambda pair: (pair[0].when, pair[0].place))
    return Series(pairs[-1][1], unit if key[2] else "", tuple(reading for reading, _ in pairs))
