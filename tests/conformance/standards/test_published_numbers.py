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
    CertificateTable,
    CreditCode,
    MachineReadable,
    NationalId,
    Sex,
    division,
)

_SHARED = Path(__file__).resolve().parents[4] / "shared/data"
_MORE = _SHARED / "id_vectors.json"
_PROVINCIAL = _SHARED / "qinghai_codes.json"


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
    assert division.examine(parsed.division_code, parsed.birth_date) is None
    assert Certificate.parse(CertificateKind.NATIONAL_ID, number).number == number


@pytest.mark.parametrize("pair", sorted(published()["upgrades"]))
def test_a_fifteen_digit_number_is_brought_to_its_present_form(pair):
    old, new = pair.split()
    assert NationalId.from_fifteen_digits(old).number == new
    assert NationalId.parse(new).fifteen_digits == old
    assert Certificate.from_register(CertificateKind.NATIONAL_ID, old).number == new


@pytest.mark.parametrize("code", sorted(published()["codes"]))
def test_a_published_credit_code_is_accepted(code):
    assert CreditCode.parse(f" {code[:2].lower()}{code[2:]} ").text == code


def test_a_foreigners_permanent_residence_card_of_2023_is_read_like_an_id_number():
    """Eighteen digits that begin with 9, with the same check character."""
    card = NationalId.parse("911124198108030024")
    assert division.examine(card.division_code, card.birth_date) is None
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


def test_a_provincial_table_of_kinds_is_known_as_printed():
    """The table of a provincial health-card specification, when it is there: every code, by name."""
    printed = {
        "01": ("居民身份证", CertificateKind.NATIONAL_ID),
        "02": ("居民户口簿", CertificateKind.HOUSEHOLD_BOOK),
        "03": ("护照", CertificateKind.PASSPORT),
        "04": ("军官证", CertificateKind.OFFICER),
        "05": ("驾驶证", CertificateKind.DRIVER),
        "06": ("港澳居民来往内地通行证", CertificateKind.HONG_KONG_MACAO_PERMIT),
        "07": ("台湾居民来往内地通行证", CertificateKind.TAIWAN_PERMIT),
        "08": ("出生医学证明", CertificateKind.BIRTH_CERTIFICATE),
        "99": ("其他法定有效证件", CertificateKind.OTHER),
    }
    if _PROVINCIAL.exists():
        codes = json.loads(_PROVINCIAL.read_text())["id_type_CV02.01.101"]
        assert codes == {code: name for code, (name, _) in printed.items()}
    table = CertificateTable.named("qinghai")
    assert {table.code_of(kind): kind for _, kind in printed.values()} == {
        code: kind for code, (_, kind) in printed.items()
    }


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (  # ICAO Doc 9303 part 4, appendix
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
            ),
            "L898902C3",
        ),
        (  # part 5, appendix
            (
                "I<UTOD231458907<<<<<<<<<<<<<<<"
                "7408122F1204159UTO<<<<<<<<<<<6"
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
            ),
            "D23145890",
        ),
        (  # part 6, appendix
            "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
            "D23145890",
        ),
        (  # part 5: a number of more than nine characters goes on after its filler
            (
                "I<UTOD23145890<7349<<<<<<<<<<<"
                "3407127M9507122UTO<<<<<<<<<<<2"
                "STEVENSON<<PETER<JOHN<<<<<<<<<"
            ),
            "D23145890734",
        ),
    ],
)
def test_machine_readable_lines_printed_in_the_standard_are_read(lines, number):
    read = MachineReadable.parse(lines)
    assert (read.number, read.state, read.nationality) == (number, "UTO", "UTO")
    passport = Certificate.parse(CertificateKind.PASSPORT, lines)
    assert passport.normalised == f"03|UTO|{number}"
