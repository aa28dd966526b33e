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

from openhealthcode.transparency.model import UntrustedNote

_ED25519: Final = b"\x01"
KEY_ID_BYTES: Final = 4
_LARGEST_NOTE: Final = 64 * 1024
_MOST_SIGNATURES: Final = 100


class NoteSigner:
    """Signs notes under a name."""

    __slots__ = ("_key", "_key_id", "_name")

    def __init__(self, name: str, seed: bytes) -> None:
        check_name(name)
        self._name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._key_id = key_id(name, _ED25519, self._key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> str:
        """The public key as published; ``NoteVerifier`` reads it."""
        return written_key(self._name, _ED25519, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: text, empty line, signature line.

        Raises:
            ValueError: the text does not end with a newline, or holds control characters.
        """
        if not text.endswith("\n") or _has_control_characters(text):
            raise ValueError("a note's text ends with a newline and has no control characters")
        signature = self._key_id + self._key.sign(text.encode())
        return f"{text}\n{signature_line(self._name, signature)}"


class NoteVerifier:
    """Reads notes of one signer, known by its published key."""

    __slots__ = ("_key", "_key_id", "name")

    def __init__(self, verifier_key: str) -> None:
        """Read a published key.

        Raises:
            UntrustedNote: not of the form ``name+keyid+base64``, or the key id does not match.
        """
        self.name, self._key_id, self._key = read_key(verifier_key, _ED25519)

    @property
    def public_key(self) -> bytes:
        """The key itself, whatever its name."""
        return self._key.public_bytes_raw()

    def open(self, note: str) -> str:
        """The text, if this signer's signature is good; other signatures are ignored.

        Raises:
            UntrustedNote: no signature of this signer, a bad one, or not a note.
        """
        text, found = take_apart(note)
        signatures = [signature for name, signature in found if self._is_mine(name, signature)]
        if not signatures:
            raise UntrustedNote
        for signature in signatures:
            try:
                self._key.verify(signature[KEY_ID_BYTES:], text.encode())
            except InvalidSignature:
                raise UntrustedNote from None
        return text

    def narrowed(self, note: str) -> str:
        """A note that ``open`` accepts, with this signer's signatures alone."""
        text, found = take_apart(note)
        mine = [signature_line(*one) for one in found if self._is_mine(*one)]
        return "\n".join([text, "".join(dict.fromkeys(mine))])

    def _is_mine(self, name: str, signature: bytes) -> bool:
        return name == self.name and signature[:KEY_ID_BYTES] == self._key_id


def take_apart(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text, and each signature with its signer's name; nothing is believed yet.

    Raises:
        UntrustedNote: not a note.
    """
    if len(note) > _LARGEST_NOTE or not note.endswith("\n") or _has_control_characters(note):
        raise UntrustedNote
    head, parted, tail = note[:-1].rpartition("\n\n")
    lines = tail.split("\n")
    if not parted or len(lines) > _MOST_SIGNATURES:
        raise UntrustedNote
    return head + "\n", [read_signature(line) for line in lines]


def signature_line(name: str, signature: bytes) -> str:
    """How a signature stands below a note; its key id is in front of it."""
    return f"— {name} {base64.b64encode(signature).decode()}\n"


def read_signature(line: str) -> tuple[str, bytes]:
    """Who signed, and key id and signature as they stand on the line.

    Raises:
        UntrustedNote: not a signature line.
    """
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise UntrustedNote from None
    if mark != "—" or not name or len(signature) <= KEY_ID_BYTES:
        raise UntrustedNote
    return name, signature


def key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    """What tells a signer's signatures from others': four bytes, not a secret and no proof."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:KEY_ID_BYTES]


def written_key(name: str, kind: bytes, public_key: bytes) -> str:
    """A public key as it is published: ``name+keyid+base64``."""
    encoded = base64.b64encode(kind + public_key).decode()
    return f"{name}+{key_id(name, kind, public_key).hex()}+{encoded}"


def read_key(written: str, kind: bytes) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, key id and key of what ``written_key`` wrote.

    Raises:
        UntrustedNote: not of that form, of another kind, or the key id does not match.
    """
    name, _, rest = written.partition("+")
    number, _, encoded = rest.partition("+")
    try:
        check_name(name)
        public = base64.b64decode(encoded, validate=True)
        found = bytes.fromhex(number)
        key = Ed25519PublicKey.from_public_bytes(public[1:])
    except ValueError:
        raise UntrustedNote("the verifier key is malformed") from None
    if public[:1] != kind or len(number) != 8 or found != key_id(name, kind, public[1:]):
        raise UntrustedNote("the verifier key does not match its key id")
    return name, found, key


def _has_control_characters(text: str) -> bool:
    return any(mark < " " and mark != "\n" for mark in text)


def check_name(name: str) -> None:
    """Refuse a name no signer can have; a ``ValueError``."""
    if not name or "+" in name or any(mark.isspace() for mark in name):
        raise ValueError("a signer's name is not empty and has no spaces and no plus sign")
