"""Divide a key among custodians (密钥分持): so many of them put it together, fewer learn nothing.

Each byte of the key is where a polynomial over GF(2^8) meets zero; a share is where it meets the
share's number. The other coefficients are random, and as many as make the polynomial's degree one less
than the shares that are needed.

Source: A. Shamir, How to Share a Secret (1979); the field and its multiplication, FIPS 197, 4.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Final, NamedTuple

from openhealthcode.standards import InvalidInput
from openhealthcode.trust.suite import Suite, aead, seal, unseal

KEY_BYTES: Final = 32
_MOST: Final = 16
"""More custodians than anybody gathers in one room."""
_POLYNOMIAL: Final = 0x11B
_VERSION: Final = 1
_LAYOUT: Final = Struct(">B4sBBB32s")
_CHECK_BYTES: Final = 4
_GROUP: Final = 4
_COPY: Final = b"OpenHealthCode copy of a key store 1"
_SET: Final = b"OpenHealthCode key shares"


class SharesUnsuitable(InvalidInput):
    """These shares do not make the key: too few, of another key, or misread."""

    code = "shares-unsuitable"


class Share(NamedTuple):
    """What one custodian keeps.

    Args:
        set_id: which key it is of; the same in every share of it, and says nothing of it.
        needed: how many shares make the key.
        total: how many there are.
        number: which one it is, from 1.
    """

    set_id: bytes
    needed: int
    total: int
    number: int
    value: bytes

    def __repr__(self) -> str:
        return f"Share({self.number} of {self.total}, {self.needed} needed)"


def split(
    key: bytes,
    *,
    needed: int,
    count: int,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Share, ...]:
    """The shares of a key.

    Args:
        key: 32 bytes, themselves random: of a key that can be guessed ``set_id`` would tell.
        random: draws so many bytes; another one only where vectors are made.

    Raises:
        InvalidInput: fewer than two are needed, more than there are, or more than sixteen.
    """
    if len(key) != KEY_BYTES or not 2 <= needed <= count <= _MOST:
        raise InvalidInput("between 2 and 16 shares are needed, of at most 16")
    coefficients = [key, *(random(KEY_BYTES) for _ in range(needed - 1))]
    return tuple(
        Share(_set_id(key), needed, count, number, _evaluated(coefficients, number))
        for number in range(1, count + 1)
    )


def combine(shares: Sequence[Share]) -> bytes:
    """The key of which these are shares; more than are needed do no harm.

    Raises:
        SharesUnsuitable: too few, one twice, of different keys, or not as they were made.
    """
    first = shares[0] if shares else None
    numbers = {share.number for share in shares}
    if first is None or len(numbers) < len(shares) or len(shares) < first.needed:
        raise SharesUnsuitable
    if any(share[:3] != first[:3] for share in shares):
        raise SharesUnsuitable
    key = bytes(
        _at_zero([(share.number, share.value[place]) for share in shares])
        for place in range(KEY_BYTES)
    )
    if not hmac.compare_digest(_set_id(key), first.set_id):
        raise SharesUnsuitable
    return key


def write_share(share: Share) -> str:
    """A share as it is printed and typed: letters and digits in groups of four."""
    data = _LAYOUT.pack(_VERSION, *share)
    text = base64.b32encode(data + _check(data)).decode().rstrip("=")
    return " ".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def read_share(text: str) -> Share:
    """A share as somebody typed it; spaces, dashes and small letters do not matter.

    Raises:
        SharesUnsuitable: a letter is wrong, missing or one too many.
    """
    letters = "".join(text.split()).replace("-", "").upper()
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise SharesUnsuitable from None
    if len(data) != _LAYOUT.size + _CHECK_BYTES:
        raise SharesUnsuitable
    share = Share(*_LAYOUT.unpack(data[: _LAYOUT.size])[1:])
    if write_share(share).replace(" ", "") != letters:  # another version, or a check that is wrong
        raise SharesUnsuitable
    return share


def seal_copy(key: bytes, content: bytes) -> bytes:
    """Encrypt a copy of a key store under a key that custodians keep."""
    return seal(aead(Suite.AES_256_GCM, key), _COPY, content)


def open_copy(key: bytes, sealed: bytes) -> bytes:
    """What ``seal_copy`` encrypted.

    Raises:
        UnreadableSeal: under another key, or altered.
    """
    return unseal(aead(Suite.AES_256_GCM, key), _COPY, sealed)


def _set_id(key: bytes) -> bytes:
    return hmac.digest(key, _SET, "sha256")[:4]


def _check(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_CHECK_BYTES]


def _tables() -> tuple[bytes, bytes]:
    """Powers of the generator 3, and their logarithms."""
    powers, logarithms = bytearray(255), bytearray(256)
    value = 1
    for exponent in range(255):
        powers[exponent], logarithms[value] = value, exponent
        doubled = value << 1
        value ^= doubled ^ (_POLYNOMIAL if doubled > 0xFF else 0)
    return bytes(powers), bytes(logarithms)


_POWERS, _LOGARITHMS = _tables()


def _times(one: int, other: int) -> int:
    if not one or not other:
        return 0
    return _POWERS[(_LOGARITHMS[one] + _LOGARITHMS[other]) % 255]


def _over(one: int, other: int) -> int:
    if not one:
        return 0
    return _POWERS[(_LOGARITHMS[one] - _LOGARITHMS[other]) % 255]


def _evaluated(coefficients: Sequence[bytes], at: int) -> bytes:
    """The polynomials' values at a number, each byte's by Horner's rule."""
    value = bytes(KEY_BYTES)
    for coefficient in reversed(coefficients):
        value = bytes(
            _times(so_far, at) ^ more for so_far, more in zip(value, coefficient, strict=True)
        )
    return value


def _at_zero(points: Sequence[tuple[int, int]]) -> int:
    """Where the polynomial through these points meets zero, by Lagrange's formula."""
    result = 0
    for place, (x, y) in enumerate(points):
        weight = 1
        for other_place, (other, _) in enumerate(points):
            if other_place != place:
                weight = _times(weight, _over(other, other ^ x))
        result ^= _times(y, weight)
    return result
