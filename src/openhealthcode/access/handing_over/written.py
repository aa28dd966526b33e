"""A file as it leaves: what was shown, written as the file's own bits say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from openhealthcode.access.handing_over.rows import COLUMNS, rows_of
from openhealthcode.record import read_exactly, write_exactly
from openhealthcode.record.reading import Entry
from openhealthcode.trust import Keys
from openhealthcode.trust.marks import canary_rows, mark_resources, write_table


def lines(keys: Keys, mark_id: UUID, entries: Sequence[Entry]) -> list[bytes]:
    """Entries of one type, a line each; which comes first among those of one person is a mark."""
    code = keys.marks
    told = mark_resources(
        code, code.word(mark_id.bytes), [read_exactly(entry.body) for entry in entries]
    )
    return [write_exactly(one) for one in told]


def table(keys: Keys, mark_id: UUID, entries: Iterable[Entry]) -> bytes:
    """Entries as rows, and among them some of people who do not exist; nothing for no entries."""
    rows = rows_of((entry, read_exactly(entry.body)) for entry in entries)
    if not rows:
        return b""
    code = keys.marks
    canaries = canary_rows(code, mark_id.bytes, rows, keys.seal_id)
    return write_table(code, code.word(mark_id.bytes), COLUMNS, [*rows, *canaries])


def marked_entries(keys: Keys, mark_id: UUID, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The same entries in their order, each written as the file's bits say."""
    code, word = keys.marks, keys.marks.word(mark_id.bytes)
    return tuple(
        entry._replace(
            body=write_exactly(mark_resources(code, word, [read_exactly(entry.body)])[0])
        )
        for entry in entries
    )
