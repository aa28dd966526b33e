"""Finding concepts by the beginnings of words: Latin ones, Chinese ones, the initials of pinyin.

A concept's words and those somebody typed are cut alike: Latin words as they are, Chinese text into
pairs of characters, since nobody marks where a Chinese word ends. ``gxy`` finds 高血压 by the first
letters of its syllables (拼音首字母).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import Final

from openhealthcode.terminology.concepts.model import Concept, Language
from openhealthcode.terminology.spelling import as_read

LONGEST_QUESTION: Final = 100
_LATIN: Final = re.compile(r"[a-z0-9]+")
# E11.9, I10.x00, 8302-2; but "beta-blocker" is two words.
_LIKE_A_CODE: Final = re.compile(r"(?<![a-z0-9])[a-z]?[0-9][a-z0-9]*(?:[.\-][a-z0-9]+)+")
_HAN: Final = re.compile("[\u3400-\u9fff]+")
_LONGEST_INITIALS: Final = 16


def words_of(concept: Concept) -> frozenset[str]:
    """Everything a concept is found by."""
    text = as_read(f"{concept.chinese} {concept.english} {concept.code}")
    found = {concept.code.lower(), *_LATIN.findall(text), *_LIKE_A_CODE.findall(text)}
    for run in _HAN.findall(text):
        found.update(_pairs(run))
        found.add(run[-1])
        found.update(_initials(run))
    return frozenset(found)


def words_asked(text: str) -> tuple[str, ...]:
    """What has to begin some word of a concept for it to be found; none for an empty question."""
    parts = [as_read(part) for part in text[:LONGEST_QUESTION].split()]
    runs = [run for part in parts for run in _HAN.findall(part)]
    han = [word for run in runs for word in (_pairs(run) if len(run) > 1 else [run])]
    return tuple(dict.fromkeys([*_latin(" ".join(parts)), *han]))


def initials_of(text: str) -> str:
    """The first letters of the syllables of a Chinese name (拼音首字母); what is not Chinese is left out."""
    return "".join(_letters(run) for run in _HAN.findall(as_read(text)))


def matches(words: Collection[str], asked: Collection[str]) -> bool:
    """Whether every word asked for begins one of these words."""
    return all(any(word.startswith(one) for word in words) for one in asked)


def rank(concept: Concept, text: str, language: Language) -> tuple[int, int, str]:
    """The order of what is found: the code itself, a name so called, one that begins so, others."""
    name, text = as_read(concept.name_in(language)), as_read(text)
    if concept.code.lower() == text:
        place = 0
    elif name == text:
        place = 1
    else:
        place = 2 if name.startswith(text) else 3
    return place, len(name), concept.code


def _latin(text: str) -> list[str]:
    """Latin words; what is written like a code, with points or hyphens, is one of them."""
    return [*_LIKE_A_CODE.findall(text), *_LATIN.findall(_LIKE_A_CODE.sub(" ", text))]


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)]


@lru_cache(maxsize=4096)
def _letters(run: str) -> str:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - loads a dictionary, on use only

    return "".join(lazy_pinyin(run, style=Style.FIRST_LETTER)).lower()


def _initials(run: str) -> frozenset[str]:
    letters = _letters(run)
    starts = range(len(letters) - 1)
    return frozenset(letters[at : at + _LONGEST_INITIALS] for at in starts)
