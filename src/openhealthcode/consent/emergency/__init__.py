"""Emergency (紧急调阅): what may be opened without an answer, and what the resident chose before.

Start with ``rules``: the triage gate and what an override opens are pure functions of the
resident's advance choice. ``break_glass`` stores and logs an override like a consent.
"""

from openhealthcode.consent.emergency.break_glass import break_glass
from openhealthcode.consent.emergency.choose import choice_for_emergencies, choose_for_emergencies
from openhealthcode.consent.emergency.model import (
    AdvanceChoice,
    EmergencyScope,
    TriageTooLow,
)
from openhealthcode.consent.emergency.rules import (
    EMERGENCY_CATEGORIES,
    OVERRIDE_LIFETIME,
    opens_more,
    provisions_of_an_override,
)

__all__ = [
    "EMERGENCY_CATEGORIES",
    "OVERRIDE_LIFETIME",
    "AdvanceChoice",
    "EmergencyScope",
    "TriageTooLow",
    "break_glass",
    "choice_for_emergencies",
    "choose_for_emergencies",
    "opens_more",
    "provisions_of_an_override",
]
