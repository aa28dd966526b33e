"""Administrative divisions (行政区划) as they stand in ID numbers, also those abolished since.

Source: GB/T 2260 through the yearly lists of the Ministry of Civil Affairs, see ``divisions.txt``. A
division is a reason to look twice and never one to refuse: lists end, and counties are renumbered.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

SYNTHETIC: Final = "88"
"""No province has this code: people in it were invented."""

_FOREIGN: Final = "9"
"""Permanent residence cards of foreigners say who they are for, not a county."""
_OPEN: Final = 9999


class DivisionWarning(StrEnum):
    """What is odd about the division in a number."""

    UNKNOWN = "division-unknown"
    ABOLISHED = "division-abolished"


def examine(division_code: str, birth_date: date) -> DivisionWarning | None:
    """What is odd about a number of this division and birth date.

    Args:
        division_code: the six digits a number begins with.
        birth_date: the one in the number; nobody is first registered where there is nothing left.
    """
    if division_code.startswith((SYNTHETIC, _FOREIGN)):
        return None
    last_year = _last_years().get(division_code)
    if last_year is None:
        return DivisionWarning.UNKNOWN
    # The list is of the year's end: what it names last was still there in the year after.
    return DivisionWarning.ABOLISHED if birth_date.year > last_year + 1 else None


def abolished() -> dict[str, int]:
    """The divisions that are no more: code and the year of the last list that had them."""
    return {code: year for code, year in _last_years().items() if year != _OPEN}


def former_names(division_code: str) -> tuple[tuple[str, int], ...]:
    """Names a division bore before its last one, the oldest first, each with the year of the last list.

    Lists are of the end of a year: of one in which a name changed they have the new name.
    """
    return _former_names().get(division_code, ())


def name_on(division_code: str, day: date) -> str:
    """What a division was called then, if it had another name than its last one; else empty."""
    names = former_names(division_code)
    return next((name for name, last_year in names if day.year <= last_year), "")


@cache
def _former_names() -> dict[str, tuple[tuple[str, int], ...]]:
    text = files("openhealthcode.standards").joinpath("division_names.txt").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            code, *names = line.split()
            parted = (name.rpartition("-") for name in names)
            found[code] = tuple((name, int(year)) for name, _, year in parted)
    return found


@cache
def _last_years() -> dict[str, int]:
    text = files("openhealthcode.standards").joinpath("divisions.txt").read_text(encoding="utf-8")
    years = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            prefecture, *counties = line.split()
            for county in counties:
                code, _, year = county.partition("-")
                years[prefecture + code] = int(year or _OPEN)
    return years
