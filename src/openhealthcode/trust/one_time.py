"""Six-digit codes of an authenticator app.

HMAC-SHA-1, 30 seconds, six digits: what every app supports. A code is accepted one step early or
late, and the caller stores the step so that no code works twice.

Source: RFC 6238.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_SECRET_BYTES: Final = 20
_DIGITS: Final = 6
_STEP_SECONDS: Final = 30


def totp_secret() -> bytes:
    """A new random secret of 20 bytes; store it sealed."""
    return secrets.token_bytes(_SECRET_BYTES)


def totp_uri(secret: bytes, account: str, issuer: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads as a QR code."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def totp_code(secret: bytes, at: float) -> str:
    """The code an app shows at a moment given in seconds since 1970."""
    return _totp(secret).generate(int(at)).decode()


def totp_step(secret: bytes, code: str, at: float) -> int | None:
    """The 30-second step this code belongs to, or None if it is not good now.

    A caller accepts a step only if it is greater than the last one it accepted.
    """
    step = int(at) // _STEP_SECONDS
    matching = None
    for candidate in (step - 1, step, step + 1):  # always all three: equal time
        expected = _totp(secret).generate(candidate * _STEP_SECONDS)
        if hmac.compare_digest(expected, code.encode()):
            matching = candidate
    return matching


def _totp(secret: bytes) -> TOTP:
    # The RFC's own algorithm: apps ignore any other, and HMAC does not need collision resistance.
    return TOTP(secret, _DIGITS, SHA1(), _STEP_SECONDS)  # noqa: S303
