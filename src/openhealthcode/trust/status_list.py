"""Which codes of an issuer were revoked: one bit for each, in a list anybody may keep.

A list says nothing about whom a bit belongs to; indices are random. Bits are counted from the least
significant of each byte, the bytes are compressed.

Source: Token Status List (draft-ietf-oauth-status-list), 4.1: status size one bit, ZLIB (RFC 1950).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.suite import sha256

LARGEST_BYTES: Final = 1 << 20
"""A list of eight million codes; whatever unpacks to more is refused unread."""


class UnreadableStatusList(HealthCodeError):
    """The list of revoked codes is damaged or too large."""

    code = "status-list-unreadable"


class StatusList:
    """The bits of one list."""

    __slots__ = ("_bits",)

    def __init__(self, bits: bytes) -> None:
        self._bits = bits

    @classmethod
    def of(cls, revoked: Iterable[int], *, size: int) -> StatusList:
        """A list of ``size`` codes of which these are revoked.

        Raises:
            ValueError: an index outside the list, or a size that fills no bytes.
        """
        if size % 8 or not 0 < size <= LARGEST_BYTES * 8:
            raise ValueError("a list holds whole bytes, up to the largest")
        bits = bytearray(size // 8)
        for index in revoked:
            if not 0 <= index < size:
                raise ValueError("the index is outside the list")
            bits[index >> 3] |= 1 << (index & 7)
        return cls(bytes(bits))

    @classmethod
    def unpack(cls, packed: bytes) -> StatusList:
        """Read a compressed list.

        Raises:
            UnreadableStatusList: not ZLIB, cut off, followed by something, or beyond the bound.
        """
        unpacking = zlib.decompressobj()
        try:
            bits = unpacking.decompress(packed, LARGEST_BYTES)
        except zlib.error:
            raise UnreadableStatusList from None
        if not unpacking.eof or unpacking.unused_data or not bits:
            raise UnreadableStatusList
        return cls(bits)

    def pack(self) -> bytes:
        """The compressed list, as it travels."""
        return zlib.compress(self._bits, 9)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the bits: whether another list says the same."""
        return sha256(self._bits)

    @property
    def count(self) -> int:
        """How many codes are revoked."""
        return int.from_bytes(self._bits).bit_count()

    def __len__(self) -> int:
        return len(self._bits) * 8

    def is_revoked(self, index: int) -> bool:
        """Whether a code is revoked; one the list does not reach is taken as revoked."""
        if not 0 <= index < len(self):
            return True
        return bool(self._bits[index >> 3] >> (index & 7) & 1)
