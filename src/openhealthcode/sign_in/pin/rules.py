"""Which digits may be a PIN. Pure."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Final

DIGITS: Final = 6
_LONGEST: Final = 32
_RUNS: Final = ("01234567890", "09876543210")


def digits_of(typed: str) -> str | None:
    """The six digits that were typed, however wide or spaced; ``None`` for anything else."""
    digits = "".join(unicodedata.normalize("NFKC", typed[:_LONGEST]).split())
    is_pin = len(digits) == DIGITS and digits.isascii() and digits.isdigit()
    return digits if is_pin else None


def is_suitable(digits: str) -> bool:
    """Whether somebody who knows the person would still have to guess.

    No run up or down, no pattern of one, two or three digits repeated, and no date in the orders
    people write dates: a birthday is the first thing a relative tries.
    """
    if any(digits in run for run in _RUNS):
        return False
    if any(digits == digits[:length] * (DIGITS // length) for length in (1, 2, 3)):
        return False
    pairs = [int(digits[start : start + 2]) for start in (0, 2, 4)]
    return not any(_is_date(*(pairs[place] for place in order)) for order in _DATE_ORDERS)


_DATE_ORDERS: Final = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
"""Where year, month and day stand: 590418, 180459, 041859."""


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True
