"""Marks in files that are handed over, so that one that is found says to whom it was handed (泄露溯源).

Start with ``code.py``: 512 secret bits for each file. ``resources``, ``canaries`` and
``table`` write and read them where two ways of writing mean the same (``variants.toml``);
``score.py`` says whom what was read accuses, and with what chance of being wrong.
"""

from openhealthcode.trust.marks.admissible import TABLE
from openhealthcode.trust.marks.canaries import CANARIES, Canary, CanaryBook, canary_rows
from openhealthcode.trust.marks.code import MARKS, MarkCode
from openhealthcode.trust.marks.resources import mark_resources, shown_by_resources
from openhealthcode.trust.marks.score import (
    FALSE_ACCUSATION,
    Accused,
    Reading,
    Votes,
    accuse,
    agreements,
)
from openhealthcode.trust.marks.screen import SIDE, ScreenCode, Shown
from openhealthcode.trust.marks.table import TableShown, read_table, write_table

__all__ = [
    "CANARIES",
    "FALSE_ACCUSATION",
    "MARKS",
    "SIDE",
    "TABLE",
    "Accused",
    "Canary",
    "CanaryBook",
    "MarkCode",
    "Reading",
    "ScreenCode",
    "Shown",
    "TableShown",
    "Votes",
    "accuse",
    "agreements",
    "canary_rows",
    "mark_resources",
    "read_table",
    "shown_by_resources",
    "write_table",
]
