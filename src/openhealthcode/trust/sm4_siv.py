"""Deterministic authenticated encryption of the national algorithms, where AES-SIV stands else.

The construction of SIV with HMAC-SM3 for its keyed hash and SM4 in counter mode for its cipher. From a
key of 64 bytes: 32 for the hash, then 16 for the cipher; the rest is not used. The hash is over the
length of the associated data (2 bytes), the associated data and the plaintext; its first 16 bytes
stand in front and are the counter's first value.

Source: our own after Rogaway and Shrimpton, Deterministic Authenticated-Encryption (2006), 4;
GB/T 32905 (SM3), GB/T 32907 (SM4), GB/T 17964 (CTR).
"""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from openhealthcode.trust.suite import mac_sm3

TAG_BYTES: Final = 16
_MAC_KEY_BYTES: Final = 32
_SM4_KEY_BYTES: Final = 16


class Sm4Siv:
    """Seals and opens under one key; called as ``AESSIV`` is."""

    __slots__ = ("_algorithm", "_mac")

    def __init__(self, key: bytes) -> None:
        self._mac = mac_sm3(key[:_MAC_KEY_BYTES])
        self._algorithm = algorithms.SM4(key[_MAC_KEY_BYTES:][:_SM4_KEY_BYTES])

    def encrypt(self, data: bytes, associated_data: Sequence[bytes]) -> bytes:
        """Tag and ciphertext."""
        tag = self._tag(data, associated_data)
        return tag + self._ciphered(tag, data)

    def decrypt(self, data: bytes, associated_data: Sequence[bytes]) -> bytes:
        """Plaintext.

        Raises:
            InvalidTag: sealed under another key or with other associated data, or altered.
        """
        tag = data[:TAG_BYTES]
        plain = self._ciphered(tag, data[TAG_BYTES:]) if len(tag) == TAG_BYTES else b""
        if not compare_digest(tag, self._tag(plain, associated_data)):
            raise InvalidTag
        return plain

    def _tag(self, plain: bytes, associated_data: Sequence[bytes]) -> bytes:
        (associated,) = associated_data
        return self._mac(len(associated).to_bytes(2) + associated + plain)[:TAG_BYTES]

    def _ciphered(self, tag: bytes, data: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.CTR(tag)).encryptor()
        return encryptor.update(data) + encryptor.finalize()
