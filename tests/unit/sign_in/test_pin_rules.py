"""Which digits may be a PIN."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.sign_in.pin.model import MOST_WRONG, WAITS
from openhealthcode.sign_in.pin.rules import digits_of, is_suitable


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("480271", "480271"),
        (" 480 271 ", "480271"),
        ("４８０２７１", "480271"),  # full width, as Chinese keyboards write
        ("48027", None),
        ("4802711", None),
        ("48027a", None),
        ("٤٨٠٢٧١", None),  # digits of another script are no keys of the pad
        ("", None),
        ("4" * 10_000, None),
    ],
)
def test_six_digits_are_read_however_they_are_spaced(typed, digits):
    assert digits_of(typed) == digits


@pytest.mark.parametrize(
    "digits",
    [
        "000000",
        "888888",
        "123456",
        "654321",
        "345678",
        "567890",
        "121212",
        "520520",
        "590418",  # born on 18 April 1959, in each order
        "180459",
        "041859",
        "000229",  # a leap day
    ],
)
def test_what_a_relative_would_try_first_is_no_pin(digits):
    assert not is_suitable(digits)


@pytest.mark.parametrize("digits", ["480271", "739105", "990230", "136913", "802580"])
def test_others_are(digits):
    assert is_suitable(digits)


@given(st.dates())
def test_no_birthday_is_a_pin(day):
    assert not is_suitable(f"{day:%y%m%d}")
    assert not is_suitable(f"{day:%d%m%y}")
    assert not is_suitable(f"{day:%m%d%y}")


def test_enough_is_left_to_choose_from():
    suitable = sum(is_suitable(f"{number:06d}") for number in range(0, 10**6, 7))
    assert suitable > 0.85 * 10**6 / 7


def test_guessing_is_hopeless():
    """A dozen tries in the life of a PIN, and longer waits after each in a row."""
    assert MOST_WRONG / 10**6 < 0.00002
    assert list(WAITS) == sorted(WAITS)
