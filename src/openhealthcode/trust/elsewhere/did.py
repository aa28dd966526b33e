"""The World Health Organization's trust lists (GDHCN) as DID documents, version 2.

The embedded form carries the keys, each a ``JsonWebKey2020`` with its certificate first in ``x5c``; the
form by reference names further documents, which are not fetched here. The methods' addresses end
in the key's name after ``#``, and say domain, participant and use before it.

What published documents get wrong is put right and told: coordinates with a sign byte in front,
names in base64 unescaped or escaped in the address, signatures of the document in DER.

Source: WHO SMART Trust, DID trust list 2.0.0; W3C DID Core 1.0, 5.2; JsonWebSignature2020.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from openhealthcode.trust.elsewhere.dsc import named_by
from openhealthcode.trust.elsewhere.key_text import key_inside, lenient_bytes
from openhealthcode.trust.elsewhere.model import Defect, ElsewhereKey, PublishedKeys, Reading
from openhealthcode.trust.published_key import UnsuitableKey

_DOCUMENTS: Final = "DSC"
_AUTHORITIES: Final = {"SCA", "TLS", "UP", "DECA"}
_SIGNATURE_BYTES: Final = 64
_WHOLE: Final = "-"


def read_did(methods: Sequence[object], proof: object, now: datetime) -> PublishedKeys:
    """The keys that sign documents, of a document's verification methods."""
    reading = Reading()
    _examine_proof(proof, reading)
    for one in methods:
        match one:
            case str(name):
                reading.note(name, Defect.REFERENCE)
            case {"id": str(address), "publicKeyJwk": {**jwk}}:
                _take(reading, address, jwk, now)
            case _:
                reading.note("?", Defect.UNSUITABLE)
    return reading.done()


def _take(reading: Reading, address: str, jwk: Mapping[Any, object], now: datetime) -> None:
    path, _, fragment = address.partition("#")
    kid = jwk.get("kid")
    name = kid if isinstance(kid, str) else unquote(fragment)
    participant, use = _whose(path)
    if use in _AUTHORITIES:
        reading.note(name, Defect.AUTHORITY)
        return
    try:
        short = lenient_bytes(name, name, reading, is_url=False)
        key, der = key_inside(jwk, name, reading, now)
    except UnsuitableKey:
        reading.note(name, Defect.UNSUITABLE)
        return
    if fragment != name and unquote(fragment) != name:
        reading.note(name, Defect.FRAGMENT)
    if der is not None and not named_by(short, der):
        reading.note(name, Defect.KEY_ID)
    reading.take(ElsewhereKey(participant, short, key))


def _whose(path: str) -> tuple[str, str]:
    """Participant and use of a method's address: ``…:trustlist:DOMAIN:PARTICIPANT:USE``."""
    _, found, rest = path.partition(":trustlist:")
    parts = rest.split(":") if found else []
    participant = parts[1] if len(parts) > 1 and parts[1] != _WHOLE else path
    return participant, parts[2] if len(parts) > 2 else _DOCUMENTS


def _examine_proof(proof: object, reading: Reading) -> None:
    """A document's own signature needs JSON-LD canonical form; it is not checked, and said so."""
    reading.note("", Defect.UNSIGNED)
    match proof:
        case {"jws": str(jws)}:
            signature = jws.rpartition(".")[2]
            try:
                data = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
            except (ValueError, binascii.Error):
                return
            if len(data) != _SIGNATURE_BYTES and data[:1] == b"\x30":
                reading.note("", Defect.PROOF_FORM)


def write_did(identifier: str, keys: Mapping[str, Mapping[Any, object]]) -> str:
    """A document of ours that names these public keys, each a JWK by its name; without proof."""
    methods = [
        {
            "id": f"{identifier}#{name}",
            "type": "JsonWebKey2020",
            "controller": identifier,
            "publicKeyJwk": dict(jwk),
        }
        for name, jwk in keys.items()
    ]
    content = {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
        ],
        "id": identifier,
        "verificationMethod": methods,
        "assertionMethod": [one["id"] for one in methods],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
