"""Records of named persons sealed by order, and who was shown them before.

Start with ``named.seal_named``; what a seal closes is ``consent.seal``'s.
"""

from openhealthcode.access.sealing.named import (
    MOST_SEALED,
    PastAccess,
    Sealed,
    past_accesses,
    seal_named,
    seal_residents,
    sealed_by,
    unseal,
)

__all__ = [
    "MOST_SEALED",
    "PastAccess",
    "Sealed",
    "past_accesses",
    "seal_named",
    "seal_residents",
    "sealed_by",
    "unseal",
]
