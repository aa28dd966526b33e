"""Every kind of certificate: what is read, what is refused, and what stays for life."""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    CertificateTable,
    DivisionWarning,
    MachineReadable,
    NationalId,
    NotANationalId,
    Sex,
    UnknownCertificateTable,
    WrongCheckDigit,
    division,
)
from openhealthcode.standards.mrz import check_digit

K = CertificateKind
NUMBER = "11010519491231002X"
OTHER_NUMBER = "440524188001010014"
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
)


@pytest.mark.parametrize(
    ("kind", "typed", "issuer", "normalised"),
    [
        (K.NATIONAL_ID, NUMBER.lower(), "", f"01||{NUMBER}"),
        (K.HOUSEHOLD_BOOK, NUMBER, "", f"01||{NUMBER}"),
        (K.HOUSEHOLD_BOOK, "00012345", "", "02||00012345"),
        (K.PASSPORT, "e 1234567-8", "CHN", "03|CHN|E12345678"),
        (K.PASSPORT, PASSPORT, "", "03|UTO|L898902C3"),
        (K.OFFICER, "南字第 01234567 号", "", "04||南01234567"),
        (K.OFFICER, "南01234567", "", "04||南01234567"),
        (K.DRIVER, NUMBER, "", f"01||{NUMBER}"),
        (K.DRIVER, "S99912669", "us-ma", "05|us-ma|S99912669"),
        (K.DRIVER, NUMBER, "us-ma", f"05|us-ma|{NUMBER}"),
        (K.HONG_KONG_MACAO_PERMIT, "H12345678", "", "06||H12345678"),
        (K.HONG_KONG_MACAO_PERMIT, "h1234567801", "ignored", "06||H12345678"),
        (K.HONG_KONG_MACAO_PERMIT, "M0123456702", "", "06||M01234567"),
        (K.HONG_KONG_MACAO_PERMIT, "HA1234567", "", "06||HA1234567"),
        (K.TAIWAN_PERMIT, "00123456", "", "07||00123456"),
        (K.TAIWAN_PERMIT, "0012345601（B）", "", "07||00123456"),
        (K.TAIWAN_PERMIT, "0012345602B", "", "07||00123456"),
        (K.TAIWAN_PERMIT, "0012345603", "", "07||00123456"),
        (K.BIRTH_CERTIFICATE, "o880000001", "", "08||O880000001"),
        (K.INSTITUTION_NUMBER, "NB-0042", "hospital-a", "90|hospital-a|NB0042"),
        (K.TEMPORARY_NUMBER, "U1", "hospital-a", "91|hospital-a|U1"),
        (K.CARD_NUMBER, "6320 0001", "qinghai", "92|qinghai|63200001"),
        (K.HEALTH_RECORD_NUMBER, "88010100100100001", "", "93||88010100100100001"),
        (K.INSURANCE_CARD, NUMBER, "880100", f"01||{NUMBER}"),
        (K.INSURANCE_CARD, "A12345678", "880100", "94|880100|A12345678"),
        (K.RESIDENCE_PERMIT, "810000199408230021", "", "01||810000199408230021"),
        (K.RESIDENCE_PERMIT, "830000199201300022", "", "01||830000199201300022"),
        (K.PERMANENT_RESIDENCE, "911124198108030024", "", "01||911124198108030024"),
        (K.PERMANENT_RESIDENCE, "fra330080010302", "", "96||FRA330080010302"),
        (K.OTHER, "999-67-7721", "us-ssn", "99|us-ssn|999677721"),
    ],
)
def test_each_kind_is_read_and_found_under_what_stays(kind, typed, issuer, normalised):
    read = Certificate.parse(kind, typed, issuer)
    assert read.kind is kind
    assert read.normalised == normalised
    assert read.names_one_person is (normalised != "02||00012345")
    assert read.number not in repr(read)
    assert Certificate.parse(kind, read.number, read.issuer) == read


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (K.NATIONAL_ID, NUMBER[:-1] + "1"),
        (K.HOUSEHOLD_BOOK, NUMBER[:-1] + "1"),
        (K.DRIVER, NUMBER[:-1] + "1"),
        (K.INSURANCE_CARD, NUMBER[:-1] + "1"),
        (K.INSURANCE_CARD, "A12345678"),
        (K.RESIDENCE_PERMIT, NUMBER),
        (K.RESIDENCE_PERMIT, "810000199408230022"),
        (K.RESIDENCE_PERMIT, "H12345678"),
        (K.PERMANENT_RESIDENCE, NUMBER),
        (K.PERMANENT_RESIDENCE, "FRA33008001030"),
        (K.PERMANENT_RESIDENCE, "911124198108030025"),
        (K.HONG_KONG_MACAO_PERMIT, "X12345678"),
        (K.HONG_KONG_MACAO_PERMIT, "H123456780"),
        (K.HONG_KONG_MACAO_PERMIT, "HA123456"),
        (K.TAIWAN_PERMIT, "1234567"),
        (K.TAIWAN_PERMIT, "F290299977"),
        (K.BIRTH_CERTIFICATE, "880000001"),
        (K.BIRTH_CERTIFICATE, "OO80000001"),
        (K.HEALTH_RECORD_NUMBER, "8801010010010001"),
        (K.OFFICER, "南字第号"),
        (K.OFFICER, "13"),
        (K.HOUSEHOLD_BOOK, "无"),
        (K.PASSPORT, "护照12345"),
        (K.PASSPORT, PASSPORT.replace("L898902C36", "L898902C37")),
        (K.TEMPORARY_NUMBER, "U1"),
        (K.CARD_NUMBER, "63200001"),
    ],
)
def test_what_breaks_the_rule_of_its_kind_is_refused_and_not_repeated(kind, typed):
    with pytest.raises((CertificateMalformed, NotANationalId)) as refusal:
        Certificate.parse(kind, typed)
    assert typed not in str(refusal.value)


