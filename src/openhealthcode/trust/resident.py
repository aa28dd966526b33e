"""One resident's keys, opened: seal, open, search tokens, digests.

Kept for seconds by ``Keys`` and used many times a request, so ciphers are built once, at first
use, and nothing is looked up afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import urandom
from struct import Struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from openhealthcode.trust.keks import KekRing
from openhealthcode.trust.key_store import WrappedKey
from openhealthcode.trust.labels import Labels
from openhealthcode.trust.model import KeyClass, UnknownKey, UnreadableSeal
from openhealthcode.trust.suite import NONCE_BYTES, Aead, Mac, Suite, aead, derive, mac

TOKEN_BYTES: Final = 8
_RECORD_AAD = Struct(">7s16s16sQ")
_LOG_AAD = Struct(">7s16sQ")
_IDENTITY_AAD = Struct(">7s16s")


def record_aad(resident_id: UUID, entry_id: UUID, version: int) -> bytes:
    """Ties a sealed record entry to its place: moved or rolled back, it does not open."""
    return _RECORD_AAD.pack(b"record1", resident_id.bytes, entry_id.bytes, version)


def log_aad(resident_id: UUID, number: int) -> bytes:
    """Ties a sealed log detail to its resident and number."""
    return _LOG_AAD.pack(b"logent1", resident_id.bytes, number)


def identity_aad(resident_id: UUID, field: str) -> bytes:
    """Ties a sealed name, number or phone to its resident and field."""
    return _IDENTITY_AAD.pack(b"identi1", resident_id.bytes) + field.encode()


class ResidentKeys:
    """What can be done with the keys of one resident."""

    __slots__ = (
        "_ciphers",
        "_digest",
        "_keks",
        "_labels",
        "_record_prefix",
        "_resident_id",
        "_token",
        "_wrapped",
    )

    def __init__(self, resident_id: UUID, wrapped: Mapping[int, WrappedKey], keks: KekRing) -> None:
        self._resident_id = resident_id
        self._wrapped = dict(wrapped)
        self._keks = keks
        self._ciphers: list[Aead | None] = [None] * len(KeyClass)
        self._token: Mac | None = None
        self._digest: Mac | None = None
        self._labels: Labels | None = None
        self._record_prefix = b"record1" + resident_id.bytes

    def seal(self, key_class: KeyClass, aad: bytes, plaintext: bytes) -> bytes:
        """Encrypt; ``aad`` says where the result belongs and must be given again to open it.

        Raises:
            DestroyedKey: this key was destroyed.
        """
        cipher = self._ciphers[key_class] or self._open_cipher(key_class)
        nonce = urandom(NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, plaintext, aad)

    def open(self, key_class: KeyClass, aad: bytes, sealed: bytes) -> bytes:
        """Decrypt what ``seal`` made for the same place.

        Raises:
            DestroyedKey: this key was destroyed.
            UnreadableSeal: altered, or from another place, class or resident.
        """
        cipher = self._ciphers[key_class] or self._open_cipher(key_class)
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise UnreadableSeal from None

    def record_opener(self) -> Callable[[UUID, int, bytes], bytes]:
        """As ``open`` for record entries, given entry, version and what was sealed, made once.

        A record is opened by the hundred; what does not differ from entry to entry is done here.
        """
        cipher = self._ciphers[KeyClass.RECORD] or self._open_cipher(KeyClass.RECORD)
        decrypt, prefix = cipher.decrypt, self._record_prefix

        def open_entry(entry_id: UUID, version: int, sealed: bytes) -> bytes:
            aad = prefix + entry_id.bytes + version.to_bytes(8)
            try:
                return decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
            except (InvalidTag, ValueError):
                raise UnreadableSeal from None

        return open_entry

    def token(self, text: str) -> bytes:
        """Eight bytes to search by: equal for equal texts of this resident, else meaningless."""
        if self._token is None:
            self._token = mac(derive(self._key(KeyClass.RECORD), b"search token"))
        return self._token(text.encode())[:TOKEN_BYTES]

    @property
    def labels(self) -> Labels:
        """The closed lists of categories as tokens of this resident."""
        if self._labels is None:
            self._labels = Labels(self.token)
        return self._labels

    def digest(self, version_aad: bytes, plaintext: bytes) -> bytes:
        """32 bytes that stand for one version's content in log and receipt.

        Keyed, so that guessing contents against a digest fails once the record key is destroyed.

        Args:
            version_aad: ``record_aad`` of the version.
            plaintext: what that version says.
        """
        if self._digest is None:
            self._digest = mac(derive(self._key(KeyClass.RECORD), b"version digest"))
        return self._digest(len(version_aad).to_bytes(2) + version_aad + plaintext)

    def are_still(self, stored: Iterable[WrappedKey]) -> bool:
        """Whether the key store holds exactly what these keys were opened from."""
        return self._wrapped == {key.key_class: key for key in stored}

    def forget(self, key_class: KeyClass) -> None:
        """Make this class unusable at once, also for whoever still holds this object."""
        self._ciphers[key_class] = None
        stored = self._wrapped.get(key_class)
        if stored is not None:
            self._wrapped[key_class] = stored._replace(wrapped=None)
        if key_class is KeyClass.RECORD:
            self._token = self._digest = self._labels = None

    def _open_cipher(self, key_class: KeyClass) -> Aead:
        key = self._key(key_class)
        cipher = aead(Suite(self._wrapped[key_class].suite), key)
        self._ciphers[key_class] = cipher
        return cipher

    def _key(self, key_class: KeyClass) -> bytes:
        stored = self._wrapped.get(key_class)
        if stored is None:
            raise UnknownKey
        return self._keks.unwrap(self._resident_id, stored)
