"""Read the search parameters of FHIR R4 as far as this release searches: inside one resident.

Nothing is ignored: a filter left out would show more than was asked for, so a parameter that is
not understood refuses the search.

Source: FHIR R4, 3.1.1 (search), 3.1.1.4.8 (date), 3.1.1.4.10 (token).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Final, TypeVar

from openhealthcode.record.describe import UNNAMED_SYSTEM
from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import USUAL_PAGE, Order, Search
from openhealthcode.record.periods import days_of, intersect, moments_of, unite
from openhealthcode.standards import HealthCodeError

LARGEST_PAGE: Final = 200
_MOST_PARAMETERS: Final = 32
_MOST_ALTERNATIVES: Final = 64
_MOST_CODE_CONDITIONS: Final = 4
_LONGEST_VALUE: Final = 2000
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_BETWEEN_ALTERNATIVES: Final = re.compile(r"(?<!\\),")
_BETWEEN_SYSTEM_AND_CODE: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([\\,|$])")

_Point = TypeVar("_Point", date, datetime)
_Ranges = tuple[tuple[_Point | None, _Point | None], ...]
_Asked = dict[str, list[str]]


class SearchNotUnderstood(HealthCodeError):
    """The search cannot be carried out as asked, and nothing is shown instead."""

    code = "search-not-understood"


def search_parameters(type_: str) -> dict[str, str]:
    """What entries of a type can be searched by: parameter → FHIR search type."""
    kind = KINDS[type_]
    names = {"_id": "token", "_lastUpdated": "date"}
    if type_ != "Patient":
        names["patient"] = "reference"
    if kind.patient == "subject":
        names["subject"] = "reference"
    if kind.days:
        names |= {"date": "date", kind.date_parameter: "date"}
    return names | {parameter: "token" for parameter, _ in kind.codes}


def read_search(type_: str, parameters: Iterable[tuple[str, str]]) -> Search:
    """Understand a search of one resource type, or refuse it.

    Args:
        type_: a type in ``KINDS``.
        parameters: names and values as sent; a name may occur more than once, all must hold.

    Raises:
        SearchNotUnderstood: no or several residents, an unknown parameter, modifier or prefix.
    """
    kinds = search_parameters(type_)
    asked = _asked(kinds, parameters)
    ids = _ids(asked)
    return Search(
        patient=_patient(asked, ids if type_ == "Patient" else frozenset()),
        type=type_,
        ids=ids,
        tokens=_token_groups(asked, kinds),
        days=_ranges(days_of, asked, {"date", KINDS[type_].date_parameter}),
        filed=_ranges(moments_of, asked, ["_lastUpdated"]),
        order=_order(asked, KINDS[type_].date_parameter),
        count=_count(asked),
    )


def _asked(kinds: dict[str, str], parameters: Iterable[tuple[str, str]]) -> _Asked:
    asked: _Asked = {}
    known = (*kinds, "_sort", "_count")
    for number, (name, value) in enumerate(parameters):
        if number >= _MOST_PARAMETERS:
            raise SearchNotUnderstood("there are too many search parameters")
        base, _, modifier = name.partition(":")
        if base not in known:
            raise SearchNotUnderstood(f"supported parameters are {', '.join(sorted(known))}")
        if modifier and not (modifier == "Patient" and kinds.get(base) == "reference"):
            raise SearchNotUnderstood(f"{base} is supported without modifier only")
        if not value or len(value) > _LONGEST_VALUE:
            raise SearchNotUnderstood(f"the value of {base} is empty or too long")
        asked.setdefault(base, []).append(value)
    return asked


def _patient(asked: _Asked, ids: frozenset[str]) -> str:
    """The one resident the search stays inside."""
    values = asked.get("patient", []) + asked.get("subject", [])
    named = {value.rpartition("Patient/")[2] for value in values} | ids
    if len(named) != 1:
        raise SearchNotUnderstood("name exactly one resident by patient (for Patient, by _id)")
    (patient,) = named
    return _checked_id(patient)


def _ids(asked: _Asked) -> frozenset[str]:
    groups = [frozenset(map(_checked_id, _alternatives(value))) for value in asked.get("_id", ())]
    if len(groups) > 1:
        raise SearchNotUnderstood("_id may occur once, with alternatives")
    return groups[0] if groups else frozenset()


def _checked_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise SearchNotUnderstood("an id has 1 to 64 letters, digits, '-' and '.'")
    return text


def _token_groups(asked: _Asked, kinds: dict[str, str]) -> tuple[frozenset[str], ...]:
    groups = tuple(
        frozenset(_key(name, one) for one in _alternatives(value))
        for name, values in asked.items()
        if kinds.get(name) == "token" and name != "_id"
        for value in values
    )
    if len(groups) > _MOST_CODE_CONDITIONS:
        raise SearchNotUnderstood("at most four conditions on codes can be combined")
    return groups


def _key(name: str, value: str) -> str:
    """The key under which ``code``, ``system|code``, ``|code`` or ``system|`` is found."""
    parts = [_ESCAPED.sub(r"\1", part) for part in _BETWEEN_SYSTEM_AND_CODE.split(value)]
    if len(parts) > 2 or not any(parts):
        raise SearchNotUnderstood(f"the value of {name} is not a code")
    if len(parts) == 1:
        return f"{name}||{parts[0]}"
    return f"{name}|{parts[0] or UNNAMED_SYSTEM}|{parts[1]}"


def _ranges(
    read: Callable[[str], _Ranges[_Point]], asked: _Asked, names: Iterable[str]
) -> _Ranges[_Point] | None:
    found: _Ranges[_Point] | None = None
    for value in (value for name in names for value in asked.get(name, ())):
        try:
            ranges = unite(one for text in _alternatives(value) for one in read(text))
        except (ValueError, OverflowError):
            raise SearchNotUnderstood("a date is not written as FHIR writes dates") from None
        found = ranges if found is None else intersect(found, ranges)
    return found


def _order(asked: _Asked, date_parameter: str) -> Order:
    values = asked.get("_sort", ["-date"])
    text = values[0].replace(date_parameter, "date")
    if len(values) > 1 or text not in set(Order):
        raise SearchNotUnderstood("_sort is one of " + ", ".join(Order))
    return Order(text)


def _count(asked: _Asked) -> int:
    values = asked.get("_count", [])
    if not values:
        return USUAL_PAGE
    if len(values) > 1 or not re.fullmatch(r"0*[1-9]\d{0,8}", values[0], re.ASCII):
        raise SearchNotUnderstood("_count is a whole number, at least 1")
    return min(int(values[0]), LARGEST_PAGE)


def _alternatives(value: str) -> Iterator[str]:
    parts = _BETWEEN_ALTERNATIVES.split(value)
    if len(parts) > _MOST_ALTERNATIVES:
        raise SearchNotUnderstood("a parameter has too many alternatives")
    yield from parts
