"""What betrays a sensitive category: diagnoses, drugs, tests, departments, and words.

Hiding a diagnosis is worth nothing while the drug for it stays in view, so the map covers what
lets a reader infer it. ``sensitive.toml`` is the map this release brings, each row with its reason;
reviewers make editions of their own of it (``editions``). This module only looks things up. An entry
that cannot be placed is not sensitive by itself: what protects it then is that nothing is shown by
silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology.map_file import read_map
from openhealthcode.terminology.model import Difference, Edition, MapRow, Term
from openhealthcode.terminology.spelling import as_read
from openhealthcode.terminology.systems import FAMILY_OF

_LATIN_START: Final = 3
_CHINESE_START: Final = 2
_LATIN_WORD: Final = re.compile(r"[a-z0-9]+")
_LONGEST_PREFIX: Final = 8
_NOTHING: Final[frozenset[SensitiveCategory]] = frozenset()
_SPELLING: Final = "2"
"""Raise it when words are found in another way, so that what was filed before is looked at again."""

_Table = dict[str, frozenset[SensitiveCategory]]
_Word = tuple[re.Pattern[str], SensitiveCategory]
_EMPTY: Final[tuple[_Table, _Table]] = ({}, {})


class SensitiveMap:
    """An edition of the map, ready to be looked things up in."""

    __slots__ = ("_codes", "_first", "_words", "digest", "edition", "rows")

    def __init__(self, edition: Edition, rows: tuple[MapRow, ...]) -> None:
        """Take the rows as they are; ``map_file`` has checked them."""
        self.edition = edition
        self.rows = rows
        self.digest = sha256(
            "\n".join([_SPELLING, *map("\t".join, sorted(_terms(rows)))]).encode()
        ).digest()
        """Stands for what this edition closes; the same for two that close the same."""
        self._codes = _code_tables(row for row in rows if row.family)
        self._words = _word_table(rows)
        self._first = _first_characters(rows)

    def categories(
        self,
        codings: Iterable[tuple[str, str]],
        texts: Iterable[str] = (),
        department: str | None = None,
    ) -> frozenset[SensitiveCategory]:
        """Every sensitive category an entry belongs to or lets a reader infer.

        Args:
            codings: (system URI, code) pairs found anywhere in the entry.
            texts: displays, titles and free text of the entry.
            department: the department that wrote it, when it is known by name.
        """
        found = _NOTHING
        for system, code in codings:
            family = FAMILY_OF.get(system)
            if family is not None:
                found |= self._by_code(family, code)
        for text in texts if department is None else (*texts, department):
            found |= self._by_words(text)
        return found

    def _by_code(self, family: str, code: str) -> frozenset[SensitiveCategory]:
        """What the whole code and each of its beginnings are listed under."""
        whole, beginnings = self._codes.get(family, _EMPTY)
        code = _plain(code)
        found = whole.get(code, _NOTHING)
        for length in range(1, min(len(code), _LONGEST_PREFIX) + 1) if beginnings else ():
            found |= beginnings.get(code[:length], _NOTHING)
        return found

    def _places(self, text: str) -> Iterator[int]:
        """Where a listed word may begin that is not Latin: few texts have many such places."""
        return (found.start() for found in self._first(text))

    def _by_words(self, text: str) -> frozenset[SensitiveCategory]:
        """Look closer only where a word begins as a listed one does: most texts never do."""
        text = as_read(text)
        starts = {word[:_LATIN_START] for word in _LATIN_WORD.findall(text)}
        if not text.isascii():
            starts.update(text[at : at + _CHINESE_START] for at in self._places(text))
        return frozenset(
            category
            for start in starts & self._words.keys()
            for pattern, category in self._words[start]
            if pattern.search(text)
        )


@cache
def packaged_map() -> SensitiveMap:
    """The map this release brings, in force until reviewers approve an edition of their own."""
    text = files("openhealthcode.terminology").joinpath("sensitive.toml").read_text("utf-8")
    return SensitiveMap(*read_map(text))


def difference(new: Iterable[MapRow], old: Iterable[MapRow]) -> Difference:
    """What the new rows close that the old ones left open, and what they open."""
    now, before = set(_terms(new)), set(_terms(old))
    return Difference(tuple(sorted(now - before)), tuple(sorted(before - now)))


def _terms(rows: Iterable[MapRow]) -> Iterator[Term]:
    for row in rows:
        for code in row.codes:
            yield Term(row.category, row.family, code)
        for prefix in row.prefixes:
            yield Term(row.category, row.family, f"{prefix}…")
        for word in row.words:
            yield Term(row.category, "", word)


def _plain(code: str) -> str:
    """A code as it is compared: F32.1 and f321 are the same."""
    return code.strip().upper().replace(".", "")


def _code_tables(rows: Iterable[MapRow]) -> dict[str, tuple[_Table, _Table]]:
    """For each family: categories by whole code, and by the beginning of a code."""
    tables: dict[str, tuple[_Table, _Table]] = {}
    for row in rows:
        for table, listed in zip(
            tables.setdefault(row.family, ({}, {})), (row.codes, row.prefixes), strict=True
        ):
            for key in map(_plain, listed):
                table[key] = table.get(key, _NOTHING) | {row.category}
    return tables


def _word_table(rows: Iterable[MapRow]) -> dict[str, list[_Word]]:
    """Listed words by how they begin: three Latin letters or two Chinese characters."""
    table: dict[str, list[_Word]] = {}
    for row in rows:
        for listed in row.words:
            word = as_read(listed)
            start = word[:_CHINESE_START]
            if word.isascii():
                start = _LATIN_WORD.findall(word)[0][:_LATIN_START]
            table.setdefault(start, []).append((_pattern(word), row.category))
    return table


def _first_characters(rows: Iterable[MapRow]) -> Callable[[str], Iterator[re.Match[str]]]:
    """Finds where a listed word that is not all Latin could begin."""
    words = (as_read(word) for row in rows for word in row.words)
    first = "".join(sorted({word[0] for word in words if not word.isascii()}))
    return re.compile(f"[{re.escape(first)}]" if first else r"(?!)").finditer


def _pattern(word: str) -> re.Pattern[str]:
    """Latin words match whole (a trailing ``*`` leaves the end open), Chinese ones anywhere.

    What is *not* of that kind (非酒精性, non-alcoholic) is another disease and betrays nothing.
    """
    if not word.isascii():
        return re.compile(rf"(?<!非){re.escape(word)}")
    end = "" if word.endswith("*") else r"(?![a-z0-9])"
    return re.compile(rf"(?<![a-z0-9])(?<!non-)(?<!non ){re.escape(word.removesuffix('*'))}{end}")
