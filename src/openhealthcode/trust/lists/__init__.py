"""Making trust lists: what regions ask, the next body, the roots' signatures, the list itself.

Start with ``next_body``. What a list lets one believe is ``trust.current`` and ``trust.trusted``.
"""

from openhealthcode.trust.drafting import ANNOUNCED_FOR, DraftRefused, next_body, next_issuers
from openhealthcode.trust.request import (
    IssuerRequest,
    UnreadableRequest,
    read_request,
    write_request,
)
from openhealthcode.trust.trust_list import assembled, body_of, read, signed_by, unsigned

__all__ = [
    "ANNOUNCED_FOR",
    "DraftRefused",
    "IssuerRequest",
    "UnreadableRequest",
    "assembled",
    "body_of",
    "next_body",
    "next_issuers",
    "read",
    "read_request",
    "signed_by",
    "unsigned",
    "write_request",
]
