"""Read a search of FHIR R4 as far as this release searches: inside one resident.

What the store decides by itself, by keyed tokens, ids and the moment of filing, is told apart from
what it takes an opened entry to know. A parameter that is not known is left out and said to be, or
refuses the search, as whoever asks prefers; one that is known and wrong always refuses it.

Source: FHIR R4, 3.1.1 (search), 3.1.1.3 (handling errors), 3.1.1.4.8 (date), 3.1.1.4.10 (token).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Final, TypeVar

from openhealthcode.record.describe import UNNAMED_SYSTEM
from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import (
    USUAL_PAGE,
    Condition,
    Days,
    Include,
    Moments,
    Order,
    Search,
    SortKey,
)
from openhealthcode.record.parameters.include import INCLUDES, read_include
from openhealthcode.record.parameters.read import (
    LONGEST_VALUE,
    Reading,
    SearchNotUnderstood,
    UnknownParameter,
    alternatives,
    parameter_of,
    read_condition,
)
from openhealthcode.record.parameters.table import PARAMETERS
from openhealthcode.record.parameters.values import Codes, split_token
from openhealthcode.record.periods import days_of, intersect, moments_of, unite
from openhealthcode.record.structure import STRUCTURES

LARGEST_PAGE: Final = 200
_MOST_PARAMETERS: Final = 32
_MOST_CODE_CONDITIONS: Final = 4
_MOST_SORT_KEYS: Final = 3
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TOTALS: Final = frozenset({"none", "estimate", "accurate"})
_BY_MOMENT: Final = {"_lastUpdated": Order.FILED_FIRST, "-_lastUpdated": Order.FILED_LAST}

_Point = TypeVar("_Point", date, datetime)
_Ranges = tuple[tuple[_Point | None, _Point | None], ...]


class ContradictorySearch(SearchNotUnderstood):
    """The search asks for what no entry can be."""

    code = "search-not-understood"


@dataclass(slots=True)
class _Asked:
    """A search while it is read."""

    type: str
    reading: Reading
    residents: set[str] = field(default_factory=set)
    ids: frozenset[str] | None = None
    tokens: list[frozenset[str]] = field(default_factory=list)
    days: tuple[Days, ...] | None = None
    filed: tuple[Moments, ...] | None = None
    conditions: list[Condition] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)
    order: Order = Order.NEWEST
    sort: tuple[SortKey, ...] = ()


def search_parameters(type_: str) -> dict[str, str]:
    """What entries of a type can be searched by: parameter → FHIR search type."""
    kind = KINDS[type_]
    names = {"_id": "token", "_lastUpdated": "date"}
    if type_ != "Patient":
        names["patient"] = "reference"
    if kind.days:
        names["date"] = "date"
    names |= {parameter: "token" for parameter, _ in kind.codes}
    return names | {name: one.type for name, one in PARAMETERS[type_].items()}


def read_search(
    type_: str,
    parameters: Iterable[tuple[str, str]],
    *,
    is_strict: bool = True,
    value_sets: Mapping[str, Codes] | None = None,
) -> Search:
    """Understand a search of one resource type, or refuse it.

    Args:
        type_: a type in ``KINDS``.
        parameters: names and values as sent; a name may occur more than once, all must hold.
        is_strict: whether a parameter that is not known refuses the search.
        value_sets: the codes of those that ``:in`` and ``:not-in`` name, by their URL.

    Raises:
        ContradictorySearch: several residents.
        SearchNotUnderstood: no resident, a modifier, prefix or value that is not understood, and an
            unknown parameter if strict.
    """
    asked = _Asked(type_, Reading(value_sets or {}))
    ignored = []
    for place, (name, value) in enumerate(parameters, start=1):
        if place > _MOST_PARAMETERS:
            raise SearchNotUnderstood("there are too many search parameters")
        if not value or len(value) > LONGEST_VALUE:
            raise SearchNotUnderstood("the value of a parameter is empty or too long")
        try:
            _read(asked, name, value)
        except UnknownParameter:
            if is_strict:
                known = ", ".join(sorted(search_parameters(type_)))
                raise SearchNotUnderstood(f"supported parameters are {known}") from None
            ignored.append(place)
    return _search(asked, tuple(ignored))


def _search(asked: _Asked, ignored: tuple[int, ...]) -> Search:
    return Search(
        patient=_patient(asked),
        type=asked.type,
        ids=asked.ids or frozenset(),
        tokens=tuple(asked.tokens),
        days=asked.days,
        filed=asked.filed,
        order=asked.order,
        count=_count(asked.controls.get("_count")),
        conditions=tuple(asked.conditions),
        sort=asked.sort,
        includes=tuple(asked.includes),
        is_counted=asked.controls.get("_total") != "none",
        ignored=ignored,
    )


def _read(asked: _Asked, name: str, value: str) -> None:
    """One parameter, put where it is decided."""
    base = name.partition(":")[0]
    if name in {"_sort", "_count", "_total"}:
        _control(asked, name, value)
    elif base in INCLUDES:
        asked.includes.append(read_include(asked.type, name, value))
    elif _names_the_resident(asked.type, name, value):
        asked.residents.add(_checked_id(value.rpartition("Patient/")[2]))
    elif name == "_id":
        _add_ids(asked, value)
    elif not _is_decided_by_the_store(asked, name, value):
        asked.conditions.append(read_condition(asked.type, name, value, asked.reading))


def _control(asked: _Asked, name: str, value: str) -> None:
    if name in asked.controls:
        raise SearchNotUnderstood(f"{name} may occur once")
    if name == "_total" and value not in _TOTALS:
        raise SearchNotUnderstood("_total is one of " + ", ".join(sorted(_TOTALS)))
    asked.controls[name] = value
    if name == "_sort":
        order = _order(asked.type, value)
        asked.order = order or asked.order
        asked.sort = () if order else _sort(asked.type, value)


def _names_the_resident(type_: str, name: str, value: str) -> bool:
    """Whether a parameter says whose record it is, rather than what is in an entry."""
    base, _, modifier = name.partition(":")
    if modifier not in {"", "Patient"} or type_ == "Patient":
        return False
    if base == "patient":
        return True
    is_about_somebody_else = "/" in value and "Patient/" not in value
    return base == "subject" and KINDS[type_].patient == "subject" and not is_about_somebody_else


def _patient(asked: _Asked) -> str:
    """The one resident the search stays inside."""
    named = asked.residents | (asked.ids or frozenset() if asked.type == "Patient" else frozenset())
    if len(named) > 1:
        raise ContradictorySearch("several residents are named, and no entry is of two")
    if not named:
        raise SearchNotUnderstood("name exactly one resident by patient (for Patient, by _id)")
    (patient,) = named
    return patient


def _add_ids(asked: _Asked, value: str) -> None:
    if asked.ids is not None:
        raise SearchNotUnderstood("_id may occur once, with alternatives")
    asked.ids = frozenset(map(_checked_id, alternatives(value)))


def _checked_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise SearchNotUnderstood("an id has 1 to 64 letters, digits, '-' and '.'")
    return text


def _is_decided_by_the_store(asked: _Asked, name: str, value: str) -> bool:
    """Take over what tokens, days or the moment of filing decide to the letter."""
    if name == "_lastUpdated" and "ap" not in value:
        asked.filed = _both(asked.filed, _ranges(moments_of, value))
    elif name == "date" and "date" not in PARAMETERS[asked.type] and KINDS[asked.type].days:
        asked.days = _both(asked.days, _ranges(days_of, value))
    elif name in _decided_by_tokens(asked.type) and len(asked.tokens) < _MOST_CODE_CONDITIONS:
        texts = alternatives(value)
        if name in _bare_codes(asked.type) and any(len(split_token(each)) > 1 for each in texts):
            return False
        asked.tokens.append(frozenset(_key(name, each) for each in texts))
    else:
        return False
    return True


@cache
def _decided_by_tokens(type_: str) -> frozenset[str]:
    """The parameters whose every value is among the tokens of an entry."""
    return frozenset(
        name
        for name, path in KINDS[type_].codes
        if name not in PARAMETERS[type_]
        or [each.names for each in PARAMETERS[type_][name].paths] == [tuple(path.split("."))]
    )


@cache
def _bare_codes(type_: str) -> frozenset[str]:
    """Those among them that hold codes without a system, whose system R4 implies."""
    rules = STRUCTURES[type_].rules
    return frozenset(
        name for name, path in KINDS[type_].codes if path in rules and rules[path].test is not None
    )


def _key(name: str, value: str) -> str:
    """The key under which ``code``, ``system|code``, ``|code`` or ``system|`` is found."""
    parts = split_token(value)
    if len(parts) > 2 or not any(parts):
        raise SearchNotUnderstood(f"the value of {name} is not a code")
    if len(parts) == 1:
        return f"{name}||{parts[0]}"
    return f"{name}|{parts[0] or UNNAMED_SYSTEM}|{parts[1]}"


def _ranges(read: Callable[[str], _Ranges[_Point]], value: str) -> _Ranges[_Point]:
    try:
        return unite(one for text in alternatives(value) for one in read(text))
    except (ValueError, OverflowError):
        raise SearchNotUnderstood("a date is not written as FHIR writes dates") from None


def _both(one: _Ranges[_Point] | None, other: _Ranges[_Point]) -> _Ranges[_Point]:
    return other if one is None else intersect(one, other)


def _order(type_: str, text: str) -> Order | None:
    """The order the store's own columns give; None if it takes the entries themselves."""
    if text in _BY_MOMENT:
        return _BY_MOMENT[text]
    by_day = {"date", KINDS[type_].date_parameter} if KINDS[type_].days else {"date"}
    if text.removeprefix("-") in by_day:
        return Order.NEWEST if text.startswith("-") else Order.OLDEST
    return None


def _sort(type_: str, text: str) -> tuple[SortKey, ...]:
    names = text.split(",")
    if len(names) > _MOST_SORT_KEYS:
        raise SearchNotUnderstood("at most three parameters can be sorted by")
    keys = []
    for name in names:
        parameter = parameter_of(type_, _sorted_by(type_, name.removeprefix("-")))
        if parameter.type == "composite":
            raise SearchNotUnderstood("a composite has no order")
        keys.append(SortKey(parameter, name.startswith("-")))
    return tuple(keys)


def _sorted_by(type_: str, name: str) -> str:
    """R4's own name of our ``date``."""
    has_own = name != "date" or name in PARAMETERS[type_]
    return name if has_own else KINDS[type_].date_parameter


def _count(text: str | None) -> int:
    if text is None:
        return USUAL_PAGE
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise SearchNotUnderstood("_count is a whole number")
    return min(int(text), LARGEST_PAGE)
