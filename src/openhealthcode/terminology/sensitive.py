"""What betrays a sensitive category: diagnoses, drugs, tests, departments, and words.

Hiding a diagnosis is worth nothing while the drug for it stays in view, so the map covers what
lets a reader infer it. ``sensitive.toml`` is the map, each row with its reason; this module only
looks things up. An entry that cannot be placed is not sensitive by itself: what protects it then
is that nothing is shown by silence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final
from unicodedata import normalize

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology.systems import FAMILY_OF

_LONGEST_PREFIX: Final = 8
_NOTHING: Final[frozenset[SensitiveCategory]] = frozenset()
_MAP: Final[dict[str, Any]] = tomllib.loads(
    files("openhealthcode.terminology").joinpath("sensitive.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class MapRow:
    """One line of the map: what betrays which category, why it is listed, and by whose word."""

    category: SensitiveCategory
    betrayed_by: str
    reason: str
    source: str
    family: str = ""
    prefixes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the map; an entry's categories are those of the edition it was filed under.

    ``reviewer`` is empty until somebody named by the operator has read the edition.
    """

    version: str
    date: date
    reviewer: str


def edition() -> Edition:
    """The edition of the map this release applies."""
    return Edition(_MAP["version"], _MAP["date"], _MAP["reviewer"])


def map_rows() -> tuple[MapRow, ...]:
    """The whole map, for the page on which the public reads it."""
    return _ROWS


def sensitive_categories(
    codings: Iterable[tuple[str, str]], texts: Iterable[str] = (), department: str | None = None
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
            found |= _by_code(family, code)
    for text in texts if department is None else (*texts, department):
        found |= _by_words(text)
    return found


def _by_code(family: str, code: str) -> frozenset[SensitiveCategory]:
    """What the whole code and each of its beginnings are listed under."""
    whole, beginnings = _CODES.get(family, _EMPTY)
    code = code.strip().upper().replace(".", "")
    found = whole.get(code, _NOTHING)
    for length in range(1, min(len(code), _LONGEST_PREFIX) + 1) if beginnings else ():
        found |= beginnings.get(code[:length], _NOTHING)
    return found


def _by_words(text: str) -> frozenset[SensitiveCategory]:
    """Look closer only where a word begins as a listed one does: most texts never do.

    Letters of full width, as typed among Chinese ones, are the same letters.
    """
    text = (text if text.isascii() else normalize("NFKC", text)).lower()
    starts = {word[:_LATIN_START] for word in _LATIN_WORD.findall(text)}
    if not text.isascii():
        starts.update(map(str.__add__, text, text[1:]))
    return frozenset(
        category
        for start in starts & _WORDS.keys()
        for pattern, category in _WORDS[start]
        if pattern.search(text)
    )


def _row(entry: dict[str, Any]) -> MapRow:
    lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    return MapRow(
        category=SensitiveCategory(entry["category"]),
        betrayed_by=entry["betrayed-by"],
        reason=entry["reason"],
        source=entry["source"],
        family=entry.get("family", ""),
        prefixes=lists.get("prefixes", ()),
        codes=lists.get("codes", ()),
        words=lists.get("words", ()),
    )


_Table = dict[str, frozenset[SensitiveCategory]]
_Word = tuple[re.Pattern[str], SensitiveCategory]


def _code_tables(rows: Iterable[MapRow]) -> dict[str, tuple[_Table, _Table]]:
    """For each family: categories by whole code, and by the beginning of a code."""
    tables: dict[str, tuple[_Table, _Table]] = {}
    for row in rows:
        for table, listed in zip(
            tables.setdefault(row.family, ({}, {})), (row.codes, row.prefixes), strict=True
        ):
            for code in listed:
                key = code.replace(".", "")
                table[key] = table.get(key, _NOTHING) | {row.category}
    return tables


def _word_table(rows: Iterable[MapRow]) -> dict[str, list[_Word]]:
    """Listed words by how they begin: three Latin letters or two Chinese characters."""
    table: dict[str, list[_Word]] = {}
    for row in rows:
        for listed in row.words:
            word = listed.lower()
            start = word[:_CHINESE_START]
            if word.isascii():
                start = _LATIN_WORD.findall(word)[0][:_LATIN_START]
            table.setdefault(start, []).append((_pattern(word), row.category))
    return table


def _pattern(word: str) -> re.Pattern[str]:
    """Latin words match whole (a trailing ``*`` leaves the end open), Chinese ones anywhere.

    What is *not* of that kind (非酒精性, non-alcoholic) is another disease and betrays nothing.
    """
    if not word.isascii():
        return re.compile(rf"(?<!非){re.escape(word)}")
    end = "" if word.endswith("*") else r"(?![a-z0-9])"
    return re.compile(rf"(?<![a-z0-9])(?<!non-)(?<!non ){re.escape(word.removesuffix('*'))}{end}")


_LATIN_START: Final = 3
_CHINESE_START: Final = 2
_LATIN_WORD: Final = re.compile(r"[a-z0-9]+")
_ROWS: Final = tuple(_row(entry) for entry in _MAP["row"])
_EMPTY: Final[tuple[_Table, _Table]] = ({}, {})
_CODES: Final = _code_tables(row for row in _ROWS if row.family)
_WORDS: Final = _word_table(_ROWS)
