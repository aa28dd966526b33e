"""Numbers that the standards themselves, or their users, publish as examples.

A folder of more vectors beside the project is used as well when it is there.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CreditCode,
    NationalId,
    Sex,
)

_MORE = Path(__file__).resolve().parents[4] / "shared/data/id_vectors.json"


def published() -> dict[str, set[str]]:
    """Valid ID numbers and credit codes, and old numbers with their present form."""
    numbers = {
        "11010519491231002X",  # GB 11643-1999, annex
        "440524188001010014",  # GB 11643-1999, annex; born in 1880
        "810000199408230021",  # residence permit for Hong Kong residents
        "830000199201300022",  # residence permit for Taiwan residents
    }
    upgrades = {"110105491231002 11010519491231002X"}
    codes = {"91110000600037341L"}
    if _MORE.exists():
        more = json.loads(_MORE.read_text())
        numbers.update(more["valid_checksum"])
        upgrades.update(f"{old} {new}" for old, new in more["upgrade_15_to_18"].items())
        codes.update(more["uscc_valid"])
    return {"numbers": numbers, "upgrades": upgrades, "codes": codes}


@pytest.mark.parametrize("number", sorted(published()["numbers"]))
def test_a_published_number_is_accepted(number):
    parsed = NationalId.parse(number)
    assert parsed.number == number
    assert parsed.birth_date.strftime("%Y%m%d") == number[6:14]
    assert parsed.sex is (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)
    assert parsed.names_a_province
    assert Certificate.parse(CertificateKind.NATIONAL_ID, number).number == number


@pytest.mark.parametrize("pair", sorted(published()["upgrades"]))
def test_a_fifteen_digit_number_is_brought_to_its_present_form(pair):
    old, new = pair.split()
    assert NationalId.from_fifteen_digits(old).number == new


@pytest.mark.parametrize("code", sorted(published()["codes"]))
def test_a_published_credit_code_is_accepted(code):
    assert CreditCode.parse(f" {code[:2].lower()}{code[2:]} ").text == code


def test_a_foreigners_permanent_residence_card_of_2023_is_read_like_an_id_number():
    """Eighteen digits that begin with 9, with the same check character."""
    card = NationalId.parse("911124198108030024")
    assert card.names_a_province
    assert card.sex is Sex.FEMALE


def test_certificate_kinds_have_the_codes_of_ws_364():
    kinds = {kind.name: kind.value for kind in CertificateKind if kind.value in WS_364}
    assert kinds == {
        "NATIONAL_ID": "01",
        "HOUSEHOLD_BOOK": "02",
        "PASSPORT": "03",
        "OFFICER": "04",
        "DRIVER": "05",
        "HONG_KONG_MACAO_PERMIT": "06",
        "TAIWAN_PERMIT": "07",
        "OTHER": "99",
    }


WS_364 = {"01", "02", "03", "04", "05", "06", "07", "99"}


def test_sexes_have_the_codes_of_gb_2261():
    assert {sex.name: sex.gb_code for sex in Sex} == {
        "UNKNOWN": "0",
        "MALE": "1",
        "FEMALE": "2",
        "OTHER": "9",
    }
