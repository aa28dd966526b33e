"""Laws of check characters, and of texts that nobody thought of."""

from __future__ import annotations

import string
from collections.abc import Callable
from contextlib import suppress
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CreditCode,
    HealthCodeError,
    NationalId,
    NotACreditCode,
    NotANationalId,
    Phone,
)
from openhealthcode.standards.credit_code import credit_check_character
from openhealthcode.standards.national_id import check_character

bodies = st.builds(
    lambda division, born, sequence: f"{division:06}{born:%Y%m%d}{sequence:03}",
    st.integers(0, 999_999),
    st.dates(date(1000, 1, 1), date(2999, 12, 31)),
    st.integers(0, 999),
)
numbers = bodies.map(lambda body: body + check_character(body))
credit_codes = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17).map(
    lambda body: body + credit_check_character(body)
)


@given(numbers)
def test_every_number_with_its_check_is_read_back(number):
    parsed = NationalId.parse(number)
    assert parsed.number == number
    assert parsed.division_code == number[:6]


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, by):
    """ISO 7064 MOD 11-2 finds every single substitution."""
    wrong = str((int(number[place]) + by) % 10)
    altered = number[:place] + wrong + number[place + 1 :]
    with suppress(NotANationalId):
        NationalId.parse(altered)
        raise AssertionError("a wrong digit passed")


@given(numbers, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_found(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with suppress(NotANationalId):
            NationalId.parse(swapped)
            raise AssertionError("an exchange passed")


@given(credit_codes, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_always_found(code, place, other):
    assert CreditCode.parse(code.lower()).text == code
    altered = code[:place] + other + code[place + 1 :]
    if altered != code:
        with suppress(NotACreditCode):
            CreditCode.parse(altered)
            raise AssertionError("a wrong character passed")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_by_name_and_never_repeated(text):
    for parse in (
        NationalId.parse,
        NationalId.from_fifteen_digits,
        CreditCode.parse,
        Phone.parse,
        lambda given: Certificate.parse(CertificateKind.PASSPORT, given),
        lambda given: Certificate.parse(CertificateKind.OTHER, "1", given),
    ):
        refusal = refusal_of(parse, text)
        if refusal is not None:
            assert type(refusal).code != HealthCodeError.code
            assert len(text) < 12 or text not in str(refusal)


def refusal_of(parse: Callable[[str], object], text: str) -> HealthCodeError | None:
    try:
        parse(text)
    except HealthCodeError as refusal:
        return refusal
    return None


@given(st.text(string.ascii_letters + string.digits + "-. ／／", min_size=1, max_size=40))
def test_reading_a_certificate_twice_changes_nothing(text):
    with suppress(HealthCodeError):
        once = Certificate.parse(CertificateKind.PASSPORT, text)
        assert Certificate.parse(CertificateKind.PASSPORT, once.number) == once


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"))
def test_a_mainland_number_is_one_number_with_and_without_its_country(number):
    assert Phone.parse(number) == Phone.parse("+86" + number) == Phone.parse("0086 " + number)
