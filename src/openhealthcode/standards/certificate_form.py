"""What the number of each kind of certificate looks like, and which part of it stays for life.

A wrong check character or date is refused; where no rule is published, hardly anything is.
Sources, with the forms: GB 11643-1999 (ID numbers, also of residence permits, State Council office
2018 no. 81, and of permanent residence cards from 2023, "机读信息规则(2023版)" of the immigration
administration); Ministry of Public Security 2010-03-10 (Hong Kong and Macao permits) and the
immigration administration 2024-07-01 (those of other nationals); "一人一号、终身不变" of
2008-09-25 (Taiwan permits); seventh edition of the birth certificate, 2023; WS 365 (record number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from openhealthcode.standards.certificate_kind import CertificateKind, CertificateMalformed
from openhealthcode.standards.mrz import MachineReadable, is_machine_readable
from openhealthcode.standards.national_id import NationalId

Form = Callable[[str, str], tuple[str, str]]
"""Number and issuer as typed, without separators -> as kept."""

LOCAL: Final = frozenset(
    {
        CertificateKind.INSTITUTION_NUMBER,
        CertificateKind.TEMPORARY_NUMBER,
        CertificateKind.CARD_NUMBER,
        CertificateKind.OTHER,
    }
)
"""Kinds whose numbers different issuers give out to different people."""

BEARS_CITIZEN_NUMBER: Final = frozenset(
    {
        CertificateKind.NATIONAL_ID,
        CertificateKind.HOUSEHOLD_BOOK,
        CertificateKind.DRIVER,
        CertificateKind.INSURANCE_CARD,
        CertificateKind.RESIDENCE_PERMIT,
        CertificateKind.PERMANENT_RESIDENCE,
    }
)
"""Kinds whose number can be one of GB 11643: the same person whichever of them is shown."""

CITIZEN_NUMBER_LENGTH: Final = 18
_ASCII_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9]{4,32}", re.ASCII)
_PASSPORT = re.compile(r"(?=.*\d)[A-Z0-9]{5,20}", re.ASCII)
_OFFICER = re.compile(r"(?=(?:.*\d){4})[\u4e00-\u9fff]{0,8}[A-Z0-9]{4,12}")
_OFFICER_WORDS = str.maketrans("", "", "字第号")
_HONG_KONG_MACAO = re.compile(r"[HM](?:\d{8}(?:\d{2})?|A\d{7})", re.ASCII)
_TAIWAN = re.compile(r"\d{8}(?:\d{2}(?:\([A-Z0-9]\)|[A-Z])?)?", re.ASCII)
_OLD_PERMANENT_RESIDENCE = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_BIRTH_CERTIFICATE = re.compile(r"[A-Z]\d{9}", re.ASCII)
_HEALTH_RECORD_NUMBER = re.compile(r"\d{17}", re.ASCII)
_RESIDENCE_PERMIT_DIVISIONS = ("810000", "820000", "830000")
_FOREIGNER = "9"
_LIFELONG = MappingProxyType(
    {CertificateKind.HONG_KONG_MACAO_PERMIT: 9, CertificateKind.TAIWAN_PERMIT: 8}
)
"""How many characters stay when the document is renewed; the rest counts how often it was."""


def lifelong(kind: CertificateKind, number: str) -> str:
    """The part of a number that a renewed document still carries."""
    return number[: _LIFELONG.get(kind, len(number))]


def _citizen(number: str, _: str) -> tuple[str, str]:
    return NationalId.parse(number).number, ""


def _residence_permit(number: str, _: str) -> tuple[str, str]:
    parsed = NationalId.parse(number)
    if parsed.division_code not in _RESIDENCE_PERMIT_DIVISIONS:
        raise CertificateMalformed("a residence permit's number begins with 81, 82 or 83")
    return parsed.number, ""


def _permanent_residence(number: str, _: str) -> tuple[str, str]:
    if _OLD_PERMANENT_RESIDENCE.fullmatch(number):
        return number, ""
    parsed = NationalId.parse(number)
    if not parsed.number.startswith(_FOREIGNER):
        raise CertificateMalformed("a permanent residence card's number begins with 9")
    return parsed.number, ""


def _passport(number: str, issuer: str) -> tuple[str, str]:
    if is_machine_readable(number):
        read = MachineReadable.parse(number)
        return read.number, read.state
    return _matching(_PASSPORT, number), issuer


def _officer(number: str, issuer: str) -> tuple[str, str]:
    return _matching(_OFFICER, number.translate(_OFFICER_WORDS)), issuer


def _citizen_or_own(number: str, issuer: str) -> tuple[str, str]:
    """Documents that carry the holder's ID number unless another body numbered them."""
    if not issuer and len(number) == CITIZEN_NUMBER_LENGTH:
        return _citizen(number, issuer)
    return _matching(_ASCII_NUMBER, number), issuer


def _insurance_card(number: str, issuer: str) -> tuple[str, str]:
    if len(number) == CITIZEN_NUMBER_LENGTH:
        return _citizen(number, issuer)
    if not issuer:
        raise CertificateMalformed("this kind of number needs its issuer")
    return _matching(_ASCII_NUMBER, number), issuer


def _of(pattern: re.Pattern[str]) -> Form:
    return lambda number, _: (_matching(pattern, number), "")


def _matching(pattern: re.Pattern[str], number: str) -> str:
    if not pattern.fullmatch(number):
        raise CertificateMalformed
    return number


FORMS: Final[Mapping[CertificateKind, Form]] = MappingProxyType(
    {
        CertificateKind.NATIONAL_ID: _citizen,
        CertificateKind.HOUSEHOLD_BOOK: _citizen_or_own,
        CertificateKind.PASSPORT: _passport,
        CertificateKind.OFFICER: _officer,
        CertificateKind.DRIVER: _citizen_or_own,
        CertificateKind.HONG_KONG_MACAO_PERMIT: _of(_HONG_KONG_MACAO),
        CertificateKind.TAIWAN_PERMIT: _of(_TAIWAN),
        CertificateKind.BIRTH_CERTIFICATE: _of(_BIRTH_CERTIFICATE),
        CertificateKind.HEALTH_RECORD_NUMBER: _of(_HEALTH_RECORD_NUMBER),
        CertificateKind.INSURANCE_CARD: _insurance_card,
        CertificateKind.RESIDENCE_PERMIT: _residence_permit,
        CertificateKind.PERMANENT_RESIDENCE: _permanent_residence,
    }
)
