"""Sealing the online health code (type A): a pointer to a phone, readable only here and today.

Layout, big-endian, 33 bytes:

    2  key id: region number in the high 11 bits, day counter in the low 5
    31 AES-SIV (Sm4Siv in the national suite) under that day's key, the key id as associated
       data: tag 16, then
       8  device reference, random per enrolment of a phone
       4  seconds since 2020-01-01 UTC
       2  nonce
       1  purpose hint

Regions get their 11-bit number (0-2047) from the national list of issuers, which makes the key id
nationally unique: it names the region and, within 32 days, the day. A region derives a key per
UTC day and opens yesterday's, today's and tomorrow's: codes live 60 seconds, clocks and midnights
need no more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from os import urandom
from struct import Struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from openhealthcode.trust.model import CODE_EPOCH, OpenedCode, UntrustedCode
from openhealthcode.trust.sm4_siv import Sm4Siv
from openhealthcode.trust.suite import Suite, derive

SEALED_CODE_BYTES: Final = 33
REGIONS: Final = 2048

_CONTENT = Struct(">8sI2sB")
_KEY_ID_BYTES: Final = 2
_DAY_BITS: Final = 5
_DAY_SECONDS: Final = 86_400
_KEY_BYTES: Final = 64
_EPOCH_SECONDS: Final = int(CODE_EPOCH.timestamp())
_make: Final = tuple.__new__  # a third of what calling a named tuple costs, once for every scan


class CodeSeal:
    """Seals and opens online codes of one region, with a key per day."""

    __slots__ = ("_cipher_of", "_ciphers", "_clock", "_day", "_good_until", "_key", "_region")

    def __init__(
        self,
        key: bytes,
        region: int,
        clock: Callable[[], float],
        suite: Suite = Suite.AES_256_GCM,
    ) -> None:
        if not 0 <= region < REGIONS:
            raise ValueError("a region number has eleven bits")
        self._key = key
        self._region = region
        self._clock = clock
        self._day = -1
        self._good_until = 0.0
        self._cipher_of: Callable[[bytes], AESSIV | Sm4Siv] = (
            Sm4Siv if suite.is_national else AESSIV
        )
        self._ciphers: dict[bytes, AESSIV | Sm4Siv] = {}

    @property
    def region(self) -> int:
        """This region's number among the issuers."""
        return self._region

    def seal(self, device_reference: bytes, seconds: int, purpose_hint: int = 0) -> bytes:
        """The 33 bytes to show.

        Args:
            device_reference: eight bytes.
            seconds: now, since 2020-01-01 UTC; also chooses the day's key.
            purpose_hint: 0-255.

        Raises:
            UntrustedCode: ``seconds`` is further than a day from this computer's clock.
        """
        key_id = self._key_id(seconds // _DAY_SECONDS)
        content = _CONTENT.pack(device_reference, seconds, urandom(2), purpose_hint)
        return key_id + self._cipher(key_id).encrypt(content, [key_id])

    def open(self, sealed: bytes) -> OpenedCode:
        """What the code says; whether it is still good is for the caller to judge.

        Raises:
            UntrustedCode: another region's, another day's, wrong length, or altered.
        """
        if len(sealed) != SEALED_CODE_BYTES:
            raise UntrustedCode
        key_id = sealed[:2]
        cipher = self._ciphers.get(key_id)
        if cipher is None or self._clock() >= self._good_until:
            cipher = self._cipher(key_id)
        try:
            content = cipher.decrypt(sealed[2:], [key_id])
        except InvalidTag:
            raise UntrustedCode from None
        return _make(OpenedCode, (sealed[2:18], *_CONTENT.unpack(content)))

    def _cipher(self, key_id: bytes) -> AESSIV | Sm4Siv:
        today = int(self._clock() - _EPOCH_SECONDS) // _DAY_SECONDS
        if today != self._day:
            self._ciphers = {
                self._key_id(day): self._cipher_of(
                    derive(self._key, b"code day %d" % day, _KEY_BYTES)
                )
                for day in (today - 1, today, today + 1)
            }
            self._day = today
            self._good_until = (today + 1) * _DAY_SECONDS + _EPOCH_SECONDS
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UntrustedCode
        return cipher

    def _key_id(self, day: int) -> bytes:
        counter = day & ((1 << _DAY_BITS) - 1)
        return (self._region << _DAY_BITS | counter).to_bytes(_KEY_ID_BYTES)


def code_region(sealed: bytes) -> int:
    """The number of the region that sealed a code, readable by everyone."""
    return int.from_bytes(sealed[:_KEY_ID_BYTES]) >> _DAY_BITS


def code_seconds(at: datetime) -> int:
    """A moment as an online code writes it: whole seconds since 2020-01-01 UTC."""
    return int((at - CODE_EPOCH).total_seconds())
