"""SMART Health Cards: issue and verify.

Source: SMART Health Cards 1.4.0 (HL7 SMART Health Cards and Links 1.0.0): JWS by ES256 of a deflated
payload; ``iss`` without a slash at its end, ``nbf`` in seconds, ``vc.rid`` of at most 24 letters.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from openhealthcode.credential import bundle, numeric
from openhealthcode.credential.errors import (
    EarlyCredential,
    ExpiredCredential,
    RevokedCredential,
    TooLargeForACode,
    UnknownCredentialIssuer,
    UnreadableCredential,
    UntrustedCredential,
)
from openhealthcode.credential.issuers import Issuers
from openhealthcode.credential.model import Form, Loss, Read, Statement
from openhealthcode.trust import (
    P256Signer,
    UnreadableJose,
    UntrustedSignature,
    key_of_point,
    read_jws,
    sign_deflated,
)

MEDIA_TYPE: Final = "application/smart-health-card"
CARD: Final = "https://smarthealth.cards#health-card"
IMMUNIZATION: Final = "https://smarthealth.cards#immunization"
_RID: Final = re.compile(r"[A-Za-z0-9_-]{1,24}", re.ASCII)
_LATEST: Final = 253_402_300_799
_CLOCKS_DIFFER: Final = timedelta(minutes=5)


def issue(
    signer: P256Signer,
    statement: Statement,
    *,
    address: str,
    issued_at: datetime,
    rid: str,
    expires_at: datetime | None = None,
) -> str:
    """The JWS of a card; ``numeric.encode`` makes a QR code's text of it.

    Args:
        signer: the issuer's key, published at ``address``/.well-known/jwks.json.
        statement: what it states.
        address: of the issuer, without a slash at its end.
        issued_at: from when on it counts.
        rid: random, to revoke it by.
        expires_at: until when; None for what stays true.

    Raises:
        TooLargeForACode: it would not fit one QR code.
    """
    kinds = [CARD, *([IMMUNIZATION] if statement.doses and not statement.emergency else [])]
    content = {
        "iss": address,
        "nbf": int(issued_at.timestamp()),
        **({"exp": int(expires_at.timestamp())} if expires_at else {}),
        "vc": {
            "type": kinds,
            "credentialSubject": {
                "fhirVersion": bundle.FHIR_VERSION,
                "fhirBundle": bundle.bundle_of(statement),
            },
            "rid": rid,
        },
    }
    kid = key_of_point(signer.public_key).thumbprint
    jws = sign_deflated(signer, kid, orjson.dumps(content))
    if len(jws) > numeric.LARGEST_JWS:
        raise TooLargeForACode
    return jws


def as_file(jws: str) -> bytes:
    """A ``.smart-health-card`` file."""
    return orjson.dumps({"verifiableCredential": [jws]})


def verify(jws: str, issuers: Issuers, now: datetime) -> Read:
    """Check a card.

    Raises:
        UnreadableCredential: damaged, or of another form.
        UnknownCredentialIssuer: nobody on the list, or a key they do not list.
        UntrustedCredential: altered, or signed by another key.
        EarlyCredential, ExpiredCredential, RevokedCredential: genuine, and not valid now.
    """
    try:
        signed = read_jws(jws)
        content = orjson.loads(signed.payload)
    except (UnreadableJose, orjson.JSONDecodeError, UnicodeEncodeError):
        raise UnreadableCredential from None
    address, kid = _said(content, "iss"), signed.header.get("kid")
    if not isinstance(kid, str) or address.endswith("/"):
        raise UnreadableCredential
    issuer = issuers.of_card(address, kid)
    if issuer is None:
        raise UnknownCredentialIssuer
    try:
        issuer.key.verify(signed.signature, signed.signed)
    except UntrustedSignature:
        raise UntrustedCredential from None
    issued_at, expires_at = _times(content, now)
    statement, losses, rid = _stated(content)
    if issuer.has_revoked(rid, issued_at):
        raise RevokedCredential
    return Read(Form.HEALTH_CARD, issuer.name, issued_at, expires_at, statement, losses, kid, rid)


def _times(content: dict[str, Any], now: datetime) -> tuple[datetime, datetime | None]:
    issued_at = _moment(content.get("nbf"))
    expires_at = _moment(content["exp"]) if "exp" in content else None
    if issued_at > now + _CLOCKS_DIFFER:
        raise EarlyCredential
    if expires_at is not None and expires_at <= now:
        raise ExpiredCredential
    return issued_at, expires_at


def _stated(content: dict[str, Any]) -> tuple[Statement, tuple[Loss, ...], str]:
    vc: Any = content.get("vc")
    match vc:
        case {"type": list(kinds), "credentialSubject": {"fhirBundle": dict(found)}}:
            rid = vc.get("rid", "")
        case _:
            raise UnreadableCredential
    if CARD not in kinds or not isinstance(rid, str) or (rid and not _RID.fullmatch(rid)):
        raise UnreadableCredential
    try:
        statement, losses = bundle.statement_of(found)
    except ValueError:
        raise UnreadableCredential from None
    return statement, losses, rid


def _said(content: object, name: str) -> str:
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, str):
        raise UnreadableCredential
    return value


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise UnreadableCredential
    return datetime.fromtimestamp(value, UTC)
