"""The secrets browsers and clients keep: 32 random bytes, stored here as a keyed hash only."""

from __future__ import annotations

import secrets
from enum import StrEnum

from openhealthcode.trust import Keys

_LONGEST = 64
_NOBODYS = "-"


class TokenKind(StrEnum):
    """What a token is for; one kind's token is no other kind's."""

    ATTEMPT = "sign-in attempt"
    RESIDENT = "resident session"
    STAFF = "staff session"
    TERMINAL = "terminal"
    ACCESS = "access token"


def new_token() -> str:
    """A fresh token: 43 characters."""
    return secrets.token_urlsafe(32)


def token_key(keys: Keys, kind: TokenKind, token: str) -> bytes:
    """What stands in the database for a token; for a text no token can be, what stands nowhere."""
    is_possible = len(token) <= _LONGEST and token.isascii()
    return keys.blind_index(kind, token if is_possible else _NOBODYS)
