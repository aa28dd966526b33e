"""The map as a text that reviewers read, edit and dispute (TOML), and what such a text must say.

A row that could never match anything is an error, not a row: its author believes something closed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology.model import EVIDENCE, Edition, MapRow, MapUnreadable
from openhealthcode.terminology.spelling import as_read
from openhealthcode.terminology.systems import FAMILIES

LARGEST_MAP_CHARACTERS: Final = 500_000
_MOST_ROWS: Final = 2_000
_LONGEST_TERM: Final = 100
_LONGEST_SAYING: Final = 500
_LONGEST_PREFIX: Final = 8
_LISTS: Final = ("prefixes", "codes", "words")
_WORDS: Final = ("category", "betrayed-by", "reason", "source")
_MAPPED: Final = frozenset(SensitiveCategory) - {SensitiveCategory.CHOSEN}
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]*")
_LATIN: Final = re.compile(r"[a-z0-9]")


def read_map(text: str) -> tuple[Edition, tuple[MapRow, ...]]:
    """The edition a text describes and its rows.

    Raises:
        MapUnreadable: which row and what is wrong with it.
    """
    if len(text) > LARGEST_MAP_CHARACTERS:
        raise MapUnreadable("the map is too long")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise MapUnreadable("the map is not valid TOML") from None
    rows = document.get("row", [])
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_ROWS:
        raise MapUnreadable("the map has no rows, or too many")
    version, day, reviewer = (document.get(name) for name in ("version", "date", "reviewer"))
    if not isinstance(version, str) or type(day) is not date or not isinstance(reviewer, str):
        raise MapUnreadable("the map names no version, date and reviewer")
    reviewers = tuple(name for name in reviewer.split("、") if name)
    return Edition(version, day, reviewers), tuple(
        row_of(row, place) for place, row in enumerate(rows, 1)
    )


def row_of(entry: object, place: int) -> MapRow:
    """One row of the map.

    Raises:
        MapUnreadable: it names no category, or lists what can never match.
    """
    if not isinstance(entry, Mapping):
        raise _wrong(place, "is not a table")
    said = {name: entry.get(name) for name in _WORDS}
    if unknown := entry.keys() - {*_WORDS, *_LISTS, "family"}:
        raise _wrong(place, f"has an unknown part: {min(map(str, unknown))[:40]}")
    if not all(
        isinstance(each, str) and 0 < len(each) <= _LONGEST_SAYING for each in said.values()
    ):
        raise _wrong(place, "needs a category, betrayed-by, a reason and a source")
    if said["category"] not in _MAPPED or said["betrayed-by"] not in EVIDENCE:
        raise _wrong(place, "names an unknown category or kind of evidence")
    prefixes, codes, words = (_listed(entry, name, place) for name in _LISTS)
    family = entry.get("family", "")
    _check_terms(family, prefixes, codes, words, place)
    return MapRow(
        category=SensitiveCategory(str(said["category"])),
        betrayed_by=str(said["betrayed-by"]),
        reason=str(said["reason"]),
        source=str(said["source"]),
        family=family,
        prefixes=prefixes,
        codes=codes,
        words=words,
    )


def _check_terms(
    family: object,
    prefixes: Sequence[str],
    codes: Sequence[str],
    words: Sequence[str],
    place: int,
) -> None:
    if bool(words) == bool(prefixes or codes) or bool(family) != bool(prefixes or codes):
        raise _wrong(place, "lists either words, or codes of a family")
    if family and family not in FAMILIES:
        raise _wrong(place, "names an unknown family of codes")
    for code in (*prefixes, *codes):
        if not _CODE.fullmatch(code):
            raise _wrong(place, f"lists what is no code: {code}")
    for prefix in prefixes:
        if len(prefix.replace(".", "")) > _LONGEST_PREFIX:
            raise _wrong(place, f"lists a beginning that is too long: {prefix}")
    for word in words:
        read = as_read(word)
        if len(read) < 2 or (read.isascii() and not _LATIN.search(read)):
            raise _wrong(place, f"lists a word that is too short to be found: {word}")


def _listed(entry: Mapping[str, Any], name: str, place: int) -> tuple[str, ...]:
    value = entry.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(each, str) and 0 < len(each) <= _LONGEST_TERM for each in value
    ):
        raise _wrong(place, f"has {name} that are no list of texts")
    return tuple(value)


def _wrong(place: int, what: str) -> MapUnreadable:
    return MapUnreadable(f"row {place} of the map {what}")


def write_map(edition: Edition, rows: Iterable[MapRow]) -> str:
    """The same as a text, one row after the other."""
    head = [
        f"version = {_quoted(edition.version)}",
        f"date = {edition.date.isoformat()}",
        f"reviewer = {_quoted('、'.join(edition.reviewers))}",
    ]
    return "\n".join([*head, *(line for row in rows for line in _lines(row))]) + "\n"


def _lines(row: MapRow) -> Iterator[str]:
    yield from ("", "[[row]]")
    yield f"category = {_quoted(row.category)}"
    yield f"betrayed-by = {_quoted(row.betrayed_by)}"
    if row.family:
        yield f"family = {_quoted(row.family)}"
    for name, listed in zip(_LISTS, (row.prefixes, row.codes, row.words), strict=True):
        if listed:
            yield f"{name} = [{', '.join(map(_quoted, listed))}]"
    yield f"reason = {_quoted(row.reason)}"
    yield f"source = {_quoted(row.source)}"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among its own, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
