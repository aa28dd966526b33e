"""Accesses told to the early warning: who, from where, why and how much; a resident is a mark.

Read from the log in the order of its leaves, after they happened, so that a look costs nothing more.
What connects who looked with whom is computed here, by keyed comparisons, and leaves as words. Start
with ``accesses_since``; ``tie_staff`` is how the region knows who of the staff is which resident.
"""

from openhealthcode.access.overseen.counted import CountedLeaves, EventCount, counts_since
from openhealthcode.access.overseen.lookers import lookers
from openhealthcode.access.overseen.model import Overseen, OverseenLeaves
from openhealthcode.access.overseen.read import (
    accesses_since,
    first_leaf_at,
    log_size,
    mark_of,
    marks_of,
)
from openhealthcode.access.overseen.steps import RegionStep, region_steps
from openhealthcode.access.overseen.ties import tie_staff

__all__ = [
    "CountedLeaves",
    "EventCount",
    "Overseen",
    "OverseenLeaves",
    "RegionStep",
    "accesses_since",
    "counts_since",
    "first_leaf_at",
    "log_size",
    "lookers",
    "mark_of",
    "marks_of",
    "region_steps",
    "tie_staff",
]
