"""Laws of the short code: read aloud, typed, mistyped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.healthcode import UnreadableCode, short

NUMBERS = st.integers(0, 10**19 - 1)


@given(NUMBERS)
def test_a_short_code_has_one_text(number):
    text = short.written(number)
    assert (len(text), text[:3]) == (24, "855")
    assert short.read(text) == f"{number:019}"


@given(NUMBERS, st.integers(0, 23), st.integers(1, 9))
def test_any_one_wrong_digit_is_found(number, place, difference):
    text = short.written(number)
    wrong = str((int(text[place]) + difference) % 10)
    with pytest.raises(UnreadableCode):
        short.read(text[:place] + wrong + text[place + 1 :])


@given(NUMBERS, st.integers(0, 22))
def test_any_two_digits_that_changed_places_are_found(number, place):
    text = short.written(number)
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        with pytest.raises(UnreadableCode):
            short.read(swapped)


@given(NUMBERS)
def test_no_check_digits_but_those_written_are_read(number):
    text = short.written(number)
    read = []
    for check in range(100):
        try:
            short.read(f"{text[:-2]}{check:02}")
            read.append(f"{check:02}")
        except UnreadableCode:
            pass
    assert read == [text[-2:]]


def test_codes_drawn_differ_and_are_read_aloud_in_fours():
    drawn = {short.draw() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(short.read(one) for one in drawn)
    assert short.grouped("855012345678901234567890") == "8550 1234 5678 9012 3456 7890"


def test_a_number_of_twenty_digits_is_none():
    with pytest.raises(ValueError, match="nineteen"):
        short.written(10**19)


@pytest.mark.parametrize("text", ["", "855", "8" * 24, "85512345678901234567890a", "８" * 24])
def test_what_is_no_short_code_is_refused(text):
    with pytest.raises(UnreadableCode):
        short.read(text)
