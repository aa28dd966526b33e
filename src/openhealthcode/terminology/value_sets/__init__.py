"""Value sets (值集): which codes may stand where. Start with ``value_set`` and ``expand``."""

from openhealthcode.terminology.concepts.system import SystemUnknown
from openhealthcode.terminology.value_sets.expand import (
    MOST_CODES,
    Expansion,
    TooManyCodes,
    contains,
    expand,
)
from openhealthcode.terminology.value_sets.held import held, value_set
from openhealthcode.terminology.value_sets.model import Filter, Part, ValueSet

__all__ = [
    "MOST_CODES",
    "Expansion",
    "Filter",
    "Part",
    "SystemUnknown",
    "TooManyCodes",
    "ValueSet",
    "contains",
    "expand",
    "held",
    "value_set",
]
