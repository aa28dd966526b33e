"""Institutions' systems get access tokens for signed assertions; no secret is ever shared.

Start with ``issue_token``; ``access`` is what every request with a token asks, a dictionary
look-up when it asked within the last half minute.

Source: HL7 SMART App Launch 2.2, Backend Services; RFC 6749, 4.4; RFC 7523, 3.
"""

from openhealthcode.sign_in.systems.access import access
from openhealthcode.sign_in.systems.errors import (
    InvalidClient,
    InvalidScope,
    InvalidTokenRequest,
    TokenRefused,
    UnsupportedGrant,
)
from openhealthcode.sign_in.systems.region import check_answer, proven_region, region_signer
from openhealthcode.sign_in.systems.scopes import parse_scopes
from openhealthcode.sign_in.systems.terminal import (
    ProvenTerminal,
    code_digest,
    proven_terminal,
)
from openhealthcode.sign_in.systems.token import ALGORITHMS, issue_token

__all__ = [
    "ALGORITHMS",
    "InvalidClient",
    "InvalidScope",
    "InvalidTokenRequest",
    "ProvenTerminal",
    "TokenRefused",
    "UnsupportedGrant",
    "access",
    "check_answer",
    "code_digest",
    "issue_token",
    "parse_scopes",
    "proven_region",
    "proven_terminal",
    "region_signer",
]
