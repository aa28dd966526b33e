"""When two documents are one person's by their numbers alone, and which numbers are refused.

This file is also part of a page of the manual.
"""

from __future__ import annotations

import pytest

from openhealthcode.standards import Certificate, CertificateKind, HealthCodeError

title = "Which documents have one number"
title_zh = "哪些证件是同一个号码"

ONE, TWO, REFUSED, NOBODY = "one", "two", "refused", "nobody's"

CASES = [
    # sentence, a document, another, what they are
    ("An ID number however it is typed", "NATIONAL_ID １１０１０５19491231002x", "NATIONAL_ID 110105 19491231 002X", ONE),
    ("A wrong check character is refused", "NATIONAL_ID 110105194912310021", "", REFUSED),
    ("The number of a household book is its owner's when it is an ID number", "HOUSEHOLD_BOOK 11010519491231002X", "NATIONAL_ID 11010519491231002X", ONE),
    ("else it is the household's", "HOUSEHOLD_BOOK 00012345", "", NOBODY),
    ("A driving licence and an insurance card carry the ID number", "DRIVER 11010519491231002X", "INSURANCE_CARD 11010519491231002X", ONE),
    ("Residence permits have ID numbers that begin with 81, 82 or 83", "RESIDENCE_PERMIT 810000199408230021", "NATIONAL_ID 810000199408230021", ONE),
    ("and no others", "RESIDENCE_PERMIT 11010519491231002X", "", REFUSED),
    ("A Hong Kong permit keeps its number for life; the last two digits count renewals", "HONG_KONG_MACAO_PERMIT H1234567801", "HONG_KONG_MACAO_PERMIT H12345678", ONE),
    ("Macao's begin with another letter", "HONG_KONG_MACAO_PERMIT M12345678", "HONG_KONG_MACAO_PERMIT H12345678", TWO),
    ("Those of other nationals with two letters", "HONG_KONG_MACAO_PERMIT HA1234567", "HONG_KONG_MACAO_PERMIT H12345670", TWO),
    ("A Taiwan permit keeps eight digits for life", "TAIWAN_PERMIT 0012345601(B)", "TAIWAN_PERMIT 00123456", ONE),
    ("one for a single journey is given to somebody else next time", "TAIWAN_PERMIT F290299977", "", REFUSED),
    ("A permanent residence card of 2023 begins with 9 and has the same check", "PERMANENT_RESIDENCE 911124198108030024", "NATIONAL_ID 911124198108030024", ONE),
    ("the older has letters and cannot be converted", "PERMANENT_RESIDENCE FRA330080010302", "PERMANENT_RESIDENCE 911124198108030024", TWO),
    ("An officer's card with and without its words", "OFFICER 南字第01234567号", "OFFICER 南01234567", ONE),
    ("A passport by its machine-readable lines", "PASSPORT P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10", "PASSPORT L898902C3 issuer UTO", ONE),
    ("a misread line is found by its digits", "PASSPORT P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C46UTO7408122F1204159ZE184226B<<<<<10", "", REFUSED),
    ("A birth certificate is a letter and nine digits", "BIRTH_CERTIFICATE 880000001", "", REFUSED),
    ("A health-record number is seventeen digits", "HEALTH_RECORD_NUMBER 8801010010010001", "", REFUSED),
    ("Two hospitals give out the same number", "INSTITUTION_NUMBER 17 issuer A", "INSTITUTION_NUMBER 17 issuer B", TWO),
    ("which means nothing without the hospital", "INSTITUTION_NUMBER 17", "", REFUSED),
]  # fmt: skip


def as_told(place: int, sentence: str, one: str, other: str, are: str) -> str:
    if are == REFUSED:
        return f"{place}. {sentence}: `{one}` is refused.\n"
    if are == NOBODY:
        return f"{place}. {sentence}: `{one}` finds nobody.\n"
    said = "are one number" if are == ONE else "are two"
    return f"{place}. {sentence}: `{one}` and `{other}` {said}.\n"


@pytest.mark.parametrize(
    ("sentence", "one", "other", "are"), CASES, ids=[sentence for sentence, *_ in CASES]
)
def test_two_documents(sentence, one, other, are):
    if are == REFUSED:
        with pytest.raises(HealthCodeError):
            read(one)
        return
    certificate = read(one)
    assert certificate.names_one_person is (are != NOBODY), sentence
    if other:
        assert (certificate.normalised == read(other).normalised) is (are == ONE), sentence


def read(said: str) -> Certificate:
    kind, _, rest = said.partition(" ")
    number, _, issuer = rest.partition(" issuer ")
    return Certificate.parse(CertificateKind[kind], number, issuer)
