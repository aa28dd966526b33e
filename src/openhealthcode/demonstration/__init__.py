"""The demonstration: an invented region, its people's accounts, and a page to try everything on.

Only `ohc demo` imports it; a production process has neither these accounts nor the page. Start
with ``fill``, which brings the region in through the doors everybody else uses.
"""

from openhealthcode.demonstration import partners
from openhealthcode.demonstration.accounts import (
    DUTY_PHONE,
    PASSWORD,
    Accounts,
    recall,
    remember,
)
from openhealthcode.demonstration.fill import fill, generate
from openhealthcode.demonstration.nation import chores
from openhealthcode.demonstration.outbox import DemonstrationOutbox
from openhealthcode.demonstration.pages import routes

__all__ = [
    "DUTY_PHONE",
    "PASSWORD",
    "Accounts",
    "DemonstrationOutbox",
    "chores",
    "fill",
    "generate",
    "partners",
    "recall",
    "remember",
    "routes",
]
