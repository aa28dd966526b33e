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
    "destruction_without_event": "Something was said to be over that the log does not know of.",
    "destroyed_still_there": "What this event destroyed because its time was over is back.",
    "consent_without_event": "A consent names an answer that was not logged.",
    "grant_without_consent": "The consent this event gave is gone.",
    "withdrawal_without_event": "A consent names a withdrawal that was not logged.",
    "withdrawal_undone": "What this event withdrew is in force again, or gone.",
    "refusal_without_lines": "What this refusal closed is open: its lines are gone.",
    "use_without_event": "A use of a consent belongs to no look that was logged.",
    "request_without_event": "A request for consent names an event that was not logged.",
    "representation_without_event": "Somebody may act for the resident whom nobody was logged to appoint.",
    "revocation_undone": "An appointment that this event ended holds again, or is gone.",
    "death_without_event": "A death, or its correction, names an event that was not logged.",
    "event_without_death": "The death this event registered is gone.",
    "event_without_wishes": "What this event kept from representatives is gone.",
    "choice_without_event": "An advance choice for emergencies names an event that was not logged.",
    "override_without_case": "Nobody is asked to review the override this event made.",
    "judgement_without_event": "A judgement on an override names an event that was not logged.",
    "attestation_without_event": "An attestation that copies are erased was not logged.",
    "event_without_attestation": "The attestation this event took is gone.",
    "event_without_judgement": "The judgement on an override this event made is gone.",
    "event_without_choice": "The advance choice this event made is gone.",
}

CROSS_CHECKS: Final = tuple(CrossCheck(_QUERIES[name], text) for name, text in _MEANINGS.items())
"""For ``audit.verify``."""
