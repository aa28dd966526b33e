"""Files of codes as their makers publish them, read row by row: nothing is held that need not be.

``csv``: a header that names the columns, one code a row. ``loinc``: ``Loinc.csv`` of a LOINC release.
``rf2``: the snapshot of a SNOMED CT release, a folder. ``fhir``: a CodeSystem in JSON.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded.model import Row, UnreadableCodes
from openhealthcode.terminology.systems import LOINC

LONGEST_CODE: Final = 200
LONGEST_NAME: Final = 4_000
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "代码", "编码", "诊断代码", "诊断编码", "疾病编码", "手术编码", "药品编码"),
    "chinese": ("chinese", "display_zh", "zh-CN", "名称", "中文名称", "诊断名称", "疾病名称", "手术名称", "药品名称"),
    "english": ("english", "display", "display_en", "en", "name", "英文名称"),
    "parent": ("parent", "上级代码", "上级编码"),
    "active": ("active", "status", "状态"),
}  # fmt: skip
"""What the columns of a table are called, in files and in ours."""

_INACTIVE: Final = frozenset({"0", "false", "no", "inactive", "retired", "deprecated", "停用"})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A code system as a file holds it: read once, from the beginning."""

    about: About
    rows: Iterable[Row]
    links: Iterable[tuple[str, str]] = ()
    """(code, parent) pairs that stand apart from the rows."""


def from_csv(path: Path, about: About, encoding: str = "utf-8-sig") -> Delivery:
    """A table of one code a row, with a header; UTF-8 unless said otherwise (gb18030)."""
    return Delivery(about, _rows_of_csv(path, encoding))


def from_loinc(path: Path, about: About, chinese: Path | None = None) -> Delivery:
    """``Loinc.csv``; with Chinese names from a release's ``zhCN…LinguisticVariant.csv``."""
    return Delivery(about, _rows_of_loinc(path, _variants(chinese) if chinese else {}))


def about_loinc(version: str) -> About:
    """What is said of LOINC, whose files do not name their release."""
    return About(
        url=LOINC,
        version=version,
        name="LOINC",
        chinese="LOINC 检验和观察代码",
        english="LOINC",
        source=f"LOINC {version}, Regenstrief Institute, under the operator's licence",
    )


def checked(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, if each is one.

    Raises:
        UnreadableCodes: a row without a code or without any name, or with one too long.
    """
    for place, row in enumerate(rows, 1):
        names = row.chinese + row.english
        if not 0 < len(row.code) <= LONGEST_CODE or row.code != " ".join(row.code.split()):
            raise UnreadableCodes(f"row {place} has no code, or one that is none")
        if not 0 < len(names) <= LONGEST_NAME or "\0" in names:
            raise UnreadableCodes(f"row {place} has no name, or one that is none")
        if row.code in row.parents:
            raise UnreadableCodes(f"row {place} is a kind of itself")
        yield row


def _rows_of_csv(path: Path, encoding: str) -> Iterator[Row]:
    with _opened(path, encoding) as file:
        lines = csv.reader(file, strict=True)
        columns = _columns_of(_next(lines))
        for line in _lines(lines):
            said = {name: _at(line, place) for name, place in columns.items()}
            parent = said.get("parent", "")
            yield Row(
                said["code"],
                said.get("chinese", ""),
                said.get("english", ""),
                (parent,) if parent else (),
                said.get("active", "").lower() not in _INACTIVE,
            )


def _columns_of(header: list[str]) -> dict[str, int]:
    named = {name.strip(): place for place, name in reversed(list(enumerate(header)))}
    found = {
        ours: named[theirs]
        for ours, names in _COLUMNS.items()
        for theirs in reversed(names)
        if theirs in named
    }
    if "code" not in found or not found.keys() & {"chinese", "english"}:
        raise UnreadableCodes("the first line names no column of codes or none of names")
    return found


def _rows_of_loinc(path: Path, chinese: Mapping[str, str]) -> Iterator[Row]:
    with _opened(path, "utf-8-sig") as file:
        lines = csv.reader(file, strict=True)
        header = _next(lines)
        try:
            code, name, status = map(header.index, ("LOINC_NUM", "LONG_COMMON_NAME", "STATUS"))
        except ValueError:
            raise UnreadableCodes("this is not the table Loinc.csv of a release") from None
        for line in _lines(lines):
            number = _at(line, code)
            is_active = _at(line, status) not in {"DEPRECATED", "DISCOURAGED"}
            yield Row(number, chinese.get(number, ""), _at(line, name), (), is_active)


def _variants(path: Path) -> dict[str, str]:
    """Chinese names: the long one, or the parts a name is made of (some 15 MB of memory)."""
    found = {}
    with _opened(path, "utf-8-sig") as file:
        for line in csv.DictReader(file):
            parts = (line.get(name) or "" for name in ("COMPONENT", "SYSTEM", "METHOD_TYP"))
            name = line.get("LONG_COMMON_NAME") or ":".join(part for part in parts if part)
            if line.get("LOINC_NUM") and name:
                found[line["LOINC_NUM"]] = name
    return found


def _opened(path: Path, encoding: str) -> IO[str]:
    try:
        return path.open(encoding=encoding, newline="")
    except LookupError:
        raise UnreadableCodes("there is no such encoding") from None
    except OSError:
        raise UnreadableCodes(f"{path} cannot be read") from None


def _next(lines: Iterator[list[str]]) -> list[str]:
    for line in _lines(lines):
        return line
    raise UnreadableCodes("the file is empty")


def _lines(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    """Lines that are not blank."""
    try:
        for line in lines:
            if any(line):
                yield line
    except (csv.Error, UnicodeDecodeError):
        raise UnreadableCodes("the file is no table in this encoding") from None


def _at(line: list[str], place: int) -> str:
    return line[place].strip() if place < len(line) else ""
