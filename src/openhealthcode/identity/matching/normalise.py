"""Bring a registration into the form in which it is compared."""

from __future__ import annotations

import re
import unicodedata

from openhealthcode.identity.matching.model import Variant
from openhealthcode.identity.matching.names import is_newborn_name, parted
from openhealthcode.identity.model import Registration
from openhealthcode.standards import CertificateKind, NationalId, Phone

_SAYS_NOTHING = re.compile(
    r"^(?:无|暂无|不详|未知|同上|地址不详|户籍地|现住址|unknown|none|n/?a|[\W_]*)$"
)
_AREA = re.compile(
    r"^(?:中国|中华人民共和国)?"
    r"((?:.{2,6}?(?:特别行政区|自治区|省)|(?:北京|上海|天津|重庆)市?)?"
    r"(?:.{1,10}?(?:自治州|地区|盟|市))?"
    r"(?:[^镇乡街路]{1,8}?(?:自治县|自治旗|(?<![社小])区|县|旗|市))?)"
)
_TOWN = re.compile(r"^(.{1,10}?(?:街道办事处|街道办|街道|民族乡|镇|乡|苏木))")
_PLACE = re.compile(
    r"^(.{1,14}?(?:社区居委会|社区|居委会|居民委员会|村委会|村民委员会|行政村|村|嘎查))"
)
_ROAD = re.compile(r"^(.{1,14}?(?:大道|大街|胡同|路|街|道|巷|弄|里))")
_NUMBERS = re.compile(r"\d+|[a-z](?![a-z])")
_ENDING = re.compile(r"(?:办事处|办|居民委员会|居委会|(?<=村)民?委员?会)$")
_CHINESE_DIGITS = {"〇": 0, "零": 0, "两": 2} | {
    c: i for i, c in enumerate("一二三四五六七八九", 1)
}
_CHINESE_UNITS = {"十": 10, "百": 100}
_CHINESE_NUMBER = re.compile(r"[〇零一二两三四五六七八九十百]+(?=[号栋幢座单组室楼层弄社])")


def variant_of(registration: Registration) -> Variant:
    """The comparison row of one registration; what stands for nothing is left out."""
    family, given = parted(registration.name)
    is_newborn = is_newborn_name(registration.name)
    area, town, place, road, door, postcode = address_parts(registration.address)
    number, birth, sex = _national_number(registration), registration.birth_date, registration.sex
    if number:
        # The number tells both; what is said beside it is the same, or would have been refused.
        birth, sex = NationalId(number).birth_date, NationalId(number).sex
    return Variant(
        family=family,
        given=given,
        birth=birth.isoformat() if birth else "",
        sex=sex,
        number=number,
        phone=_phone(registration.phone),
        area=area,
        town=town,
        place=place,
        road=road,
        door=door,
        postcode=postcode,
        mother=_mother(registration),
        is_newborn=is_newborn,
    )


def address_parts(address: str) -> tuple[str, str, str, str, str, str]:
    """Area, town, place, road, door and postcode of an address as it was written."""
    text = unicodedata.normalize("NFKC", address).casefold().strip()
    if _SAYS_NOTHING.fullmatch(text):
        return "", "", "", "", "", ""
    if text.isascii():
        return _foreign_parts(text)
    rest = "".join(text.split())
    area, rest = _take(_AREA, rest)
    town, rest = _take(_TOWN, rest)
    place, rest = _take(_PLACE, rest)
    road, rest = _take(_ROAD, rest)
    rest = _CHINESE_NUMBER.sub(lambda found: _in_digits(found[0]), rest)
    return area, _short(town), _short(place), road, "-".join(_NUMBERS.findall(rest)), ""


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.match(text)
    return ("", text) if found is None else (found[1], text[found.end() :])


def _in_digits(number: str) -> str:
    """``十二`` and ``一百二十`` as they are counted, ``一二〇`` as it is spelt."""
    if not _CHINESE_UNITS.keys() & set(number):
        return "".join(str(_CHINESE_DIGITS[character]) for character in number)
    total, digit = 0, None
    for character in number:
        if unit := _CHINESE_UNITS.get(character):
            total += (1 if digit is None else digit) * unit
            digit = None
        else:
            digit = _CHINESE_DIGITS[character]
    return str(total + (digit or 0))


def _short(place: str) -> str:
    return _ENDING.sub("", place)


def _foreign_parts(text: str) -> tuple[str, str, str, str, str, str]:
    """House and road, town, state and postcode, in the order in which letters are addressed."""
    parts = [" ".join(re.findall(r"\w+", part)) for part in text.split(",")]
    parts = [part for part in parts if part]
    postcode = parts.pop() if len(parts) > 1 and parts[-1].isdigit() else ""
    road = parts.pop(0) if parts else ""
    door = next(iter(re.findall(r"^\d+\w?", road)), "")
    area = parts.pop() if len(parts) > 1 else ""
    town = parts.pop() if parts else ""
    return area, town, " ".join(parts), road.removeprefix(door).strip(), door, postcode


def _national_number(registration: Registration) -> str:
    return next(
        (c.number for c in registration.certificates if c.kind is CertificateKind.NATIONAL_ID), ""
    )


def _phone(phone: Phone | None) -> str:
    return "" if phone is None or phone.is_placeholder else phone.number


def _mother(registration: Registration) -> str:
    mother = registration.mother
    return mother.number if mother and mother.kind is CertificateKind.NATIONAL_ID else ""
