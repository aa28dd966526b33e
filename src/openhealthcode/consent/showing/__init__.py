"""Whether showing the code to a counter that asked is itself the consent to this visit.

By default it is not: the code identifies and each visit is asked for. Start with ``allow``; only an
answer to the counter's own code counts, never a code that somebody could have photographed.
"""

from openhealthcode.consent.showing.allow import allow_by_showing
from openhealthcode.consent.showing.choose import choose_showing, showing_choice
from openhealthcode.consent.showing.model import LIFETIME, OPENED, Showing, ShowingChoice

__all__ = [
    "LIFETIME",
    "OPENED",
    "Showing",
    "ShowingChoice",
    "allow_by_showing",
    "choose_showing",
    "showing_choice",
]
