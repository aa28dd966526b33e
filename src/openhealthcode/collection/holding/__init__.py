"""What is held of a resident, element by element: until when, and whether anybody ever read it.

Start with ``rules``: when something ends and what of an entry is over is pure. ``hold`` notes what
was filed under a rule, ``expire`` destroys what is over, ``use`` notes what somebody was shown.
"""

from openhealthcode.collection.holding.expire import Destroyed, destroy_expired
from openhealthcode.collection.holding.hold import end, hold
from openhealthcode.collection.holding.model import Arrival, Holding, Part
from openhealthcode.collection.holding.use import followed_up_to, forget, note_use

__all__ = [
    "Arrival",
    "Destroyed",
    "Holding",
    "Part",
    "destroy_expired",
    "end",
    "followed_up_to",
    "forget",
    "hold",
    "note_use",
]
