"""Names in the form in which they are compared: parted, in simplified characters, by sound, by shape.

Two Chinese names are near when they sound alike without tones, when a character was taken for one
that looks alike, or when a character did not arrive. Nothing else: siblings share surname and
generation character, so that one differing character is no sign of a mistake.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from openhealthcode.identity.matching import tables

PLACEHOLDER = "_"
"""Stands for a character that did not arrive."""

_DOTS = "·•.・‧∙⋅･．•"
_APART = re.compile(rf"[\s{re.escape(_DOTS)},，、]+")
_PARTED = re.compile(rf"(?<=\w)[{re.escape(_DOTS)}](?=\w)")
_DESCRIBED = re.compile(
    r"[\(\[{（【《〔<][^)\]}）】》〕>]*[)\]}）】》〕>]"  # 王(日升)
    r"|[⿲⿳]...|[⿰-⿻].."  # ideographic description: ⿰日升
)
_MISSING = re.compile(r"[?？*＊_□■▢〓�○◯\ue000-\uf8ff\U000f0000-\U0010fffd]")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af_]+")
_LETTERS = re.compile(r"[a-z]+")
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxzcsryw]|zh|ch|sh)?(?:[aeiouv]{1,4}|[aeiouv]{1,2}(?:ng|n)|er)"
)
_PINYIN = re.compile(rf"(?:{_SYLLABLE.pattern})+")
_UMLAUT = re.compile(r"([ln])(?:ü|yu)")
_NEWBORN = re.compile(
    r"(?<=.)之(?:[长次三四大二小幺]?[子女男婴儿]|双胞胎.?|[大小]宝)$|^(?:新生儿|[男女]婴)|(?<=.)(?:新生儿|[男女]婴|婴儿)$"
)


class NameAgreement(StrEnum):
    """How far two whole names agree; whatever is not ``DIFFERENT`` may be one person's."""

    EQUAL = "equal"
    SAME_SOUND = "same sound"
    LOOK_ALIKE = "look-alike"
    PLACEHOLDER = "placeholder"
    DIFFERENT = "different"


@lru_cache(maxsize=65536)
def parted(name: str) -> tuple[str, str]:
    """Surname and given name; a name that cannot be told apart is all given name."""
    text = _folded(name)
    words = _words(text)
    whole = "".join(words)
    if not whole:
        return "", ""
    if _HAN.fullmatch(whole):
        is_dotted = _PARTED.search(text) is not None
        return ("", whole) if is_dotted else _parted_chinese(whole)
    if len(words) > 1:
        return _parted_letters(words, is_reversed="," in text)
    surname = next((s for s in (whole[:2], whole[:1]) if s in tables.surnames()), "")
    return surname, whole.removeprefix(surname)


def is_newborn_name(name: str) -> bool:
    """Whether a ward gave this name for want of another: 张三之子, 新生儿, 李四之次女."""
    return _NEWBORN.search("".join(_words(_folded(name)))) is not None


def agreement(left: str, right: str) -> NameAgreement:
    """How far two names agree, however they were typed."""
    a, b = parted(left), parted(right)
    one, other = "".join(a), "".join(b)
    if PLACEHOLDER in one + other:
        # At least one character must have arrived on both sides, or nothing was compared.
        is_same = fits(one, other) and any(
            a == b != PLACEHOLDER for a, b in zip(one, other, strict=True)
        )
        return NameAgreement.PLACEHOLDER if is_same else NameAgreement.DIFFERENT
    if one == other:
        return NameAgreement.EQUAL
    if sound(*a) == sound(*b):
        return NameAgreement.SAME_SOUND
    if shape(one) == shape(other):
        return NameAgreement.LOOK_ALIKE
    return NameAgreement.DIFFERENT


def fits(left: str, right: str) -> bool:
    """Whether one side, with any character for each that did not arrive, is the other."""
    if len(left) != len(right):
        return False
    pairs = list(zip(left, right, strict=True))
    return all(a in (b, PLACEHOLDER) for a, b in pairs) or all(
        b in (a, PLACEHOLDER) for a, b in pairs
    )


def sound(family: str, given: str) -> str:
    """Both names by their reading without tones; letters stay as they are."""
    return family_sound(family) + given_sound(given)


@lru_cache(maxsize=8192)
def family_sound(family: str) -> str:
    """A surname by its reading as a surname."""
    return tables.surname_sounds().get(family) or given_sound(family)


@lru_cache(maxsize=65536)
def given_sound(text: str) -> str:
    """Characters by their most frequent reading."""
    return "".join(map(_reading, text))


@lru_cache(maxsize=65536)
def shape(text: str) -> str:
    """Characters that look alike become one."""
    return text.translate(tables.look_alikes())


@lru_cache(maxsize=65536)
def letters(text: str) -> str:
    """The text, if it is letters alone; else empty. Only such names are compared by letter."""
    return text if _LETTERS.fullmatch(text) else ""


@lru_cache(maxsize=32768)
def _reading(character: str) -> str:
    if character.isascii():
        return character
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - loads a dictionary, on use only

    readings = PINYIN_DICT.get(ord(character))
    if readings is None:
        return character
    plain = unicodedata.normalize("NFD", readings.partition(",")[0]).replace("u\u0308", "v")
    return "".join(letter for letter in plain if letter.isascii())


def _folded(name: str) -> str:
    text = name
    if described := _DESCRIBED.search(name):
        is_note = described.end() == len(name) and described.start() > 1
        text = _DESCRIBED.sub("" if is_note else PLACEHOLDER, name)
    text = unicodedata.normalize("NFKC", text).casefold()
    return _MISSING.sub(PLACEHOLDER, text).translate(tables.simplified())


def _words(text: str) -> list[str]:
    """What separators part, without marks of any kind; accents on letters do not count.

    But for the two dots of lü and nü, which are another sound: passports write it lyu, keyboards lv.
    """
    parts = _APART.split(_UMLAUT.sub(r"\1v", text))
    words = ("".join(filter(_is_kept, unicodedata.normalize("NFD", part))) for part in parts)
    return [word for word in words if word]


def _is_kept(character: str) -> bool:
    return character == PLACEHOLDER or character.isalnum()


def _parted_chinese(name: str) -> tuple[str, str]:
    known = tables.surnames()
    for length in (4, 2, 1):
        if len(name) > length and name[:length] in known and len(name) <= length + 3:
            return name[:length], name[length:]
    return "", name


def _parted_letters(words: list[str], *, is_reversed: bool) -> tuple[str, str]:
    """``wang xiaoming`` and ``smith, john`` begin with the surname, ``john smith`` ends with it."""
    if is_reversed or (words[0] in _surname_readings() and all(map(_is_pinyin, words[1:]))):
        return words[0], "".join(words[1:])
    return words[-1], "".join(words[:-1])


def _is_pinyin(word: str) -> bool:
    return _PINYIN.fullmatch(word) is not None


@lru_cache(maxsize=1)
def _surname_readings() -> frozenset[str]:
    return frozenset(map(family_sound, tables.surnames()))