def test_one_number_on_several_documents_is_one_person():
    shown = [
        Certificate.parse(kind, "810000199408230021")
        for kind in (K.NATIONAL_ID, K.RESIDENCE_PERMIT, K.DRIVER, K.INSURANCE_CARD)
    ]
    assert len({certificate.normalised for certificate in shown}) == 1
    assert {certificate.masked for certificate in shown} == {"810000********0021"}
    assert all(certificate.is_citizen_number for certificate in shown)


def test_an_old_register_may_hold_fifteen_digits_and_a_counter_may_not():
    old = NationalId.parse(NUMBER).fifteen_digits
    assert old == "110105491231002"
    assert Certificate.from_register(K.NATIONAL_ID, f" {old} ").number == NUMBER
    assert Certificate.from_register(K.PASSPORT, "E12345678").number == "E12345678"
    with pytest.raises(NotANationalId):
        Certificate.parse(K.NATIONAL_ID, old)
    with pytest.raises(NotANationalId):
        Certificate.from_register(K.NATIONAL_ID, "110105491331002")


def test_only_the_twentieth_century_had_fifteen_digits():
    assert NationalId.parse(OTHER_NUMBER).fifteen_digits is None


def test_a_period_is_what_the_document_says_and_no_part_of_which_it_is():
    until = date(2026, 11, 22)
    one = Certificate(K.PASSPORT, "E12345678", "CHN", valid_until=until)
    assert one == Certificate(K.PASSPORT, "E12345678", "CHN")
    assert not one.has_expired(until)
    assert one.has_expired(date(2026, 11, 23))
    assert not Certificate(K.PASSPORT, "E12345678", "CHN").has_expired(date.max)


@pytest.mark.parametrize(
    ("table", "code", "number", "kind"),
    [
        ("ws-364-3", "1", NUMBER, K.NATIONAL_ID),
        ("ws-364-3", "01", "820000199408230022", K.NATIONAL_ID),
        ("ws-364-3", "01", "810000199408230021", K.RESIDENCE_PERMIT),
        ("ws-364-3", "99", "FRA330080010302", K.PERMANENT_RESIDENCE),
        ("ws-364-3", "99", "O880000001", K.OTHER),
        ("qinghai", "08", "O880000001", K.BIRTH_CERTIFICATE),
        ("qinghai", "99", "O880000001", K.OTHER),
        ("qinghai-newborn", "99", "O880000001", K.BIRTH_CERTIFICATE),
        ("qinghai-newborn", "99", "Z-17", K.OTHER),
        ("openhealthcode", "91", "U1", K.TEMPORARY_NUMBER),
    ],
)
def test_a_code_means_what_its_own_text_says(table, code, number, kind):
    if number.startswith("82"):
        number = number[:17] + next(c for c in "0123456789X" if _is_right(number[:17] + c))
        kind = K.RESIDENCE_PERMIT
    read = CertificateTable.named(table).read(code, number, "hospital-a")
    assert read.kind is kind


def _is_right(number: str) -> bool:
    try:
        NationalId.parse(number)
    except NotANationalId:
        return False
    return True


