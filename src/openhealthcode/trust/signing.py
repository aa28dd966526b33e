"""Signatures on codes: 64 bytes, one form each, under a suite that the signed bytes name.

ES256 is ECDSA on P-256 with SHA-256, written as r and s of 32 bytes each, big-endian; of the two
values of s that verify, only the one not above half the order is taken, so that nobody can make a
second text of a signature. Public keys are compressed points of 33 bytes, for Ed25519 the 32 bytes
of RFC 8032 after a zero. SM2-SM3 is in ``sm2``.

Source: FIPS 186-5 (ECDSA), SEC 1 2.3.3 (points), RFC 8032 (Ed25519), GB/T 32918.2 (SM2).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openhealthcode.trust import sm2_curve
from openhealthcode.trust.libcrypto import libcrypto
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.sm2 import Sm2PrivateKey, Sm2Verifier
from openhealthcode.trust.suite import Suite, derive

SIGNATURE_BYTES: Final = 64
PUBLIC_KEY_BYTES: Final = 33

_HALF: Final = 32
_CURVE: Final = ec.SECP256R1()
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HIGHEST_S: Final = _ORDER // 2
_ED25519_MARK: Final = b"\0"


class SignatureSuite(IntEnum):
    """The byte in a code that names how it was signed."""

    ES256 = 1
    ED25519 = 2
    SM2_SM3 = 3


class CodeSigner(Protocol):
    """Holds one private key for codes; a hardware module speaks this through PKCS#11."""

    @property
    def suite(self) -> SignatureSuite:
        """How it signs."""

    @property
    def public_key(self) -> bytes:
        """The 33 bytes others verify with."""

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of a signature."""


class CodeVerifier(Protocol):
    """Checks signatures of one public key."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Accept exactly what the holder of the private key signed.

        Raises:
            UntrustedSignature: anything else.
        """


class P256Signer:
    """Signs by ES256 with a private key in memory."""

    __slots__ = ("_key", "_public")

    suite: Final = SignatureSuite.ES256

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self._public = point  # asked for with every certificate

    @classmethod
    def generate(cls) -> P256Signer:
        """A new random key."""
        return cls(ec.generate_private_key(_CURVE))

    @classmethod
    def derived(cls, key: bytes, label: bytes) -> P256Signer:
        """The key that always comes of the same 32 secret bytes and label.

        Source: FIPS 186-5 A.2.1, private keys by extra random bits.
        """
        number = int.from_bytes(derive(key, label, 48)) % (_ORDER - 1) + 1
        return cls(ec.derive_private_key(number, _CURVE))

    @property
    def public_key(self) -> bytes:
        """The compressed point."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """R and s, the lower of the two possible s."""
        r, s = decode_dss_signature(self._key.sign(data, _ECDSA))
        return r.to_bytes(_HALF) + min(s, _ORDER - s).to_bytes(_HALF)


class _P256Verifier:
    __slots__ = ("_key",)

    def __init__(self, public_key: bytes) -> None:
        self._key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public_key)

    def verify(self, signature: bytes, data: bytes) -> None:
        s = int.from_bytes(signature[_HALF:])
        if len(signature) != SIGNATURE_BYTES or s > _HIGHEST_S:
            raise UntrustedSignature
        try:
            self._key.verify(
                encode_dss_signature(int.from_bytes(signature[:_HALF]), s), data, _ECDSA
            )
        except InvalidSignature:
            raise UntrustedSignature from None


class Ed25519Signer:
    """Signs by Ed25519 with a private key in memory."""

    __slots__ = ("_key",)

    suite: Final = SignatureSuite.ED25519

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def derived(cls, key: bytes, label: bytes) -> Ed25519Signer:
        """The key that always comes of the same 32 secret bytes and label."""
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(derive(key, label)))

    @property
    def public_key(self) -> bytes:
        """A zero and the 32 bytes of RFC 8032."""
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _ED25519_MARK + public

    def sign(self, data: bytes) -> bytes:
        """The signature of RFC 8032."""
        return self._key.sign(data)


class _Ed25519Verifier:
    __slots__ = ("_key",)

    def __init__(self, public_key: bytes) -> None:
        if public_key[:1] != _ED25519_MARK:
            raise ValueError("an Ed25519 key begins with a zero here")
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(public_key[1:])

    def verify(self, signature: bytes, data: bytes) -> None:
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            raise UntrustedSignature from None


class Sm2Signer:
    """Signs by SM2-SM3 with a private key in libcrypto's memory."""

    __slots__ = ("_key",)

    suite: Final = SignatureSuite.SM2_SM3

    def __init__(self, key: Sm2PrivateKey) -> None:
        self._key = key

    @classmethod
    def derived(cls, key: bytes, label: bytes) -> Sm2Signer:
        """The key that always comes of the same 32 secret bytes and label.

        Source: GB/T 32918.1-2016, 6.1 (from 1 to the order less 2), by extra random bits.

        Raises:
            UnavailableSuite: no libcrypto here knows SM2.
        """
        number = int.from_bytes(derive(key, label, 48)) % (sm2_curve.N - 2) + 1
        return cls(Sm2PrivateKey(number, libcrypto()))

    @property
    def public_key(self) -> bytes:
        """The compressed point."""
        return self._key.public_key

    def sign(self, data: bytes) -> bytes:
        """R and s."""
        return self._key.sign(data)


_SIGNERS: Final[dict[SignatureSuite, Callable[[bytes, bytes], CodeSigner]]] = {
    SignatureSuite.ES256: P256Signer.derived,
    SignatureSuite.ED25519: Ed25519Signer.derived,
    SignatureSuite.SM2_SM3: Sm2Signer.derived,
}


def _sm2_verifier(public_key: bytes) -> CodeVerifier:
    return Sm2Verifier(public_key, libcrypto())


_VERIFIERS: Final[dict[SignatureSuite, Callable[[bytes], CodeVerifier]]] = {
    SignatureSuite.ES256: _P256Verifier,
    SignatureSuite.ED25519: _Ed25519Verifier,
    SignatureSuite.SM2_SM3: _sm2_verifier,
}


def code_suite(suite: Suite) -> SignatureSuite:
    """How an installation of this suite signs its codes."""
    return SignatureSuite.SM2_SM3 if suite.is_national else SignatureSuite.ES256


def signer_of(suite: SignatureSuite, key: bytes, label: bytes) -> CodeSigner:
    """The signer that always comes of the same 32 secret bytes and label."""
    return _SIGNERS[suite](key, label)


def verifier_of(suite: SignatureSuite, public_key: bytes) -> CodeVerifier:
    """What checks signatures under a public key of 33 bytes.

    Raises:
        UntrustedSignature: these bytes are no public key of the suite.
    """
    try:
        if len(public_key) != PUBLIC_KEY_BYTES:
            raise UntrustedSignature
        return _VERIFIERS[suite](public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise UntrustedSignature from None


@lru_cache(maxsize=256)
def lasting_verifier_of(suite: SignatureSuite, public_key: bytes) -> CodeVerifier:
    """``verifier_of`` for the few keys of issuers, which are met again with every code."""
    return verifier_of(suite, public_key)
