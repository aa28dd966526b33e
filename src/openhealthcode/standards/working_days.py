"""Working days (工作日): neither weekend nor statutory holiday, or a weekend day worked for one.

The State Council publishes the days of a year in the autumn before. Of years that were not yet
published when this was released only weekends are known.

Source: Measures for Annual Holidays and Memorial Days (全国年节及纪念日放假办法, 2024); the yearly
notices named in ``working_days.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from openhealthcode.standards.official_time import day_of

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


def _between(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * number for number in range((last - first).days + 1))


def _published() -> dict[str, Any]:
    text = files("openhealthcode.standards").joinpath("working_days.toml").read_text("utf-8")
    return tomllib.loads(text)


_YEARS: Final = _published()
_OFF: Final = frozenset(
    day for year in _YEARS.values() for span in year["off"] for day in _between(*span)
)
_WORKED: Final = frozenset(day for year in _YEARS.values() for day in year["worked"])

PUBLISHED_YEARS: Final = frozenset(map(int, _YEARS))
"""Years whose holidays are known; of all others only weekends are."""


def is_working_day(day: date) -> bool:
    """Whether offices are open on a day."""
    if day in _OFF:
        return False
    return day.weekday() < _SATURDAY or day in _WORKED


def working_days_after(at: datetime, days: int) -> datetime:
    """The same time of day so many working days later, by the official time."""
    while days:
        at += _DAY
        days -= is_working_day(day_of(at))
    return at
