"""Cosignatures: a witness says that it saw this head, at what time, and none that contradicts it.

Below the checkpoint stands ``— name base64``, the bytes being a key id, the time in eight bytes and
an Ed25519 signature over ``cosignature/v1``, that time and the checkpoint's text.

Source: c2sp.org/tlog-cosignature, the Ed25519 kind (0x04).
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import (
    KEY_ID_BYTES,
    check_name,
    key_id,
    read_key,
    signature_line,
    take_apart,
    written_key,
)

_ED25519_TIMED: Final = b"\x04"
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_LATEST: Final = 2**63 - 1


class Cosigner:
    """A witness's key."""

    __slots__ = ("_key", "_key_id", "_name")

    def __init__(self, name: str, seed: bytes) -> None:
        check_name(name)
        self._name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self._key_id = key_id(name, _ED25519_TIMED, public)

    @property
    def verifier_key(self) -> str:
        """The public key as published; ``CosignatureVerifier`` reads it."""
        public = self._key.public_key().public_bytes_raw()
        return written_key(self._name, _ED25519_TIMED, public)

    def cosign(self, text: str, at: int) -> str:
        """The line that says: seen, at this time in seconds since 1970.

        Args:
            text: the checkpoint's, without signatures.
        """
        signature = self._key.sign(_message(text, at))
        return signature_line(
            self._name, self._key_id + at.to_bytes(_TIME_BYTES, "big") + signature
        )


class CosignatureVerifier:
    """Reads cosignatures of one witness, known by its published key."""

    __slots__ = ("_key", "_key_id", "name")

    def __init__(self, verifier_key: str) -> None:
        """Read a published key.

        Raises:
            UntrustedNote: not a witness's key.
        """
        self.name, self._key_id, self._key = read_key(verifier_key, _ED25519_TIMED)

    @property
    def public_key(self) -> bytes:
        """The key itself, whatever its name."""
        return self._key.public_bytes_raw()

    def seen_at(self, note: str) -> int | None:
        """When this witness says it saw the note, in seconds since 1970; None if it does not.

        Raises:
            UntrustedNote: a signature under this witness's name is wrong, or this is no note.
        """
        text, signatures = take_apart(note)
        latest: int | None = None
        for name, signature in signatures:
            if name != self.name or signature[:KEY_ID_BYTES] != self._key_id:
                continue
            at = self._checked(text, signature[KEY_ID_BYTES:])
            latest = at if latest is None else max(latest, at)
        return latest

    def _checked(self, text: str, timed: bytes) -> int:
        at = int.from_bytes(timed[:_TIME_BYTES], "big")
        if len(timed) != _TIME_BYTES + _SIGNATURE_BYTES or at > _LATEST:
            raise UntrustedNote
        try:
            self._key.verify(timed[_TIME_BYTES:], _message(text, at))
        except InvalidSignature:
            raise UntrustedNote from None
        return at


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
