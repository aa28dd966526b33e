"""Presence (在场授权): how residents answer who have no phone at hand, and what stays apart of it.

Start with ``rules.divided``. An answer given with a PIN is written in the same shape whichever PIN
it was, and leaves a sealed line of the same length; only the region opens those (``recent``).
"""

from openhealthcode.consent.presence.model import (
    Helper,
    Means,
    Noted,
    Presence,
)
from openhealthcode.consent.presence.notes import (
    Watched,
    case,
    note,
    note_examined,
    recent,
    settle,
    take_up,
    to_look_into,
    unwatched,
)
from openhealthcode.consent.presence.rules import PLAUSIBLE, divided

__all__ = [
    "PLAUSIBLE",
    "Helper",
    "Means",
    "Noted",
    "Presence",
    "Watched",
    "case",
    "divided",
    "note",
    "note_examined",
    "recent",
    "settle",
    "take_up",
    "to_look_into",
    "unwatched",
]
