"""Authenticator secrets of accounts, sealed at rest."""

from __future__ import annotations

from openhealthcode.standards.ids import PractitionerId
from openhealthcode.trust import Keys


def seal_totp(keys: Keys, practitioner_id: PractitionerId, secret: bytes) -> bytes:
    """An authenticator secret as it is stored: tied to its account."""
    return keys.seal_session(_place(practitioner_id), secret.hex())


def open_totp(keys: Keys, practitioner_id: PractitionerId, sealed: bytes) -> bytes:
    """What ``seal_totp`` sealed for the same account."""
    return bytes.fromhex(keys.open_session(_place(practitioner_id), sealed))


def _place(practitioner_id: PractitionerId) -> str:
    # Session tokens are 43 random characters: this text is none.
    return f"authenticator of {practitioner_id}"
