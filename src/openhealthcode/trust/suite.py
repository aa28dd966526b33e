"""The algorithms, named in one place: sealing, keyed hashing, deriving.

Sealed data look alike under every suite: a 12-byte random nonce, the ciphertext, a 16-byte tag.
Deriving is HKDF-Expand (RFC 5869) under every suite; the national suite hashes with SM3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from os import urandom
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from openhealthcode.trust.model import UnreadableSeal

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SM4_KEY_BYTES: Final = 16
_BLOCK_BYTES: Final = 64

Mac = Callable[[bytes], bytes]
"""A keyed hash under one key: message in, 32 bytes out."""


class Suite(StrEnum):
    """What new data are sealed with; a stored key remembers its own."""

    AES_256_GCM = "aes-256-gcm"
    """NIST SP 800-38D; the default."""
    SM4_GCM = "sm4-gcm"
    """GB/T 32907 in GCM (RFC 8998), where commercial cryptography law asks for it."""

    @property
    def is_national(self) -> bool:
        """Whether it stands for the national algorithms (国密): SM2, SM3 and SM4 together."""
        return self is Suite.SM4_GCM


class Aead(Protocol):
    """Authenticated encryption under one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Plaintext, or ``InvalidTag``."""


class _Sm4Gcm:
    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        body, tag = data[:-_TAG_BYTES], data[-_TAG_BYTES:]
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(body) + decryptor.finalize()


def aead(suite: Suite, key: bytes) -> Aead:
    """The suite's authenticated encryption under a 32-byte key."""
    if suite is Suite.SM4_GCM:
        return _Sm4Gcm(derive(key, b"sm4-gcm")[:_SM4_KEY_BYTES])
    return AESGCM(key)


def seal(cipher: Aead, aad: bytes, plaintext: bytes) -> bytes:
    """Encrypt under a fresh random nonce, which goes in front."""
    nonce = urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, aad)


def unseal(cipher: Aead, aad: bytes, sealed: bytes) -> bytes:
    """Decrypt what ``seal`` made under the same key and the same additional data.

    Raises:
        UnreadableSeal: another key, other additional data, or a changed byte.
    """
    if len(sealed) < NONCE_BYTES + _TAG_BYTES:
        raise UnreadableSeal
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag:
        raise UnreadableSeal from None


def derive(key: bytes, label: bytes, length: int = KEY_BYTES) -> bytes:
    """A key for one use from a uniformly random key; labels must differ between uses."""
    return HKDFExpand(hashes.SHA256(), length, b"openhealthcode " + label).derive(key)


def mac(key: bytes) -> Mac:
    """HMAC-SHA-256 (RFC 2104) with both pads hashed beforehand.

    Less than half the time of ``hmac.digest`` on short messages, and these run per search token
    and per log entry.
    """
    if len(key) > _BLOCK_BYTES:
        raise ValueError("the key is longer than a block")
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner_start = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer_start = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def authenticate(message: bytes) -> bytes:
        inner = inner_start.copy()
        inner.update(message)
        outer = outer_start.copy()
        outer.update(inner.digest())
        return outer.digest()

    return authenticate


def mac_sm3(key: bytes) -> Mac:
    """HMAC-SM3 (GB/T 15852.2) with both pads hashed beforehand, as ``mac`` is of SHA-256."""
    if len(key) > _BLOCK_BYTES:
        raise ValueError("the key is longer than a block")
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner_start, outer_start = hashes.Hash(hashes.SM3()), hashes.Hash(hashes.SM3())
    inner_start.update(bytes(byte ^ 0x36 for byte in padded))
    outer_start.update(bytes(byte ^ 0x5C for byte in padded))

    def authenticate(message: bytes) -> bytes:
        inner = inner_start.copy()
        inner.update(message)
        outer = outer_start.copy()
        outer.update(inner.finalize())
        return outer.finalize()

    return authenticate


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905) in one call."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def sha256(data: bytes) -> bytes:
    """SHA-256 in one call."""
    return hashlib.sha256(data).digest()
