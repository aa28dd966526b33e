"""Signed notes: a short text with Ed25519 signatures below, as transparency logs publish them.

The text ends with a newline; then an empty line; then, per signature, ``— name base64``, where the
bytes are a four-byte key id and the signature over the text. A verifier key is written
``name+keyid+base64``.

Source: c2sp.org/signed-note, version 1.0.0; keys and signatures are those of golang.org/x/mod/sumdb/note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openhealthcode.trust.model import UntrustedNote

_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_LARGEST_NOTE: Final = 64 * 1024
_MOST_SIGNATURES: Final = 100


class NoteSigner:
    """Signs notes under a name."""

    __slots__ = ("_key", "_key_id", "_name")

    def __init__(self, name: str, seed: bytes) -> None:
        _check_name(name)
        self._name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._key_id = _key_id(name, self._key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> str:
        """The public key as published; ``NoteVerifier`` reads it."""
        public = base64.b64encode(_ED25519 + self._key.public_key().public_bytes_raw()).decode()
        return f"{self._name}+{self._key_id.hex()}+{public}"

    def sign(self, text: str) -> str:
        """The note: text, empty line, signature line.

        Raises:
            ValueError: the text does not end with a newline, or holds control characters.
        """
        if not text.endswith("\n") or _has_control_characters(text):
            raise ValueError("a note's text ends with a newline and has no control characters")
        signature = self._key_id + self._key.sign(text.encode())
        return f"{text}\n— {self._name} {base64.b64encode(signature).decode()}\n"


class NoteVerifier:
    """Reads notes of one signer, known by its published key."""

    __slots__ = ("_key", "_key_id", "name")

    def __init__(self, verifier_key: str) -> None:
        """Read a published key.

        Raises:
            UntrustedNote: not of the form ``name+keyid+base64``, or the key id does not match.
        """
        self.name, _, rest = verifier_key.partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            _check_name(self.name)
            public = base64.b64decode(encoded, validate=True)
            self._key_id = bytes.fromhex(key_id)
            self._key = Ed25519PublicKey.from_public_bytes(public[1:])
        except ValueError:
            raise UntrustedNote("the verifier key is malformed") from None
        if (
            public[:1] != _ED25519
            or len(key_id) != 8
            or self._key_id != _key_id(self.name, public[1:])
        ):
            raise UntrustedNote("the verifier key does not match its key id")

    def open(self, note: str) -> str:
        """The text, if this signer's signature is good; other signatures are ignored.

        Raises:
            UntrustedNote: no signature of this signer, a bad one, or not a note.
        """
        if len(note) > _LARGEST_NOTE or not note.endswith("\n") or _has_control_characters(note):
            raise UntrustedNote
        head, parted, tail = note[:-1].rpartition("\n\n")
        lines = tail.split("\n")
        if not parted or len(lines) > _MOST_SIGNATURES:
            raise UntrustedNote
        text = head + "\n"
        found = [_signature(line) for line in lines]
        signatures = [signature for name, signature in found if self._is_mine(name, signature)]
        if not signatures:
            raise UntrustedNote
        for signature in signatures:
            try:
                self._key.verify(signature[_KEY_ID_BYTES:], text.encode())
            except InvalidSignature:
                raise UntrustedNote from None
        return text

    def _is_mine(self, name: str, signature: bytes) -> bool:
        return name == self.name and signature[:_KEY_ID_BYTES] == self._key_id


def _signature(line: str) -> tuple[str, bytes]:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise UntrustedNote from None
    if mark != "—" or not name or len(signature) <= _KEY_ID_BYTES:
        raise UntrustedNote
    return name, signature


def _key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


def _has_control_characters(text: str) -> bool:
    return any(mark < " " and mark != "\n" for mark in text)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(mark.isspace() for mark in name):
        raise ValueError("a signer's name is not empty and has no spaces and no plus sign")
