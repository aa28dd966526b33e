"""What is certain about identity, and what is left to a person."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from openhealthcode.identity import (
    Known,
    New,
    NumberDisagrees,
    Registration,
    RegistrationMalformed,
    Review,
    ReviewReason,
    normalise_name,
    warnings,
)
from openhealthcode.identity.model import Claim, Demographics, Holder
from openhealthcode.identity.rules import check, decide
from openhealthcode.standards import Certificate, CertificateKind, Sex
from openhealthcode.standards.ids import ResidentId

ANNA = ResidentId(UUID(int=1))
BORIS = ResidentId(UUID(int=2))
NATIONAL = Certificate.parse(CertificateKind.NATIONAL_ID, "11010519491231002X")
PASSPORT = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "CHN")
HOUSEHOLD = Certificate.parse(CertificateKind.HOUSEHOLD_BOOK, "00012345")


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("买买提·吐尔逊", "买买提•吐尔逊"),
        ("买买提·吐尔逊", "买买提．吐尔逊"),
        ("买买提·吐尔逊", "买买提・吐尔逊"),
        ("买买提·吐尔逊", "买买提‧吐尔逊"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("张三", "张 三"),
        ("张三", "张　三"),
        ("O'Brien Anne-Marie", "OBRIEN ANNEMARIE"),
        ("Ａｎｎａ Ｌｅｅ", "anna lee"),
        ("José", "Jose\u0301"),
    ],
)
def test_one_name_in_two_spellings_is_one_name(written, also):
    assert normalise_name(written) == normalise_name(also)


@pytest.mark.parametrize(
    ("one", "other"), [("张三", "张二"), ("張三", "张三"), ("José", "Jose"), ("王某之子", "王某")]
)
def test_different_names_stay_different(one, other):
    assert normalise_name(one) != normalise_name(other)


def claim(key: int, *, name=1, birth=None, sex=None, is_national=False) -> Claim:
    return Claim(
        bytes([key]) * 32,
        bytes([name]) * 32,
        None if birth is None else bytes([birth]) * 32,
        None if sex is None else bytes([sex]) * 32,
        is_national,
    )


def held(*holders: tuple[ResidentId, Claim]) -> dict[bytes, Holder]:
    return {registered.identifier_key: Holder(of, registered) for of, registered in holders}


@pytest.mark.parametrize(
    ("case", "claims", "holders", "national", "expected"),
    [
        ("nobody holds it", [claim(1)], held(), None, New()),
        ("known", [claim(1)], held((ANNA, claim(1))), None, Known(ANNA)),
        ("one known, one new", [claim(1), claim(2)], held((ANNA, claim(1))), None, Known(ANNA)),
        (
            "of two residents",
            [claim(1), claim(2)],
            held((BORIS, claim(1)), (ANNA, claim(2))),
            None,
            Review(ReviewReason.DIFFERENT_RESIDENTS, (ANNA, BORIS)),
        ),
        (
            "another name",
            [claim(1, name=2)],
            held((ANNA, claim(1))),
            None,
            Review(ReviewReason.NAME_DISAGREES, (ANNA,)),
        ),
        (
            "another name under the second certificate",
            [claim(1), claim(2, name=2)],
            held((ANNA, claim(1)), (ANNA, claim(2))),
            None,
            Review(ReviewReason.NAME_DISAGREES, (ANNA,)),
        ),
        (
            "another birth date",
            [claim(1, birth=1)],
            held((ANNA, claim(1, birth=2))),
            None,
            Review(ReviewReason.BIRTH_DATE_DISAGREES, (ANNA,)),
        ),
        (
            "another sex",
            [claim(1, sex=1)],
            held((ANNA, claim(1, sex=2))),
            None,
            Review(ReviewReason.SEX_DISAGREES, (ANNA,)),
        ),
        ("not said now", [claim(1)], held((ANNA, claim(1, birth=2, sex=2))), None, Known(ANNA)),
        ("not said then", [claim(1, birth=2, sex=2)], held((ANNA, claim(1))), None, Known(ANNA)),
        (
            "a second ID number",
            [claim(1), claim(2, is_national=True)],
            held((ANNA, claim(1))),
            bytes([3]) * 32,
            Review(ReviewReason.SECOND_NATIONAL_ID, (ANNA,)),
        ),
        (
            "the first ID number",
            [claim(1), claim(2, is_national=True)],
            held((ANNA, claim(1))),
            None,
            Known(ANNA),
        ),
        (
            "the same ID number",
            [claim(1), claim(2, is_national=True)],
            held((ANNA, claim(1)), (ANNA, claim(2))),
            bytes([2]) * 32,
            Known(ANNA),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_meant(case, claims, holders, national, expected):
    assert decide(claims, holders, national) == expected, case


def test_a_newborn_is_registered_under_the_hospitals_number():
    number = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "NB-0042", "hospital-a")
    check(Registration((number,), "王某之子"))


@pytest.mark.parametrize(
    ("registration", "refusal"),
    [
        (Registration((), "张三"), RegistrationMalformed),
        (Registration((HOUSEHOLD,), "张三"), RegistrationMalformed),
        (Registration((PASSPORT,), "  · "), RegistrationMalformed),
        (Registration((PASSPORT,), "张" * 129), RegistrationMalformed),
        (Registration((PASSPORT,), "张\x00三"), RegistrationMalformed),
        (Registration((PASSPORT,), "张\ud800"), RegistrationMalformed),
        (Registration((PASSPORT,), "张三", address="x" * 513), RegistrationMalformed),
        (Registration((PASSPORT,) * 17, "张三"), RegistrationMalformed),
        (
            Registration(
                (NATIONAL, Certificate.parse(CertificateKind.NATIONAL_ID, "440524188001010014")),
                "张三",
            ),
            RegistrationMalformed,
        ),
        (Registration((NATIONAL,), "张三", birth_date=date(1949, 12, 30)), NumberDisagrees),
        (Registration((NATIONAL,), "张三", sex=Sex.MALE), NumberDisagrees),
    ],
)
def test_what_no_correct_registration_contains_is_refused(registration, refusal):
    with pytest.raises(refusal):
        check(registration)


@pytest.mark.parametrize(
    "registration",
    [
        Registration((NATIONAL, NATIONAL), "张三", Sex.FEMALE, date(1949, 12, 31)),
        Registration((NATIONAL,), "张三", Sex.OTHER),
        Registration((PASSPORT,), "\ue000三"),  # a rare character as a private-use code point
        Registration((PASSPORT,), "<b>Robert'); DROP TABLE</b>"),
    ],
)
def test_unusual_is_not_wrong(registration):
    check(registration)


def test_an_unknown_county_is_a_warning_only():
    odd = Certificate.parse(CertificateKind.NATIONAL_ID, "010105194912310026")
    check(Registration((odd,), "张三"))
    assert warnings(Registration((odd,), "张三")) == ("division-unknown",)
    assert warnings(Registration((NATIONAL,), "张三")) == ()
    assert warnings(Registration((PASSPORT,), "张三")) == ()


def test_nothing_personal_shows_in_a_repr():
    registration = Registration((NATIONAL,), "MARKER-NAME", address="MARKER-ADDRESS")
    known = Demographics("MARKER-NAME", Sex.MALE, date(1949, 12, 31), None, "MARKER", "en", ())
    shown = f"{registration!r} {known!r} {claim(1, birth=2)!r}"
    assert "MARKER" not in shown
    assert NATIONAL.number not in shown
    assert "1949" not in shown


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("欧阳娜娜", "欧***"), ("李", "李*"), ("Alexandra Stone", "A***")],
)
def test_a_masked_name_shows_its_first_character(name, masked):
    assert Demographics(name, Sex.MALE, None, None, "", "en", ()).masked_name == masked
