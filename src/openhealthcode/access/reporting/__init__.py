"""A resident does not know somebody who is in the own log, and says so.

What has to do with the resident happens here and is an event of theirs; the case about it is
``supervision``'s, which knows the resident by a mark and by a reference that only this opens.
"""

from openhealthcode.access.reporting.report import (
    LookToReport,
    line_of,
    look_to_report,
    mark_of,
    note_contest,
    note_report,
    tell_of_report,
)

__all__ = [
    "LookToReport",
    "line_of",
    "look_to_report",
    "mark_of",
    "note_contest",
    "note_report",
    "tell_of_report",
]
