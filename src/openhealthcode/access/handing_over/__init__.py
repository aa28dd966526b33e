"""What leaves in a file: each bears a name of its own, in secret marks, in the log and in a list (泄露溯源).

Start with ``begin``, which names a file before it is made; ``lines`` and ``table`` write it.
``register.py`` says which files there were, ``seen.py`` who saw what stands in a found one.
"""

from openhealthcode.access.handing_over.register import (
    Form,
    HandedOver,
    begin,
    copy_number,
    copy_numbers,
    handed_over,
)
from openhealthcode.access.handing_over.rows import COLUMNS
from openhealthcode.access.handing_over.seen import MOST_RESIDENTS_TRACED, Onlooker, who_saw
from openhealthcode.access.handing_over.written import lines, marked_entries, table

__all__ = [
    "COLUMNS",
    "MOST_RESIDENTS_TRACED",
    "Form",
    "HandedOver",
    "Onlooker",
    "begin",
    "copy_number",
    "copy_numbers",
    "handed_over",
    "lines",
    "marked_entries",
    "table",
    "who_saw",
]
