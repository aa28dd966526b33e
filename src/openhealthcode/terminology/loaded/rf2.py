"""The snapshot of a SNOMED CT release (RF2): concepts, descriptions, is-a relationships.

Of each concept its preferred term is kept in memory while the release is read, some 500 bytes each;
relationships are passed on line by line. Whoever is not a member may not use SNOMED CT: the licence
is the operator's.

Source: SNOMED International, Release File Specification, 4.2 (component files), 5.2.2.1 (language).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded.model import Row, UnreadableCodes
from openhealthcode.terminology.loaded.read import Delivery
from openhealthcode.terminology.systems import SNOMED

_IS_A: Final = "116680003"
_PREFERRED: Final = "900000000000548007"
_FULLY_SPECIFIED: Final = "900000000000003001"
_DATE: Final = re.compile(r"_(\d{8})\.txt$")
_SEMANTIC_TAG: Final = re.compile(r" \([^()]+\)$")


def from_rf2(folder: Path) -> Delivery:
    """Everything of a snapshot that is asked for: active and inactive concepts, names, what is what.

    Raises:
        UnreadableCodes: the folder holds no snapshot, or more than one.
    """
    concepts = _file(folder, "sct2_Concept_Snapshot_*.txt")
    dated = _DATE.search(concepts.name)
    if dated is None:
        raise UnreadableCodes("the release's files do not name its date")
    english = _terms(folder, "en")
    chinese = _terms(folder, "zh")
    about = About(
        url=SNOMED,
        version=f"{SNOMED}/{_module(concepts)}/version/{dated[1]}",
        name="SNOMEDCT",
        chinese="SNOMED CT 临床术语",
        english="SNOMED CT",
        source=f"SNOMED CT, release of {dated[1]}, under the operator's licence",
    )
    links = _links(_file(folder, "sct2_Relationship_Snapshot_*.txt"))
    return Delivery(about, _rows(concepts, english, chinese), links)


def _rows(concepts: Path, english: Mapping[int, str], chinese: Mapping[int, str]) -> Iterator[Row]:
    for line in _lines(concepts, 5):
        code = line[0]
        name, in_chinese = english.get(_number(code), ""), chinese.get(_number(code), "")
        if name or in_chinese:
            yield Row(code, in_chinese, name, (), line[2] == "1")


def _links(path: Path) -> Iterator[tuple[str, str]]:
    for line in _lines(path, 10):
        if line[2] == "1" and line[7] == _IS_A:
            yield line[4], line[5]


def _terms(folder: Path, language: str) -> dict[int, str]:
    """The preferred term of each concept; without one, what it is fully called."""
    files = sorted(folder.rglob(f"sct2_Description_Snapshot-{language}*.txt"))
    preferred = _preferred(folder, language)
    found: dict[int, str] = {}
    kept: set[int] = set()
    for line in (each for file in files for each in _lines(file, 9)):
        concept, is_full = _number(line[4]), line[6] == _FULLY_SPECIFIED
        if line[2] != "1" or (concept in kept and is_full):
            continue
        if is_full:
            found.setdefault(concept, _SEMANTIC_TAG.sub("", line[7]))
        elif _number(line[0]) in preferred and concept not in kept:
            found[concept] = line[7]
            kept.add(concept)
    return found


def _preferred(folder: Path, language: str) -> frozenset[int]:
    files = sorted(folder.rglob(f"der2_cRefset_LanguageSnapshot-{language}*.txt"))
    return frozenset(
        _number(line[5])
        for file in files
        for line in _lines(file, 7)
        if line[2] == "1" and line[6] == _PREFERRED
    )


def _module(concepts: Path) -> str:
    """The module of the release: that of the edition's own concepts, the last added."""
    newest = max((line[1], line[3]) for line in _lines(concepts, 5))
    return newest[1]


def _file(folder: Path, pattern: str) -> Path:
    found = list(folder.rglob(pattern))
    if len(found) != 1:
        raise UnreadableCodes(f"one file {pattern} is wanted, there are {len(found)}")
    return found[0]


def _lines(path: Path, columns: int) -> Iterator[list[str]]:
    """The lines of a release file after its header."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            next(file, None)
            for place, line in enumerate(file, 2):
                cells = line.rstrip("\r\n").split("\t")
                if len(cells) != columns:
                    raise UnreadableCodes(f"{path.name}, line {place}: not {columns} columns")
                yield cells
    except UnicodeDecodeError:
        raise UnreadableCodes(f"{path.name} is not UTF-8") from None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise UnreadableCodes("an identifier is no number")
    return int(text)
