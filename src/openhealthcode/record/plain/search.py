"""Finding entries by a few letters: words in any order, Chinese also by pinyin.

``gxy``, ``gaoxueya`` and ``gaoxy`` all find 高血压, with every reading of a character that
has several. Nothing of the record is kept between calls, only the readings of single
characters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from openhealthcode.record.plain.concept import is_chinese
from openhealthcode.record.plain.entry import PlainEntry

LONGEST_QUERY = 64
"""Characters of a query that are looked at."""


def matches(entry: PlainEntry, query: str) -> bool:
    """Whether every word of the query occurs in the entry; an empty query finds everything."""
    words = _folded(query[:LONGEST_QUERY]).split()
    if not words:
        return True
    text = _folded(f"{entry.title} {entry.detail} {entry.by} {entry.when}")
    return all(_occurs(word, text) for word in words)


def text_matches(text: str, query: str) -> bool:
    """The same for one piece of text."""
    folded = _folded(text)
    return all(_occurs(word, folded) for word in _folded(query[:LONGEST_QUERY]).split())


def initials_of(text: str) -> str:
    """The first letters of each Chinese character's usual reading: 高血压 2 级 gives ``gxyj``.

    For searching in a page while typing; ``matches`` knows every reading and is the authority.
    """
    readings = (_readings(character) for character in text if is_chinese(character))
    return "".join(reading[0][0] for reading in readings if reading)


def _occurs(word: str, text: str) -> bool:
    if word in text:
        return True
    return word.isascii() and word.isalpha() and is_chinese(text) and _spelt_in(word, text)


def _spelt_in(word: str, text: str) -> bool:
    # Positions in the word that can be reached after the characters read so far; a new attempt
    # starts at every character. The text is at most a few hundred characters.
    reached: set[int] = set()
    size = len(word)
    for character in text:
        moved: set[int] = set()
        for syllable in _readings(character):
            for start in (*reached, 0):
                moved.update(_steps(word, start, syllable))
        if size in moved:
            return True
        reached = moved
    return False


def _steps(word: str, start: int, syllable: str) -> list[int]:
    ends = []
    for offset, letter in enumerate(syllable):
        if start + offset >= len(word) or word[start + offset] != letter:
            break
        ends.append(start + offset + 1)
    return ends


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    if not is_chinese(character):
        return (character,) if character.isalnum() else ()
    from pypinyin import Style, pinyin  # noqa: PLC0415 - loads a dictionary, 60 ms, only on use

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(reading.replace("ü", "v") for reading in (found[0] if found else ()))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
