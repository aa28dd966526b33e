"""What `ohc verify` asks beyond the log itself: whatever is there was logged, and is still there.

The log alone cannot tell that a consent was slipped into its table, or a withdrawal taken out.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.audit import CrossCheck
from openhealthcode.database import load_queries

_QUERIES = load_queries("openhealthcode.access", "cross_checks.sql")
_MEANINGS: Final = {
    "entry_without_event": "An entry of the record names a filing that was not logged.",
    "filing_without_entry": "Everything this event filed is gone.",
    "consent_without_event": "A consent names an answer that was not logged.",
    "grant_without_consent": "The consent this event gave is gone.",
    "withdrawal_without_event": "A consent names a withdrawal that was not logged.",
    "withdrawal_undone": "What this event withdrew is in force again, or gone.",
    "request_without_event": "A request for consent names an event that was not logged.",
    "choice_without_event": "An advance choice for emergencies names an event that was not logged.",
    "override_without_case": "Nobody is asked to review the override this event made.",
    "judgement_without_event": "A judgement on an override names an event that was not logged.",
    "event_without_judgement": "The judgement on an override this event made is gone.",
    "event_without_choice": "The advance choice this event made is gone.",
}

CROSS_CHECKS: Final = tuple(CrossCheck(_QUERIES[name], text) for name, text in _MEANINGS.items())
"""For ``audit.verify``."""
