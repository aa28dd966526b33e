"""COSE_Sign1 and JWS as far as issuers' keys make and check them: one signature, one algorithm.

Which algorithm is right is decided by the key that is expected, never by what a message says of
itself.

Source: RFC 9052 4.2 and 4.4 (COSE_Sign1), RFC 9053 2 (ES256, EdDSA), RFC 7515 7.1 (compact JWS),
RFC 7518 3.4, RFC 8037 3.1.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final, Protocol

import cbor2

from openhealthcode.trust.cwt import UnreadableToken, read_cbor
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.signing import (
    SIGNATURE_BYTES,
    CodeSigner,
    SignatureSuite,
    lasting_verifier_of,
)

_SIGN1_TAG: Final = 18
_ALGORITHM, _KEY_ID, _TYPE = 1, 4, 16
# SM2-SM3 has no registered name: ours are of the ranges for private use.
_COSE_NAMES: Final = {
    SignatureSuite.ES256: -7,
    SignatureSuite.ED25519: -8,
    SignatureSuite.SM2_SM3: -65800,
}
_JOSE_NAMES: Final = {
    SignatureSuite.ES256: "ES256",
    SignatureSuite.ED25519: "EdDSA",
    SignatureSuite.SM2_SM3: "SM2SM3",
}


class SigningKey(Protocol):
    """A public key with its name and suite: an ``Issuer``, or one of the region's own."""

    @property
    def key_id(self) -> bytes:
        """The first four bytes of the key's SHA-256."""

    @property
    def suite(self) -> SignatureSuite:
        """How it signs."""

    @property
    def public_key(self) -> bytes:
        """The 33 bytes of the key."""


def sign1(signer: CodeSigner, name: bytes, kind: str, payload: bytes) -> bytes:
    """A COSE_Sign1 message with its tag; the key's name is in the open, kind and algorithm signed."""
    header = {_ALGORITHM: _COSE_NAMES[signer.suite], _TYPE: kind}
    protected = cbor2.dumps(header, canonical=True)
    signature = signer.sign(_to_be_signed(protected, payload))
    message = [protected, {_KEY_ID: name}, payload, signature]
    return cbor2.dumps(cbor2.CBORTag(_SIGN1_TAG, message))


def open1(message: bytes, key: SigningKey, kind: str) -> bytes:
    """The payload of a COSE_Sign1 message of this kind that this key signed.

    Raises:
        UntrustedSignature: of another key, kind or algorithm, altered, or no such message.
    """
    match strictly(message):
        case cbor2.CBORTag(tag=18, value=[bytes(protected), {}, bytes(payload), bytes(signature)]):
            pass
        case _:
            raise UntrustedSignature
    match strictly(protected):
        case {1: int(algorithm), 16: str(said)} if said == kind:
            pass
        case _:
            raise UntrustedSignature
    if algorithm != _COSE_NAMES.get(key.suite) or len(signature) != SIGNATURE_BYTES:
        raise UntrustedSignature
    signed = _to_be_signed(protected, payload)
    lasting_verifier_of(key.suite, key.public_key).verify(signature, signed)
    return payload


def strictly(data: bytes) -> object:
    """One CBOR item, all of the bytes, no key of a map twice; what it is made of is not checked.

    Raises:
        UntrustedSignature: anything else.
    """
    try:
        return read_cbor(data, is_tagged=True)
    except UnreadableToken:
        raise UntrustedSignature from None


def compact(signer: CodeSigner, header: Mapping[str, object], payload: bytes) -> str:
    """A compact JWS; the algorithm is written by the signer."""
    full = {"alg": _JOSE_NAMES[signer.suite], **header}
    body = f"{_base64(_json(full))}.{_base64(payload)}"
    return f"{body}.{_base64(signer.sign(body.encode()))}"


def open_compact(text: str, key: SigningKey, kind: str) -> bytes:
    """The payload of a compact JWS of this ``typ`` that this key signed.

    Raises:
        UntrustedSignature: of another key, type or algorithm, altered, or no such text.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise UntrustedSignature
    header, payload, signature = (_bytes(part) for part in parts)
    try:
        said = json.loads(header)
    except (ValueError, RecursionError):
        raise UntrustedSignature from None
    match said:
        case {"alg": str(algorithm), "typ": str(of)} if of == kind and "crit" not in said:
            pass
        case _:
            raise UntrustedSignature
    if algorithm != _JOSE_NAMES.get(key.suite) or len(signature) != SIGNATURE_BYTES:
        raise UntrustedSignature
    verifier = lasting_verifier_of(key.suite, key.public_key)
    verifier.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    return payload


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise UntrustedSignature from None
    if _base64(data) != text:
        raise UntrustedSignature
    return data
