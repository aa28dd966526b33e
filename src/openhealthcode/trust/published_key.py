"""Public keys of issuers elsewhere, as they publish them: JWK, X.509 certificate, bare key.

Two algorithms, by allow-list: ES256 (ECDSA on P-256, SHA-256) and PS256 (RSASSA-PSS, SHA-256, 2,048
bits at least). Unlike a code of ours, either of the two values of s that verify is taken: the
standards of others do not say which to write.

Source: RFC 7517 and 7518 (JWK), RFC 7638 (thumbprint), RFC 5280 (certificate), FIPS 186-5.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.suite import sha256

_HALF: Final = 32
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_PSS: Final = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
_LEAST_RSA_BITS: Final = 2048
_MOST_RSA_BITS: Final = 8192


class UnsuitableKey(HealthCodeError):
    """This public key is damaged, or of a kind that is not believed."""

    code = "key-unsuitable"


class Algorithm(Enum):
    """How a key signs: its name in JOSE; its number in COSE."""

    ES256 = -7
    PS256 = -37


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key of an issuer elsewhere.

    Args:
        algorithm: the one it verifies.
        not_after: the end of its certificate, if it came in one.
        uses: object identifiers of what its certificate lets it sign; empty for anything.
    """

    algorithm: Algorithm
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey = field(repr=False)
    not_after: datetime | None = None
    uses: frozenset[str] = frozenset()

    def verify(self, signature: bytes, data: bytes) -> None:
        """Accept what the holder of the private key signed.

        Raises:
            UntrustedSignature: anything else.
        """
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, data, _PSS, hashes.SHA256())
                return
            if len(signature) != 2 * _HALF:
                raise UntrustedSignature
            r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
            self.key.verify(encode_dss_signature(r, s), data, _ECDSA)
        except InvalidSignature:
            raise UntrustedSignature from None

    @property
    def spki(self) -> bytes:
        """The key as SubjectPublicKeyInfo, in DER."""
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def thumbprint(self) -> str:
        """The name of an elliptic key in a JWK Set (RFC 7638)."""
        written = jwk_of(self)
        ordered = ",".join(f'"{name}":"{written[name]}"' for name in ("crv", "kty", "x", "y"))
        return _base64url(sha256(("{" + ordered + "}").encode()))


def key_of_spki(der: bytes) -> PublishedKey:
    """A bare public key in DER.

    Raises:
        UnsuitableKey: damaged, or of another kind than the two.
    """
    try:
        return suitable(load_der_public_key(der))
    except (ValueError, UnsupportedAlgorithm):
        raise UnsuitableKey from None


def key_of_point(point: bytes) -> PublishedKey:
    """A P-256 key from its point, compressed or not.

    Raises:
        UnsuitableKey: no point of the curve.
    """
    try:
        return suitable(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    except ValueError:
        raise UnsuitableKey from None


def key_of_certificate(der: bytes) -> PublishedKey:
    """The key of an X.509 certificate, until when it holds and what it may sign.

    Who signed the certificate is for whoever put it on a list to check.

    Raises:
        UnsuitableKey: damaged, or of another kind than the two.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = suitable(certificate.public_key())
        uses = _uses(certificate)
    except (ValueError, UnsupportedAlgorithm):
        raise UnsuitableKey from None
    return PublishedKey(key.algorithm, key.key, certificate.not_valid_after_utc, uses)


def key_of_jwk(jwk: Mapping[str, object]) -> PublishedKey:
    """A P-256 key as JSON.

    Raises:
        UnsuitableKey: another curve, another use, a private key, or damaged.
    """
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise UnsuitableKey
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", "ES256") != "ES256":
        raise UnsuitableKey
    return key_of_point(b"\x04" + _coordinate(jwk.get("x")) + _coordinate(jwk.get("y")))


def jwk_of(key: PublishedKey) -> dict[str, Any]:
    """A P-256 key as JSON, without a name.

    Raises:
        UnsuitableKey: it is none of P-256.
    """
    if not isinstance(key.key, ec.EllipticCurvePublicKey):
        raise UnsuitableKey
    point = key.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    x, y = point[1 : 1 + _HALF], point[1 + _HALF :]
    return {"kty": "EC", "crv": "P-256", "x": _base64url(x), "y": _base64url(y)}


def suitable(key: object) -> PublishedKey:
    """The key if it is of a kind that is believed.

    Raises:
        UnsuitableKey: it is not.
    """
    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return PublishedKey(Algorithm.ES256, key)
        case rsa.RSAPublicKey() if _LEAST_RSA_BITS <= key.key_size <= _MOST_RSA_BITS:
            return PublishedKey(Algorithm.PS256, key)
    raise UnsuitableKey


def _uses(certificate: x509.Certificate) -> frozenset[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(one.dotted_string for one in extension.value)


def _coordinate(text: object) -> bytes:
    if not isinstance(text, str):
        raise UnsuitableKey
    try:
        value = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise UnsuitableKey from None
    if len(value) != _HALF:
        raise UnsuitableKey
    return value


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
