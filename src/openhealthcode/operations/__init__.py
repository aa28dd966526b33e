"""What an operator sees of a running installation: its health, its figures, its log, its bounds.

Nothing here names a person: addresses appear as the route's template, events as their rule.
Start with ``endpoints``; ``around`` is what every request passes through.
"""

from openhealthcode.operations.around import Around, Explain, RequestTimedOut, note_refusal
from openhealthcode.operations.ballast import Ballast
from openhealthcode.operations.chores import Chore, kept_up
from openhealthcode.operations.endpoints import routes
from openhealthcode.operations.figures import forget_process, share_between_processes
from openhealthcode.operations.logs import tell_in_json
from openhealthcode.operations.patience import PatientProtocol
from openhealthcode.operations.readiness import check_mode, database_time, missing

__all__ = [
    "Around",
    "Ballast",
    "Chore",
    "Explain",
    "PatientProtocol",
    "RequestTimedOut",
    "check_mode",
    "database_time",
    "forget_process",
    "kept_up",
    "missing",
    "note_refusal",
    "routes",
    "share_between_processes",
    "tell_in_json",
]
