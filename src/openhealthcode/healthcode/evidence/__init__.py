"""Where one-time codes were accepted: at once, or by a desk without network that hands it in later.

Start with ``note.note``: every acceptance is noted once, and a code that was accepted at two places
becomes a case of the region (``DoubleUse``).
"""

from openhealthcode.healthcode.evidence.doubled import double_uses, see_double_use
from openhealthcode.healthcode.evidence.model import (
    LONGEST_OFFLINE_DAYS,
    Acceptance,
    DoubleUse,
    Place,
)
from openhealthcode.healthcode.evidence.note import note, purge_acceptances

__all__ = [
    "LONGEST_OFFLINE_DAYS",
    "Acceptance",
    "DoubleUse",
    "Place",
    "double_uses",
    "note",
    "purge_acceptances",
    "see_double_use",
]
