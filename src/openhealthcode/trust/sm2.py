"""SM2 signatures with SM3 (国密 SM2 数字签名): 64 bytes, r and s of 32 each, big-endian.

What is signed is SM3 of Z and the data, Z being SM3 of the signer's identity, the curve and the
public key. The identity is the sixteen digits everybody uses. Unlike ECDSA, n - s beside the
same r verifies nothing, so that no half of the values of s need be refused.

Source: GB/T 32918.2-2016, 5.5 (Z), 6.1, 7.1; GM/T 0009-2012, 10 (the identity).
"""

from __future__ import annotations

from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from openhealthcode.trust import sm2_curve
from openhealthcode.trust.libcrypto import Libcrypto, Sm2Key
from openhealthcode.trust.model import UnavailableSuite, UntrustedSignature
from openhealthcode.trust.sm2_curve import COORDINATE_BYTES, N, Point
from openhealthcode.trust.suite import sm3

_IDENTITY: Final = b"1234567812345678"
_SIGNATURE_BYTES: Final = 2 * COORDINATE_BYTES
_BEFORE_THE_KEY: Final = (
    (8 * len(_IDENTITY)).to_bytes(2)
    + _IDENTITY
    + b"".join(
        number.to_bytes(COORDINATE_BYTES)
        for number in (sm2_curve.A, sm2_curve.B, sm2_curve.G.x, sm2_curve.G.y)
    )
)


class _Checker(Protocol):
    """Judges r and s of a digest; by libcrypto, or in plain Python."""

    def __call__(self, digest: bytes, r: int, s: int) -> bool: ...


class Sm2Verifier:
    """Checks signatures of one public key."""

    __slots__ = ("_is_signed", "_z")

    def __init__(self, public_key: bytes, library: Libcrypto | None) -> None:
        """Take a compressed point, and what checks; without it plain Python does.

        Raises:
            ValueError: 33 bytes that are no point of the curve.
        """
        point = sm2_curve.decompressed(public_key)
        written = b"".join(each.to_bytes(COORDINATE_BYTES) for each in (point.x, point.y))
        self._is_signed = (
            _plainly(point) if library is None else _by_library(library.public_key(written))
        )
        self._z = identity_digest(written)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Accept exactly what the holder of the private key signed.

        Raises:
            UntrustedSignature: anything else.
        """
        if len(signature) != _SIGNATURE_BYTES:
            raise UntrustedSignature
        r = int.from_bytes(signature[:COORDINATE_BYTES])
        s = int.from_bytes(signature[COORDINATE_BYTES:])
        if not self._is_signed(sm3(self._z + data), r, s):
            raise UntrustedSignature


class Sm2PrivateKey:
    """Signs by libcrypto; plain Python could not without betraying the key by its timing."""

    __slots__ = ("_key", "_z", "public_key")

    def __init__(self, number: int, library: Libcrypto | None) -> None:
        """Take a private key: a number from 1 to the order less 2.

        Raises:
            UnavailableSuite: no libcrypto here knows SM2.
            ValueError: another number; libcrypto takes it without a word.
        """
        if library is None:
            raise UnavailableSuite
        if not 0 < number < N - 1:
            raise ValueError("this number is no SM2 key")
        self._key = library.private_key(number.to_bytes(COORDINATE_BYTES))
        point = self._key.point()
        self._z = identity_digest(point)
        self.public_key: Final = bytes([2 + point[-1] % 2]) + point[:COORDINATE_BYTES]
        """The compressed point."""

    def sign(self, data: bytes) -> bytes:
        """R and s."""
        r, s = decode_dss_signature(self._key.sign(sm3(self._z + data)))
        return r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES)


def identity_digest(point: bytes) -> bytes:
    """Z, which binds a signature to its signer's identity and public key."""
    return sm3(_BEFORE_THE_KEY + point)


def _by_library(key: Sm2Key) -> _Checker:
    def is_signed(digest: bytes, r: int, s: int) -> bool:
        # What is out of range is refused before libcrypto's reader of DER sees it.
        return 0 < r < N and 0 < s < N and key.is_signed(digest, encode_dss_signature(r, s))

    return is_signed


def _plainly(public_key: Point) -> _Checker:
    def is_signed(digest: bytes, r: int, s: int) -> bool:
        return sm2_curve.is_signed(public_key, digest, r, s)

    return is_signed
