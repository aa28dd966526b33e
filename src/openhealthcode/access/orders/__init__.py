"""What a clinician or a system is told when ordering: results that hold, medicines that collide.

Start with ``compare.py``. An order is a look and then a filing: the look is decided by the resident's
consent and logged before anything is told, and what is hidden takes no part in it.
"""

from openhealthcode.access.orders.compare import compare_orders, settle
from openhealthcode.access.orders.model import TYPES, Prescriber, RepeatUnexplained, Told

__all__ = ["TYPES", "Prescriber", "RepeatUnexplained", "Told", "compare_orders", "settle"]
