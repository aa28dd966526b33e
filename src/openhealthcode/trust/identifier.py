"""Opaque identifiers: an entry's public id seals whose it is and which it is.

Layout before base64: 48 bytes, the AES-SIV of resident (16) and entry (16), tag (16) in front.
Written with ``-`` and ``.`` for ``+`` and ``/``, that is exactly the 64 characters FHIR allows an
id. The same entry always gets the same id, and nothing in it tells that two entries have the same
resident.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust.model import UnreadableId
from openhealthcode.trust.suite import derive

_ALTERNATIVES: Final = b"-."
_CHARACTERS: Final = 64
_KEY_BYTES: Final = 64
_KEPT: Final = 4096
_CONTEXT: Final = [b"entry id 1"]


class IdSeal:
    """Seals and opens public ids under one key of the region."""

    __slots__ = ("_cipher", "seal")

    seal: Callable[[UUID, UUID], str]
    """The 64 characters that name this entry (of a resident, an entry) to the outside."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(derive(key, b"entry id", _KEY_BYTES))
        # Always the same for the same entry, and a request needs it several times.
        self.seal = lru_cache(_KEPT)(self._seal)

    def _seal(self, resident_id: UUID, entry_id: UUID) -> str:
        sealed = self._cipher.encrypt(resident_id.bytes + entry_id.bytes, _CONTEXT)
        return base64.b64encode(sealed, _ALTERNATIVES).decode()

    def open(self, text: str) -> tuple[ResidentId, EntryId]:
        """Whose entry, and which.

        Raises:
            UnreadableId: not made here; told apart from nothing else.
        """
        if len(text) != _CHARACTERS or "+" in text or "/" in text:
            raise UnreadableId
        try:
            # A character it skips would leave fewer than 48 bytes, which do not open.
            sealed = base64.b64decode(text, _ALTERNATIVES)
            opened = self._cipher.decrypt(sealed, _CONTEXT)
        except (ValueError, InvalidTag):
            raise UnreadableId from None
        return ResidentId(UUID(bytes=opened[:16])), EntryId(UUID(bytes=opened[16:]))
