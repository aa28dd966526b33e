"""Keys inside JSON, however carelessly written: base64, coordinates, certificates.

Source: RFC 7517 4.7 (x5c), RFC 7518 6.2.1.2 (coordinates have the full length, no more).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from openhealthcode.trust.elsewhere.model import Defect, Reading
from openhealthcode.trust.published_key import (
    PublishedKey,
    UnsuitableKey,
    key_of_certificate,
    key_of_point,
)
from openhealthcode.trust.published_key import suitable as suitable_key

_HALF: Final = 32
_TEXT: Final = re.compile(r"[A-Za-z0-9+/_-]*")
_LONGEST: Final = 16_384


def lenient_bytes(text: object, name: str, reading: Reading, *, is_url: bool) -> bytes:
    """Base64 in either alphabet with any padding; what is unusual is noted.

    Raises:
        UnsuitableKey: not base64 at all.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise UnsuitableKey
    bare = text.strip().rstrip("=")
    if not _TEXT.fullmatch(bare) or len(bare) % 4 == 1:
        raise UnsuitableKey
    expected = bare if is_url else bare + "=" * (-len(bare) % 4)
    other = "+/" if is_url else "-_"
    if text != expected or any(mark in bare for mark in other):
        reading.note(name, Defect.PADDING)
    standard = bare.replace("-", "+").replace("_", "/")
    return base64.b64decode(standard + "=" * (-len(bare) % 4), validate=True)


def key_inside(
    jwk: Mapping[Any, object], name: str, reading: Reading, now: datetime
) -> tuple[PublishedKey, bytes | None]:
    """The key of a JWK and its certificate in DER; the certificate outweighs what stands beside it.

    Raises:
        UnsuitableKey: damaged, private, of another kind, or over.
    """
    if "d" in jwk:
        raise UnsuitableKey
    match jwk.get("x5c"):
        case [str(first), *_]:
            der = lenient_bytes(first, name, reading, is_url=False)
            key = key_of_certificate(der)
            if _beside(jwk, name, reading) not in (None, key.spki):
                reading.note(name, Defect.COORDINATES)
            if key.not_after is not None and key.not_after <= now:
                reading.note(name, Defect.CERTIFICATE_OVER)
                raise UnsuitableKey
            return key, der
    reading.note(name, Defect.NO_CERTIFICATE)
    return bare_key(jwk, name, reading), None


def bare_key(jwk: Mapping[Any, object], name: str, reading: Reading) -> PublishedKey:
    """The key of a JWK by its numbers alone.

    Raises:
        UnsuitableKey: damaged, or of another kind.
    """
    match jwk:
        case {"kty": "EC", "crv": "P-256", "x": x, "y": y}:
            point = (_coordinate(each, name, reading) for each in (x, y))
            return key_of_point(b"\x04" + b"".join(point))
        case {"kty": "RSA", "n": n, "e": e}:
            modulus, exponent = (lenient_bytes(one, name, reading, is_url=True) for one in (n, e))
            if modulus[:1] == b"\0":
                reading.note(name, Defect.LEADING_ZERO)
            return _rsa(modulus, exponent)
    raise UnsuitableKey


def _beside(jwk: Mapping[Any, object], name: str, reading: Reading) -> bytes | None:
    if "x" not in jwk and "n" not in jwk:
        return None
    try:
        return bare_key(jwk, name, reading).spki
    except UnsuitableKey:
        return b""


def _coordinate(text: object, name: str, reading: Reading) -> bytes:
    data = lenient_bytes(text, name, reading, is_url=True)
    if len(data) != _HALF:
        trimmed = data.lstrip(b"\0")
        if len(data) < _HALF or len(trimmed) > _HALF:
            raise UnsuitableKey
        reading.note(name, Defect.LEADING_ZERO)
        data = trimmed.rjust(_HALF, b"\0")
    return data


def _rsa(modulus: bytes, exponent: bytes) -> PublishedKey:
    try:
        numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus))
        return suitable_key(numbers.public_key())
    except ValueError:
        raise UnsuitableKey from None
