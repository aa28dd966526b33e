"""Looking somebody up in the master index: for systems that could already name them, and guarded.

Start with ``match``; ``guard`` says how often anybody may, and what the region hears of.
"""

from openhealthcode.access.lookups.agreement import Agreement
from openhealthcode.access.lookups.cross_reference import (
    CrossReference,
    cross_reference,
    own_numbers,
)
from openhealthcode.access.lookups.guard import (
    Alarm,
    AlarmKind,
    alarms,
    count_lookup,
    forget_counts,
    raise_alarm,
    see_alarm,
    unseen_alarms,
)
from openhealthcode.access.lookups.match import (
    MOST_MATCHES,
    USUAL_MATCHES,
    Matched,
    TooLittleToMatch,
    match,
    query,
)

__all__ = [
    "MOST_MATCHES",
    "USUAL_MATCHES",
    "Agreement",
    "Alarm",
    "AlarmKind",
    "CrossReference",
    "Matched",
    "TooLittleToMatch",
    "alarms",
    "count_lookup",
    "cross_reference",
    "forget_counts",
    "match",
    "own_numbers",
    "query",
    "raise_alarm",
    "see_alarm",
    "unseen_alarms",
]
