"""How many residents somebody may read of in a day (调阅额度): leased ahead, so that reading stops.

Start with ``lease``. Reading with a reason (a code shown, a consent of today, a contract, an order, an
override) only warns; reading by a standing consent alone stops before the limit.
"""

from openhealthcode.access.budgets.lease import (
    Lease,
    LeaseNeeded,
    count_explained,
    lease,
    leasing,
)
from openhealthcode.access.budgets.limits import Limits, choose_limits, limits_of
from openhealthcode.access.budgets.model import Basis, BudgetSpent, Reader, ReaderKind
from openhealthcode.access.budgets.standing import (
    BudgetStanding,
    forget_budgets,
    readers_near_their_limit,
)

__all__ = [
    "Basis",
    "BudgetSpent",
    "BudgetStanding",
    "Lease",
    "LeaseNeeded",
    "Limits",
    "Reader",
    "ReaderKind",
    "choose_limits",
    "count_explained",
    "forget_budgets",
    "lease",
    "leasing",
    "limits_of",
    "readers_near_their_limit",
]
