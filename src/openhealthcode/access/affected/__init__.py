"""Whom a leak concerns, found in the log, told and protected; who they are does not leave.

Start with ``concerned.affected``.
"""

from openhealthcode.access.affected.codes import Code, take_codes_back
from openhealthcode.access.affected.concerned import (
    Affected,
    BreachNotice,
    Scope,
    Statement,
    Told,
    affected,
    count_affected,
    notify_affected,
    own_breach_notices,
    seal_affected,
)

__all__ = [
    "Affected",
    "BreachNotice",
    "Code",
    "Scope",
    "Statement",
    "Told",
    "affected",
    "count_affected",
    "notify_affected",
    "own_breach_notices",
    "seal_affected",
    "take_codes_back",
]
