"""Days and moments a search asks for, as half-open ranges that can be united and intersected.

Source: FHIR R4, 3.1.1.4.8 (search by date): a date stands for all the time it covers, so
``ge2026-03`` begins on 1 March and ``lt2026-03`` ends before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from openhealthcode.record.model import Days, Moments

_Point = TypeVar("_Point", date, datetime)
_Range = tuple[_Point | None, _Point | None]

_ASKED: Final = re.compile(
    r"(?P<prefix>eq|ne|gt|ge|lt|le|sa|eb)?"
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?"
)


def days_of(text: str) -> tuple[Days, ...]:
    """The days one value of a date parameter asks for.

    A value with a time is widened to its whole day: entries are found by day, and nothing that
    matches may be missing.

    Raises:
        ValueError: not a FHIR date, or an unknown prefix.
    """
    prefix, start, stop, time = _read(text)
    if time is None:
        return _compared(prefix, start, stop)
    widened = {"gt": "ge", "sa": "ge", "lt": "le", "eb": "le", "ne": "any"}
    return _compared(widened.get(prefix, prefix), start, stop)


def moments_of(text: str) -> tuple[Moments, ...]:
    """The moments one value asks for; without a time zone, UTC is meant.

    Raises:
        ValueError: not a FHIR dateTime, or an unknown prefix.
    """
    prefix, start, stop, time = _read(text)
    if time is None:
        return _compared(prefix, _midnight(start), None if stop is None else _midnight(stop))
    moment = datetime.fromisoformat(f"{start.isoformat()}{time.replace('Z', '+00:00')}")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _compared(prefix, moment, moment + _precision(time))


def unite(ranges: Iterable[_Range[_Point]]) -> tuple[_Range[_Point], ...]:
    """The same time in ranges that neither touch nor overlap, in ascending order."""
    united: list[_Range[_Point]] = []
    for start, stop in sorted(ranges, key=lambda r: (r[0] is not None, r[0])):
        if united and _reaches(united[-1][1], start):
            last = united[-1][1]
            united[-1] = (united[-1][0], None if last is None or stop is None else max(last, stop))
        else:
            united.append((start, stop))
    return tuple(united)


def intersect(
    one: Iterable[_Range[_Point]], other: Iterable[_Range[_Point]]
) -> tuple[_Range[_Point], ...]:
    """The time that is in both."""
    others = list(other)
    both = (_common(a, b) for a in one for b in others)
    return unite(common for common in both if common is not None)


def _common(a: _Range[_Point], b: _Range[_Point]) -> _Range[_Point] | None:
    start = a[0] if b[0] is None else b[0] if a[0] is None else max(a[0], b[0])
    stop = a[1] if b[1] is None else b[1] if a[1] is None else min(a[1], b[1])
    return None if start is not None and stop is not None and start >= stop else (start, stop)


def _reaches(stop: _Point | None, start: _Point | None) -> bool:
    return stop is None or start is None or start <= stop


def _compared(prefix: str, start: _Point, stop: _Point | None) -> tuple[_Range[_Point], ...]:
    before = ((None, start),)
    after = () if stop is None else ((stop, None),)
    meanings: dict[str, tuple[_Range[_Point], ...]] = {
        "eq": ((start, stop),),
        "ne": before + after,
        "gt": after,
        "sa": after,
        "ge": ((start, None),),
        "lt": before,
        "eb": before,
        "le": ((None, stop),),
        "any": ((None, None),),
    }
    return meanings[prefix]


def _read(text: str) -> tuple[str, date, date | None, str | None]:
    """Prefix, the first day meant, the first day no longer meant, and the time if there is one."""
    found = _ASKED.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    year, month, day = (found[name] for name in ("year", "month", "day"))
    start = date(int(year), int(month or 1), int(day or 1))
    return found["prefix"] or "eq", start, _end(start, month, day), found["time"]


def _end(start: date, month: str | None, day: str | None) -> date | None:
    """The day after the last one meant; None at the end of the calendar."""
    try:
        if day is not None:
            return start + timedelta(days=1)
        if month is not None and start.month < 12:
            return start.replace(month=start.month + 1)
        return date(start.year + 1, 1, 1)
    except (OverflowError, ValueError):
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _precision(time: str) -> timedelta:
    """How long the time as written lasts: a minute, a second, a fraction of it."""
    clock = re.split(r"[Z+-]", time, maxsplit=1)[0]
    if "." in clock:
        return timedelta(microseconds=10 ** (6 - len(clock.rpartition(".")[2])))
    return timedelta(seconds=1) if clock.count(":") > 1 else timedelta(minutes=1)
