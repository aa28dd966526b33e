"""What is forgiven in a number as typed, and what is refused without repeating it."""

from __future__ import annotations

import pytest

from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    CreditCode,
    HealthCodeError,
    NationalId,
    NotACreditCode,
    NotANationalId,
    NotAPhone,
    Phone,
)
from openhealthcode.standards.errors import first_line

GOOD = "11010519491231002X"


@pytest.mark.parametrize(
    "typed",
    [
        GOOD,
        GOOD.lower(),
        f" {GOOD} ",
        "110105 19491231 002x",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_a_number_is_read_as_people_write_it(typed):
    assert NationalId.parse(typed).number == GOOD


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", "expected 17 digits"),
        (GOOD[:17], "expected 17 digits"),
        (GOOD + "0", "expected 17 digits"),
        ("X" + GOOD[1:], "expected 17 digits"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "expected 17 digits"),
        ("110105194913310020", "birth date"),
        ("110105194902290026", "birth date"),
        ("110105000001010021", "birth date"),
        (GOOD[:17] + "1", "check character"),
        (GOOD[:17] + "x"[:0] + "Y", "check character"),
        ("11010519491231003X", "check character"),
        ("11010519491231020X", "check character"),
    ],
)
def test_a_wrong_number_is_named_by_its_rule_and_never_repeated(typed, rule):
    with pytest.raises(NotANationalId) as refusal:
        NationalId.parse(typed)
    assert rule in str(refusal.value)
    assert not typed or typed not in str(refusal.value)


@pytest.mark.parametrize("old", ["", "11010549123100", "11010549133100X", "110105491331002"])
def test_what_is_no_old_number_is_refused(old):
    with pytest.raises(NotANationalId):
        NationalId.from_fifteen_digits(old)


def test_a_number_shows_masked_only():
    assert NationalId.parse(GOOD).masked == "110105********002X"
    assert GOOD not in repr(NationalId.parse(GOOD))
    assert Certificate.parse(CertificateKind.NATIONAL_ID, GOOD).masked == "110105********002X"
    assert GOOD not in repr(Certificate.parse(CertificateKind.NATIONAL_ID, GOOD))
    assert Certificate.parse(CertificateKind.PASSPORT, "E12345678").masked == "E1*****78"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("999-67-7721", "us-ssn"), ("999677721", " us-ssn ")),
        (("e 123 456", "CHN"), ("E123456", "CHN")),
        (("Ｅ１２３４５６", "CHN"), ("E123456", "CHN")),
    ],
)
def test_the_same_certificate_is_found_however_it_is_typed(one, other):
    kind = CertificateKind.OTHER
    assert Certificate.parse(kind, *one).normalised == Certificate.parse(kind, *other).normalised


def test_certificates_of_different_kinds_or_issuers_are_different():
    given = {
        Certificate.parse(CertificateKind.PASSPORT, "AB12345").normalised,
        Certificate.parse(CertificateKind.PASSPORT, "AB12345", "CHN").normalised,
        Certificate.parse(CertificateKind.PASSPORT, "AB12345", "USA").normalised,
        Certificate.parse(CertificateKind.OFFICER, "AB12345").normalised,
        Certificate.parse(CertificateKind.OTHER, "A1", "x").normalised,
        Certificate.parse(CertificateKind.OTHER, "1", "x|A").normalised,
    }
    assert len(given) == 6


@pytest.mark.parametrize(
    ("kind", "number", "issuer"),
    [
        (CertificateKind.PASSPORT, "", ""),
        (CertificateKind.PASSPORT, " - ", ""),
        (CertificateKind.OTHER, "X" * 65, "x"),
        (CertificateKind.OTHER, "X" * 97, "x"),
        (CertificateKind.PASSPORT, "A\x001", ""),
        (CertificateKind.PASSPORT, "A\ud800", ""),
        (CertificateKind.PASSPORT, "A|1", ""),
        (CertificateKind.PASSPORT, "AB12345", "x" * 257),
        (CertificateKind.PASSPORT, "AB12345", "\x00"),
        (CertificateKind.PASSPORT, "A1", ""),
        (CertificateKind.PASSPORT, "ABCDEFG", ""),
        (CertificateKind.INSTITUTION_NUMBER, "A1", ""),
        (CertificateKind.OTHER, "A1", " "),
    ],
)
def test_what_is_no_certificate_is_refused(kind, number, issuer):
    with pytest.raises(CertificateMalformed):
        Certificate.parse(kind, number, issuer)


@pytest.mark.parametrize(
    ("typed", "number", "masked"),
    [
        ("13912345678", "+8613912345678", "139****5678"),
        ("139 1234-5678", "+8613912345678", "139****5678"),
        ("+86 139 1234 5678", "+8613912345678", "139****5678"),
        ("0086-13912345678", "+8613912345678", "139****5678"),
        ("１３９１２３４５６７８", "+8613912345678", "139****5678"),
        ("+852 5123 4567", "+85251234567", "+85****4567"),
        ("+1 (413) 534-2500", "+14135342500", "+14****2500"),
    ],
)
def test_a_phone_is_read_as_people_write_it(typed, number, masked):
    phone = Phone.parse(typed)
    assert (phone.number, phone.masked) == (number, masked)
    assert number not in repr(phone)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1391234567",
        "139123456789",
        "12012345678",
        "010-12345678",
        "+86 10 12345678",
        "+1",
        "+1234567890123456",
        "139٣2345678",
        "13912345678\n1",
        "call me",
    ],
)
def test_what_is_no_phone_is_refused_and_not_repeated(typed):
    with pytest.raises(NotAPhone) as refusal:
        Phone.parse(typed)
    assert not typed or typed not in str(refusal.value)


@pytest.mark.parametrize("number", ["13800000000", "13333333333", "13911111111", "18888888888"])
def test_a_placeholder_is_told_apart(number):
    assert Phone.parse(number).is_placeholder


@pytest.mark.parametrize("number", ["13800138000", "13912345678", "18612121213"])
def test_a_neat_number_may_be_somebodys(number):
    assert not Phone.parse(number).is_placeholder


@pytest.mark.parametrize(
    "typed",
    ["", "91110000600037341", "91110000600037341M", "91110000600037341I", "9111000060003734１L"],
)
def test_what_is_no_credit_code_is_refused(typed):
    with pytest.raises(NotACreditCode):
        CreditCode.parse(typed)


@pytest.mark.parametrize(
    "error",
    [NotANationalId, NotAPhone, NotACreditCode, CertificateMalformed],
)
def test_an_errors_message_is_its_first_line(error):
    assert issubclass(error, HealthCodeError)
    assert str(error()) == first_line(error)
    assert str(error("another")) == "another"
