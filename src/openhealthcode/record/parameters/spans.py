"""Times and quantities as spans, and how a search compares them.

A value stands for all it covers: a day, a month, the numbers that are rounded to it. Instants are
whole nanoseconds, so that the last moment of the year 9999 is one like any other.

Source: FHIR R4, 3.1.1.4.6 (prefixes and implicit precision), 3.1.1.4.8 (date).
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, DecimalException
from math import inf
from typing import Final

from openhealthcode.record.model import Value

Span = tuple[Value, Value]
"""From the first point to the first beyond; both are points of one ordered kind."""

_PREFIX: Final = re.compile(r"(eq|ne|gt|ge|lt|le|sa|eb|ap)?(.*)", re.DOTALL)
_MOMENT: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_SECOND: Final = 10**9
_DAY: Final = 86_400 * _SECOND
_OFFICIAL_OFFSET: Final = 8 * 3600 * _SECOND
"""Where a time has no zone, China's is meant (GB/T 7408 writes it +08:00)."""
_BEFORE, _AT, _AFTER = -1, 0, 1
"""A number, and just before or after it: ``<5`` ends before 5."""


def compared(prefix: str, asked: Span) -> Callable[[Span], bool]:
    """What a span of a resource has to be for this prefix.

    Args:
        prefix: two letters; ``ap`` asks for anything that touches the span, which the caller widens.
        asked: the span of the value searched for.
    """
    low, high = asked
    tests: Mapping[str, Callable[[Span], bool]] = {
        "eq": lambda one: bool(low <= one[0] and one[1] <= high),
        "ne": lambda one: not (low <= one[0] and one[1] <= high),
        "gt": lambda one: bool(one[1] > high),
        "lt": lambda one: bool(one[0] < low),
        "ge": lambda one: bool(one[1] > high or (low <= one[0] and one[1] <= high)),
        "le": lambda one: bool(one[0] < low or (low <= one[0] and one[1] <= high)),
        "sa": lambda one: bool(one[0] >= high),
        "eb": lambda one: bool(one[1] <= low),
        "ap": lambda one: bool(one[0] < high and low < one[1]),
    }
    return tests[prefix]


def split_prefix(text: str) -> tuple[str, str]:
    """The prefix, ``eq`` if there is none, and the rest."""
    found = _PREFIX.fullmatch(text)
    assert found is not None  # noqa: S101 - the pattern takes any text
    return found[1] or "eq", found[2]


def time_asked(text: str) -> tuple[str, Span]:
    """A value of a date parameter; ``ap`` reaches as far again to both sides as the value covers.

    Raises:
        ValueError: not a FHIR date or dateTime.
    """
    prefix, rest = split_prefix(text)
    low, high = span_of_time(rest)
    return prefix, (low - (high - low), high + (high - low)) if prefix == "ap" else (low, high)


def span_of_time(text: str) -> Span:
    """All the time a date or dateTime covers, as written.

    Raises:
        ValueError: not a FHIR date or dateTime.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    year, month, day = (int(found[name] or 0) for name in ("year", "month", "day"))
    first = date(year, month or 1, day or 1).toordinal() * _DAY
    if found["hour"] is None:
        days = 1 if day else _days_in(year, month)
        return first - _OFFICIAL_OFFSET, first + days * _DAY - _OFFICIAL_OFFSET
    seconds, lasts = _clock(found)
    start = first + seconds - _offset(found["zone"])
    return start, start + lasts


def times_in(value: object) -> list[Span]:
    """The spans of time of a date, dateTime, Period or Timing; none for anything else."""
    if isinstance(value, str):
        try:
            return [span_of_time(value)]
        except ValueError:
            return []
    if not isinstance(value, dict):
        return []
    repeated = value.get("repeat")
    bounds = repeated.get("boundsPeriod") if isinstance(repeated, dict) else value
    spans = [span for each in value.get("event", ()) for span in times_in(each)]
    if isinstance(bounds, dict) and ("start" in bounds or "end" in bounds):
        starts = times_in(bounds["start"]) if "start" in bounds else [(-inf, inf)]
        ends = times_in(bounds["end"]) if "end" in bounds else [(-inf, inf)]
        spans += [(start[0], end[1]) for start in starts for end in ends]
    return [(min(low for low, _ in spans), max(high for _, high in spans))] if spans else []


def number_asked(text: str) -> tuple[str, Span]:
    """A value of a quantity: with ``eq`` and ``ne`` the numbers rounded to it, else itself.

    Raises:
        ValueError: not a number of ordinary size.
    """
    prefix, rest = split_prefix(text)
    if not _NUMBER.fullmatch(rest):
        raise ValueError("not a number")
    number = Decimal(rest)
    if prefix in {"eq", "ne"}:
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)  # noqa: S101 - neither infinite nor none
        half = Decimal(5).scaleb(exponent - 1)
        return prefix, ((number - half, _BEFORE), (number + half, _BEFORE))
    if prefix == "ap":
        margin = abs(number) / 10
        return prefix, ((number - margin, _BEFORE), (number + margin, _AFTER))
    return prefix, ((number, _AT), (number, _AT))


def numbers_in(value: Value) -> list[Span]:
    """The spans of a Quantity, or of a Range as one; none for anything else."""
    if not isinstance(value, dict):
        return []
    if "low" in value or "high" in value:
        low, high = decimal_of(value.get("low")), decimal_of(value.get("high"))
        least, most = low or Decimal("-Infinity"), high or Decimal("Infinity")
        return [((least if low is None else low, _AT), (most if high is None else high, _AT))]
    number = decimal_of(value)
    if number is None:
        return []
    comparator = value.get("comparator", "")
    low_end: Value = (number, _AFTER if comparator == ">" else _AT)
    high_end: Value = (number, _BEFORE if comparator == "<" else _AT)
    if comparator in {"<", "<="}:
        low_end = (Decimal("-Infinity"), _AT)
    elif comparator in {">", ">="}:
        high_end = (Decimal("Infinity"), _AT)
    return [(low_end, high_end)]


def number_test(prefix: str, asked: Span) -> Callable[[Span], bool]:
    """As ``compared``, where points have no extent of their own: ``sa`` and ``eb`` are strict."""
    low, high = asked
    if prefix == "sa":
        return lambda one: bool(one[0] > high)
    if prefix == "eb":
        return lambda one: bool(one[1] < low)
    if prefix == "ge":
        return lambda one: bool(one[1] >= low)
    if prefix == "le":
        return lambda one: bool(one[0] <= high)
    return compared(prefix, asked)


def decimal_of(quantity: Value) -> Decimal | None:
    """The number of a quantity, exactly as written."""
    value = quantity.get("value") if isinstance(quantity, dict) else None
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except DecimalException:
        return None


def _days_in(year: int, month: int) -> int:
    return monthrange(year, month)[1] if month else 365 + isleap(year)


def _clock(found: re.Match[str]) -> tuple[int, int]:
    """Nanoseconds since midnight, and how long the time as written lasts."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("not a time")
    fraction = found["fraction"] or ""
    lasts = 60 * _SECOND if found["second"] is None else 10 ** (9 - len(fraction))
    start = (hour * 3600 + minute * 60 + second) * _SECOND + int((fraction + "0" * 9)[:9])
    return start, lasts


def _offset(zone: str | None) -> int:
    if zone is None:
        return _OFFICIAL_OFFSET
    if zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
    return (seconds if zone[0] == "+" else -seconds) * _SECOND
