"""A leak dealt with (个人信息泄露处置): contain, seal, see whom it concerns, tell them, report, close.

Start with ``dealing.begin``. Each step is an event of the region's own log; whom it concerns stays
with ``access``.
"""

from openhealthcode.supervision.breach.dealing import (
    ask_to_close,
    begin,
    breach,
    breaches,
    close,
    contain,
    note_report,
    notify,
    seal,
    see_affected,
    take_codes_back,
)
from openhealthcode.supervision.breach.model import (
    Breach,
    BreachState,
    BreachStep,
    Clocks,
    NotInThisBreach,
    StepKind,
    Suspect,
    What,
)
from openhealthcode.supervision.breach.rules import CLOCKS, clocks, state_of

__all__ = [
    "CLOCKS",
    "Breach",
    "BreachState",
    "BreachStep",
    "Clocks",
    "NotInThisBreach",
    "StepKind",
    "Suspect",
    "What",
    "ask_to_close",
    "begin",
    "breach",
    "breaches",
    "clocks",
    "close",
    "contain",
    "note_report",
    "notify",
    "seal",
    "see_affected",
    "state_of",
    "take_codes_back",
]
