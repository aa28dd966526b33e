"""The emergency summary (急救摘要): what an emergency would open, signed, on a phone or on paper.

It exists only for residents who make one. Whoever reads the QR code reads it, with any telephone
and without a network; whoever holds the published key sees that nobody altered it. Start with
``carry``; ``text`` is what it says, ``docs/emergency-summary-format.md`` how it is written.
"""

from openhealthcode.access.carried.card import (
    CardContent,
    CardIssuer,
    MadeCard,
    OwnCard,
    card_issuer,
    card_jwk,
    card_key,
    make_card,
    own_cards,
    own_issuers,
    revoke_card,
    revoke_cards,
    revoked_cards,
)
from openhealthcode.access.carried.carry import (
    CarriedSummary,
    carry_emergency_summary,
    summary_verifier_key,
)
from openhealthcode.access.carried.emergency_card import make_emergency_card
from openhealthcode.access.carried.issuers import believed_issuers, believed_offline
from openhealthcode.access.carried.text import LARGEST_BYTES, VALID_DAYS
from openhealthcode.access.carried.verify import (
    FORMAT,
    SummaryUntrusted,
    VerifiedSummary,
    read_summary,
)

__all__ = [
    "FORMAT",
    "LARGEST_BYTES",
    "VALID_DAYS",
    "CardContent",
    "CardIssuer",
    "CarriedSummary",
    "MadeCard",
    "OwnCard",
    "SummaryUntrusted",
    "VerifiedSummary",
    "believed_issuers",
    "believed_offline",
    "card_issuer",
    "card_jwk",
    "card_key",
    "carry_emergency_summary",
    "make_card",
    "make_emergency_card",
    "own_cards",
    "own_issuers",
    "read_summary",
    "revoke_card",
    "revoke_cards",
    "revoked_cards",
    "summary_verifier_key",
]
