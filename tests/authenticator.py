"""An authenticator made of software: answers registration and sign-in as a passkey does.

Source: W3C Web Authentication Level 3, 6.1 (authenticator data), 6.5 (attestation), 8.7 (none).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_USER_PRESENT = 0x01
_USER_VERIFIED = 0x04
_HAS_CREDENTIAL = 0x40


class Authenticator:
    """One passkey on one device."""

    def __init__(self, origin: str, *, verifies_user: bool = True) -> None:
        self.origin = origin
        self.verifies_user = verifies_user
        self.sign_count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._credential_id = secrets.token_bytes(32)

    def make(self, options_json: str) -> str:
        """What the browser answers to ``navigator.credentials.create``."""
        options = json.loads(options_json)
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self._data(options["rp"]["id"], _HAS_CREDENTIAL) + self._credential()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {"clientDataJSON": _text(client_data), "attestationObject": _text(attestation)}
        )

    def sign(self, options_json: str) -> str:
        """What the browser answers to ``navigator.credentials.get``."""
        options = json.loads(options_json)
        self.sign_count += 1
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            {
                "clientDataJSON": _text(client_data),
                "authenticatorData": _text(data),
                "signature": _text(self._key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _data(self, site: str, flags: int = 0) -> bytes:
        flags |= _USER_PRESENT | (_USER_VERIFIED if self.verifies_user else 0)
        site_hash = hashlib.sha256(site.encode()).digest()
        return site_hash + bytes([flags]) + self.sign_count.to_bytes(4)

    def _credential(self) -> bytes:
        point = self._key.public_key().public_numbers()
        cose_key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        size = len(self._credential_id).to_bytes(2)
        return bytes(16) + size + self._credential_id + cbor2.dumps(cose_key)

    def _answer(self, response: dict[str, str]) -> str:
        named = _text(self._credential_id)
        answer: dict[str, Any] = {"id": named, "rawId": named, "type": "public-key"}
        return json.dumps(answer | {"response": response, "clientExtensionResults": {}})


def challenge_of(options_json: str) -> bytes:
    text = json.loads(options_json)["challenge"]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
