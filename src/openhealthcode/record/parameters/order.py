"""In which order results stand: by several parameters, what has no value always last.

Source: FHIR R4, 3.1.1.5.1 (_sort).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Final

from openhealthcode.record.model import Parameter, Resource, SortKey
from openhealthcode.record.parameters.paths import values_at
from openhealthcode.record.parameters.spans import decimal_of, times_in
from openhealthcode.record.parameters.values import tokens_in
from openhealthcode.record.parameters.words import folded, words_in

Place = tuple[float | str | None, ...]
"""Where an entry stands by each parameter; texts by their beginning, so that a place is short."""

_BEGINNING: Final = 40
_NANOSECONDS: Final = 1000


def place_in(resource: Resource, sort: Iterable[SortKey]) -> Place:
    """Where a resource stands: by its smallest value, or by its largest if that comes first."""
    return tuple(
        (max if key.is_descending else min)(_values(resource, key.parameter), default=None)
        for key in sort
    )


def arranged(
    items: Iterable[tuple[Place, int]], descending: Sequence[bool]
) -> list[tuple[Place, int]]:
    """Places with the number of what stands there, in order; numbers break ties."""
    ordered = sorted(items, key=lambda item: item[1], reverse=descending[0])
    for at, is_descending in reversed(list(enumerate(descending))):
        # What has no value is last either way round.
        ordered.sort(
            key=lambda item: _key(item[0][at], is_last_first=is_descending), reverse=is_descending
        )
    return ordered


def _key(value: float | str | None, *, is_last_first: bool) -> tuple[bool, float | str]:
    return ((value is None) is not is_last_first, 0 if value is None else value)


def _values(resource: Resource, parameter: Parameter) -> list[float | str]:
    found: list[float | str] = []
    for value, path in values_at(resource, parameter):
        if parameter.type == "date":
            points = (p for span in times_in(value) for p in span if isfinite(p))
            found += [point // _NANOSECONDS for point in list(points)[:1]]
        elif parameter.type == "quantity":
            number = decimal_of(value)
            found += [] if number is None else [float(number)]
        elif parameter.type == "string":
            found += [folded(each)[:_BEGINNING] for each in words_in(value)]
        elif parameter.type == "token":
            found += [code[:_BEGINNING] for _, code in tokens_in(value, path) if code]
        else:
            text = value.get("reference") if isinstance(value, dict) else value
            found += [str(text)[:_BEGINNING]] if text else []
    return found
