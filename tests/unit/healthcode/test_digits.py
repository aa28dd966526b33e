"""The digits of a native code: lengths, check digit, and one text for each code."""

from __future__ import annotations

import pytest

from openhealthcode.healthcode import UnreadableCode
from openhealthcode.healthcode.digits import CodeType, check_digit, decode, encode


@pytest.mark.parametrize(
    ("size_bytes", "digits"), [(33, 85), (203, 497), (96, 238), (7, 21), (1, 7), (6, 19)]
)
def test_a_code_of_so_many_bytes_has_so_many_digits(size_bytes, digits):
    assert len(encode(CodeType.PRINTED, bytes(size_bytes))) == digits


@pytest.mark.parametrize("digits", ["", "851", "85", "85x", "8512 34567", "851" + "0" * 81])
def test_an_impossible_length_or_character_is_refused(digits):
    with pytest.raises(UnreadableCode):
        decode(digits, CodeType.ONLINE)


def test_full_width_digits_are_not_digits_to_the_strict_decoder():
    text = encode(CodeType.ONLINE, bytes(33))
    with pytest.raises(UnreadableCode, match="digits only"):
        decode(text.replace("8", "８"), CodeType.ONLINE)


def test_a_code_of_another_type_is_refused():
    with pytest.raises(UnreadableCode, match="another type"):
        decode(encode(CodeType.PRINTED, bytes(33)), CodeType.ONLINE)


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_a_number_too_great_for_its_chunk_is_refused(chunk):
    text = encode(CodeType.ONLINE, bytes(33))
    body = text[4:]
    wide = body[: chunk * 17] + "9" * len(body[chunk * 17 :][:17]) + body[chunk * 17 + 17 :]
    forged = f"851{check_digit('851' + wide)}{wide}"
    with pytest.raises(UnreadableCode, match="no bytes"):
        decode(forged, CodeType.ONLINE)


def test_two_digits_at_a_time_come_to_the_same_as_one_at_a_time():
    for length in range(9):
        digits = "3141592653"[:length]
        product = 10
        for digit in digits:
            product = ((product + int(digit)) % 10 or 10) * 2 % 11
        assert (product + int(check_digit(digits))) % 10 == 1
