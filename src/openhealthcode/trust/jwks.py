"""Issuers' keys as a JWK Set, for those who check with ordinary libraries.

Keys of SM2 are left out: JOSE has no name for them. ``kid`` is the thumbprint, so that it is the
same wherever the key is published; region and key id, as codes name them, stand beside it.

Source: RFC 7517 (JWK Set), RFC 7518 6.2 (EC), RFC 8037 2 (OKP), RFC 7638 3 (thumbprint).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, Final

from openhealthcode.trust.published_key import jwk_of, key_of_point
from openhealthcode.trust.signing import SignatureSuite
from openhealthcode.trust.suite import sha256
from openhealthcode.trust.trust_list import Issuer

_MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


def write_jwks(issuers: Iterable[Issuer]) -> dict[str, list[dict[str, Any]]]:
    """The set, ready for JSON."""
    return {"keys": [key for one in issuers if (key := _key(one)) is not None]}


def thumbprint(jwk: dict[str, Any]) -> str:
    """The name that follows from a key itself."""
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(sha256(canonical.encode()))


def _key(issuer: Issuer) -> dict[str, Any] | None:
    match issuer.suite:
        case SignatureSuite.ES256:
            jwk, algorithm = jwk_of(key_of_point(issuer.public_key)), "ES256"
        case SignatureSuite.ED25519:
            x = _base64url(issuer.public_key[1:])
            jwk, algorithm = {"kty": "OKP", "crv": "Ed25519", "x": x}, "EdDSA"
        case _:
            return None
    return jwk | {
        "kid": thumbprint(jwk),
        "use": "sig",
        "alg": algorithm,
        "region": f"{issuer.region:06d}",
        "key_id": issuer.key_id.hex(),
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
