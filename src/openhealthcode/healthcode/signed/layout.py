"""What the signed codes have in common: how they begin, what a signature covers, how days are told.

Each begins with a byte of version (high) and type (low), a byte of suite, the region's division code
in three bytes and the issuer's key id in four. Every signature covers ``OHC-``, the letter of the
type, ``-v1`` and the fields before it, so that none passes for one of another type.

Source: docs/health-code-format.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openhealthcode.healthcode.digits import CodeType, decode
from openhealthcode.healthcode.errors import UnreadableCode
from openhealthcode.trust import CODE_EPOCH

SIGNATURE_BYTES: Final = 64
HANDLE_BYTES: Final = 16
LOWEST_INDEX: Final = 1 << 20
"""Indices of status are drawn from here on, so that a small one is always a forgery or a mistake."""
OVER_INDEX: Final = 1 << 23
"""The first index beyond the largest list of revoked codes (one megabyte of bits)."""
HIGHEST_REGION: Final = 999_999

_VERSION: Final = 1
_FIRST_DAY: Final = CODE_EPOCH.date()
_LETTERS: Final = {
    CodeType.OFFLINE: b"B",
    CodeType.PRINTED: b"C",
    CodeType.COUNTER: b"D",
    CodeType.TEMPORARY: b"F",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose code it is: the region, and which of its keys signed under which suite."""

    region: int
    key_id: bytes
    suite: int


def mark_of(kind: CodeType) -> int:
    """The first byte of a code of this type."""
    return _VERSION << 4 | int(kind[2])


def covered(kind: CodeType, fields: bytes) -> bytes:
    """What a signature over these fields is made over."""
    return b"OHC-" + _LETTERS[kind] + b"-v1" + fields


def fields_of(text: str, kind: CodeType, length: int) -> bytes:
    """The bytes of a code, of this type and length.

    Raises:
        UnreadableCode: damaged, cut off, or another type outside or inside.
    """
    data = decode(text, kind)
    if len(data) != length or data[0] != mark_of(kind):
        raise UnreadableCode
    return data


def check_origin(region: int, index: int) -> None:
    """Refuse what no issuer writes.

    Raises:
        UnreadableCode: a region that is no division code, or an index that is never drawn.
    """
    if region > HIGHEST_REGION or index < LOWEST_INDEX:
        raise UnreadableCode


def day_number(day: date) -> int:
    """A day as codes write it: days since 2020-01-01."""
    return (day - _FIRST_DAY).days


def day_of(number: int) -> date:
    """The day a code names."""
    return _FIRST_DAY + timedelta(days=number)
