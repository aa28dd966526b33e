"""Marks in a table: canaries among its rows, the order of rows of one day, and how cells are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from openhealthcode.trust.marks import ties
from openhealthcode.trust.marks.admissible import TABLE
from openhealthcode.trust.marks.code import MarkCode
from openhealthcode.trust.marks.members import INSTANTS, Variant

QUOTED: Final = "quoted"
_ENDINGS: Final = ("+00:00", "Z")
_MUST_BE_QUOTED: Final = re.compile(r'[",;\t\r\n]|^\s|\s$')
_FORMULA: Final = re.compile(r"^[=@\t\r]|^[+-](?![\d.]+$)")
_ID: Final = re.compile(r"(?:[A-Za-z]+/)?([A-Za-z0-9.-]{64})")
_DAY: Final = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)")
_NUMBER: Final = re.compile(r"88\d{15}[\dX]")
_DELIMITERS: Final = ",;\t|"

Row = dict[str, str]


@dataclass(slots=True)
class TableShown:
    """What a found table says.

    Args:
        places: kind, place and variant of each place that was read.
        ids: what looks like an id of ours, row by row; the entry's first, then the resident's.
        numbers: ID numbers of a county that no county is.
        rows: how many there were.
    """

    places: list[tuple[str, bytes, int]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set, repr=False)
    rows: int = 0


def write_table(code: MarkCode, word: int, columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Rows as CSV (RFC 4180), newest day first, written as the file's bits say.

    Args:
        word: the bits of the file.
        columns: the first is the row's reference: its type, a stroke, its id.
        rows: canaries among them already.
    """

    def variant(place: bytes) -> int:
        return code.variant(word, place)

    by_id = {row[columns[0]].rpartition("/")[2]: row for row in rows}
    newest = sorted(by_id, key=lambda one: by_id[one].get(TABLE.ties, ""), reverse=True)
    lines = [",".join(columns)]
    for _, group in groupby(newest, key=lambda one: by_id[one].get(TABLE.ties, "")):
        for name in ties.tied((one.encode() for one in group), variant, code.rank):
            row = by_id[name.decode()]
            lines.append(",".join(_cell(row, name, column, variant) for column in columns))
    return "\r\n".join([*lines, ""]).encode()


def _cell(row: Row, name: bytes, column: str, variant: Variant) -> str:
    value = row.get(column, "")
    if column in TABLE.instants and value.endswith(_ENDINGS):
        stem = value.removesuffix("Z").removesuffix("+00:00")
        return stem + _ENDINGS[variant(_place(name, column))]
    if _FORMULA.search(value):
        value = "'" + value  # a spreadsheet would compute it
    is_quoted = bool(_MUST_BE_QUOTED.search(value))
    if not is_quoted and value and column in TABLE.quoted:
        is_quoted = bool(variant(_place(name, column)))
    return '"' + value.replace('"', '""') + '"' if is_quoted else value


def read_table(text: str, code: MarkCode) -> TableShown:
    """Everything a found table shows, whatever was left of it, with a header or without."""
    shown = TableShown()
    group: list[bytes] = []
    day_before: str | None = None
    header: list[str] = []
    for cells in _rows(text):
        ids = [found.group(1) for value, _ in cells if (found := _ID.fullmatch(value))]
        shown.numbers.update(value for value, _ in cells if _NUMBER.fullmatch(value))
        if not ids:
            header = header or [value.strip().lower() for value, _ in cells]
            continue
        shown.rows += 1
        shown.ids += ids
        name = ids[0].encode()
        _read_cells(shown, name, cells, header)
        day = next((value for value, _ in cells if _DAY.fullmatch(value)), "")
        if day != day_before:
            shown.places += ties.shown(group, code.rank)
            group, day_before = [], day
        group.append(name)
    shown.places += ties.shown(group, code.rank)
    return shown


def _read_cells(
    shown: TableShown, name: bytes, cells: Sequence[tuple[str, bool]], header: Sequence[str]
) -> None:
    for place, (value, is_quoted) in enumerate(cells):
        column = header[place] if place < len(header) else ""
        if _INSTANT.fullmatch(value):
            for instants in TABLE.instants:
                way = int(value.endswith(_ENDINGS[1]))
                shown.places.append((INSTANTS, _place(name, instants), way))
        elif column in TABLE.quoted and value and not _MUST_BE_QUOTED.search(value):
            shown.places.append((QUOTED, _place(name, column), int(is_quoted)))


def _rows(text: str) -> Iterator[list[tuple[str, bool]]]:
    """Row by row the cells and whether they stood in quotation marks; one pass, however broken."""
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=first.count)
    cell = re.compile(
        rf'(?:"((?:[^"]|"")*+)"|([^{re.escape(delimiter)}\r\n]*+))'
        rf"({re.escape(delimiter)}|\r?\n|\r|$)?"
    )
    cells: list[tuple[str, bool]] = []
    at = 0
    while at < len(text):
        found = cell.match(text, at)
        if found is None or found.end() == at:
            at += 1  # neither a cell nor its end: a lone quotation mark
            continue
        at = found.end()
        is_quoted = found.group(1) is not None
        value = found.group(1).replace('""', '"') if is_quoted else found.group(2)
        cells.append((value, is_quoted))
        if found.group(3) != delimiter:
            yield cells
            cells = []
    if cells:
        yield cells


def _place(name: bytes, column: str) -> bytes:
    return name + b"|" + column.encode()