def test_a_table_says_where_it_is_from_and_writes_what_it_reads():
    assert {table.name for table in CertificateTable.all()} >= {"ws-364-3", "qinghai"}
    ours = CertificateTable.named("openhealthcode")
    assert all(table.source for table in CertificateTable.all())
    assert all(ours.code_of(kind) == kind.value for kind in K)
    assert CertificateTable.named("ws-364-3").code_of(K.RESIDENCE_PERMIT) == "01"
    assert CertificateTable.named("ws-364-3").code_of(K.TEMPORARY_NUMBER) is None


def test_an_unknown_table_or_code_is_refused():
    with pytest.raises(UnknownCertificateTable):
        CertificateTable.named("nowhere")
    with pytest.raises(CertificateMalformed):
        CertificateTable.named("ws-364-3").read("42", NUMBER)
    with pytest.raises(NotANationalId):
        CertificateTable.named("ws-364-3").read("01", NUMBER[:-1] + "1")


@pytest.mark.parametrize(
    ("code", "born", "warning"),
    [
        ("110105", date(1949, 12, 31), None),
        ("110103", date(1988, 5, 1), None),  # abolished in 2010, on the list for 2009 last
        ("110103", date(2010, 5, 1), None),
        ("110103", date(2011, 1, 1), DivisionWarning.ABOLISHED),
        ("010105", date(1949, 12, 31), DivisionWarning.UNKNOWN),
        ("119999", date(1990, 1, 1), DivisionWarning.UNKNOWN),
        ("880101", date(1990, 1, 1), None),
        ("810000", date(1990, 1, 1), None),
        ("911124", date(1981, 8, 3), None),
    ],
)
def test_a_division_is_a_warning_at_most(code, born, warning):
    assert division.examine(code, born) is warning


def test_machine_readable_lines_tell_who_it_is():
    read = MachineReadable.parse(PASSPORT)
    assert (read.document, read.name, read.sex) == ("P", "ERIKSSON ANNA MARIA", Sex.FEMALE)
    assert read.birth_date(date(2026, 11, 22)) == date(1974, 8, 12)
    assert read.expiry_date(date(2026, 11, 22)) == date(2012, 4, 15)
    assert "ERIKSSON" not in repr(read)
    assert "L898902C3" not in repr(read)


def td3(*, number="L898902C3", birth="740812", sex="F", expiry="120415", optional="") -> str:
    """Lines with right digits, whatever they say."""
    number, optional = number.ljust(9, "<"), optional.ljust(14, "<")
    checked = [part + check_digit(part) for part in (number, birth, expiry, optional)]
    numbered, born, expires, rest = checked
    second = f"{numbered}UTO{born}{sex}{expires}{rest}"
    composite = check_digit(numbered + born + expires + rest)
    return "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + second + composite


@pytest.mark.parametrize(
    ("birth", "today", "born"),
    [
        ("260101", date(2026, 11, 22), date(2026, 1, 1)),
        ("261231", date(2026, 11, 22), date(1926, 12, 31)),
        ("740812", date(2026, 11, 22), date(1974, 8, 12)),
        ("000229", date(2026, 11, 22), date(2000, 2, 29)),
        ("740231", date(2026, 11, 22), None),
        ("74<<<<", date(2026, 11, 22), None),
    ],
)
def test_a_century_is_the_latest_that_is_over(birth, today, born):
    assert MachineReadable.parse(td3(birth=birth)).birth_date(today) == born


def test_an_unsaid_sex_stays_unsaid():
    assert MachineReadable.parse(td3(sex="<")).sex is Sex.UNKNOWN
    assert MachineReadable.parse(td3(sex="7")).sex is Sex.UNKNOWN


@pytest.mark.parametrize("place", [45, 50, 53, 57, 63, 65, 71, 72, 86, 87])
def test_a_misread_character_is_found_by_its_digit(place):
    lines = td3(optional="ZE184226B")
    wrong = lines[:place] + ("1" if lines[place] != "1" else "2") + lines[place + 1 :]
    with pytest.raises(WrongCheckDigit):
        MachineReadable.parse(wrong)


@pytest.mark.parametrize(
    "lines", ["", "<" * 44, "P<UTO" + "Ä" * 83, "<" * 53 + "0" + "<" * 34, td3()[:-1]]
)
def test_other_lines_are_refused(lines):
    with pytest.raises(CertificateMalformed):
        MachineReadable.parse(lines)


def test_an_empty_optional_part_may_go_without_its_digit():
    lines = td3()
    without = lines[:86] + "<" + lines[87:]
    assert lines[86] == "0"
    assert MachineReadable.parse(without).number == "L898902C3"
