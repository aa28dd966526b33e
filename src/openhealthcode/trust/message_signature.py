"""Signed HTTP messages between a region and its partners or other regions: who asks, what, when.

A request's signature covers method, path and the digest of its body; an answer's covers its status,
the digest of its body and that of the request's, so that it answers this question and no other.

Source: RFC 9421 (HTTP Message Signatures), algorithms ``ed25519`` and ``ecdsa-p256-sha256``; RFC 9530
(``Content-Digest``). ``sm2-sm3`` is a name of ours: none is registered.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ed25519

from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.signing import (
    CodeSigner,
    CodeVerifier,
    Ed25519Signer,
    SignatureSuite,
    lasting_verifier_of,
)

MESSAGE_KEY_BYTES: Final = 32
CLOCK_SECONDS: Final = 60
"""How far the clocks of the two may differ, and how old a message may be."""

_LABEL: Final = "ohc"
_LONGEST_HEADER: Final = 1024
_INPUT: Final = re.compile(
    r"ohc=(\((?P<covered>[^()]*)\);created=(?P<created>[0-9]{1,12});"
    r'nonce="(?P<nonce>[A-Za-z0-9_-]{16,64})";keyid="(?P<key_id>[\x21\x23-\x5b\x5d-\x7e]{1,200})";'
    r'alg="(?P<algorithm>[a-z0-9-]{1,40})")'
)
_ALGORITHMS: Final = {
    SignatureSuite.ES256: "ecdsa-p256-sha256",
    SignatureSuite.ED25519: "ed25519",
    SignatureSuite.SM2_SM3: "sm2-sm3",
}
_ED25519_MARK: Final = b"\0"
_SIGNATURE: Final = re.compile(r"ohc=:(?P<signature>[A-Za-z0-9+/]{86}==):")

Component = tuple[str, str]
"""What of a message is covered: its identifier as RFC 9421 writes it, and its value."""


@dataclass(frozen=True, slots=True)
class MessageProof:
    """What a verified signature says besides the message.

    Args:
        key_id: which key of the sender's.
        created: when it was signed, in seconds since 1970.
        nonce: never used again by an honest sender; whoever must not be asked twice remembers it.
    """

    key_id: str
    created: int
    nonce: str


class MessageSigner:
    """Signs messages with one key."""

    __slots__ = ("_key_id", "_signer")

    def __init__(self, key_id: str, signer: CodeSigner) -> None:
        self._key_id = key_id
        self._signer = signer

    @classmethod
    def of_seed(cls, key_id: str, seed: bytes) -> MessageSigner:
        """The signer whose private key is 32 secret bytes."""
        return cls(key_id, Ed25519Signer(ed25519.Ed25519PrivateKey.from_private_bytes(seed)))

    @property
    def key_id(self) -> str:
        """The name under which the other side knows the key."""
        return self._key_id

    @property
    def public_key(self) -> bytes:
        """What the other side verifies with: of Ed25519 32 bytes, else 33."""
        return self._signer.public_key.removeprefix(_ED25519_MARK)

    def headers(
        self, components: Sequence[Component], body: bytes, created: int, nonce: str | None = None
    ) -> dict[str, str]:
        """The headers that sign a message.

        Args:
            components: from ``request_components`` or ``answer_components``.
            body: the same body.
            created: now, in seconds since 1970.
            nonce: of one's own, for tests; random without.
        """
        covered = " ".join(name for name, _ in components)
        parameters = (
            f'({covered});created={created};nonce="{nonce or secrets.token_urlsafe(16)}";'
            f'keyid="{self._key_id}";alg="{_ALGORITHMS[self._signer.suite]}"'
        )
        signature = self.sign(signature_base(components, parameters))
        return {
            "Content-Digest": content_digest(body),
            "Signature-Input": f"{_LABEL}={parameters}",
            "Signature": f"{_LABEL}=:{b64encode(signature).decode()}:",
        }

    def sign(self, base: bytes) -> bytes:
        """The signature over a signature base."""
        return self._signer.sign(base)


def request_components(method: str, path: str, body: bytes) -> tuple[Component, ...]:
    """What is covered of a request; ``path`` without a query, which is never used here."""
    return (
        ('"@method"', method),
        ('"@path"', path),
        ('"content-digest"', content_digest(body)),
    )


def answer_components(status: int, body: bytes, asked: bytes) -> tuple[Component, ...]:
    """What is covered of an answer to a request with the body ``asked``."""
    return (
        ('"@status"', str(status)),
        ('"content-digest"', content_digest(body)),
        ('"content-digest";req', content_digest(asked)),
    )


def content_digest(body: bytes) -> str:
    """The digest of a body as its header says it (RFC 9530, 2)."""
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(components: Sequence[Component], parameters: str) -> bytes:
    """The bytes that are signed (RFC 9421, 2.5)."""
    lines = [f"{name}: {value}" for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def claimed_key(headers: Mapping[str, str]) -> str:
    """Which key a message says it is signed by; nothing of it is believed yet.

    Raises:
        UntrustedSignature: it does not say.
    """
    return _given(headers)["key_id"]


def verify_message(
    public_key: bytes, components: Sequence[Component], headers: Mapping[str, str], now: float
) -> MessageProof:
    """``verify_message_by`` for an Ed25519 key of 32 bytes, as partners have."""
    verifier = lasting_verifier_of(SignatureSuite.ED25519, _ED25519_MARK + public_key)
    return verify_message_by(verifier, SignatureSuite.ED25519, components, headers, now)


def verify_message_by(
    verifier: CodeVerifier,
    suite: SignatureSuite,
    components: Sequence[Component],
    headers: Mapping[str, str],
    now: float,
) -> MessageProof:
    """Accept exactly what the holder of the private key signed within the last minute.

    Args:
        verifier: of the public key.
        suite: of that key; a message that names another is refused.
        components: what the reader finds in the message, from the same functions as the sender's.
        headers: of the message, under lower-case names.
        now: this computer's clock, in seconds since 1970.

    Raises:
        UntrustedSignature: another key, another message, another time, or no such headers.
    """
    given = _given(headers)
    signed = _SIGNATURE.fullmatch(headers.get("signature", "")[:_LONGEST_HEADER])
    if signed is None or given["algorithm"] != _ALGORITHMS[suite]:
        raise UntrustedSignature
    if given["covered"] != " ".join(name for name, _ in components):
        raise UntrustedSignature
    created = int(given["created"])
    if abs(now - created) > CLOCK_SECONDS:
        raise UntrustedSignature
    verifier.verify(b64decode(signed["signature"]), signature_base(components, given[1]))
    return MessageProof(given["key_id"], created, given["nonce"])


def _given(headers: Mapping[str, str]) -> re.Match[str]:
    given = _INPUT.fullmatch(headers.get("signature-input", "")[:_LONGEST_HEADER])
    if given is None:
        raise UntrustedSignature
    return given
