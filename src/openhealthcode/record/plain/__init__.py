"""Health records in plain words: any FHIR R4 resource as a title, a detail and a day.

Pure functions over JSON; no resource, however incomplete or hostile, makes them fail.
Start reading at ``describe.py``: the table of types. ``words.toml`` holds every phrase.
"""

from openhealthcode.record.plain.dates import as_date, day_text
from openhealthcode.record.plain.describe import describe_plainly, is_entered_in_error
from openhealthcode.record.plain.entry import PlainEntry
from openhealthcode.record.plain.findings import flag_of, observed_value
from openhealthcode.record.plain.passages import Paper, Passage, named_in, papers_in, passages_of
from openhealthcode.record.plain.search import initials_of, matches, text_matches
from openhealthcode.record.plain.treatment import reason_of
from openhealthcode.record.plain.words import Language

__all__ = [
    "Language",
    "Paper",
    "Passage",
    "PlainEntry",
    "as_date",
    "day_text",
    "describe_plainly",
    "flag_of",
    "initials_of",
    "is_entered_in_error",
    "matches",
    "named_in",
    "observed_value",
    "papers_in",
    "passages_of",
    "reason_of",
    "text_matches",
]
