"""Electronic health certificates (``HC1:``): verify those of others, issue our own content.

Source: Electronic Health Certificate specification 1.0.5: CWT in COSE_SignedToken, ZLIB, base 45, with the
context identifier ``HC1:`` in front; EU DCC interoperability certificate governance (extended key
usages of a signer).
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import cbor2

from openhealthcode.credential import base45, claims
from openhealthcode.credential.errors import (
    EarlyCredential,
    ExpiredCredential,
    TooLargeForACode,
    UnknownCredentialIssuer,
    UnreadableCredential,
    UntrustedCredential,
)
from openhealthcode.credential.issuers import Issuer, Issuers, certificate_key_id
from openhealthcode.credential.model import Form, Loss, Read, Statement
from openhealthcode.trust import (
    P256Signer,
    SignedToken,
    UnreadableToken,
    UntrustedSignature,
    key_of_point,
    read_cbor,
    read_token,
    sign_token,
)

PREFIX: Final = "HC1:"
LARGEST_BYTES: Final = 1 << 20
"""Whatever unpacks to more is refused unread."""
LARGEST_TEXT: Final = 1600
"""Letters that fit a QR code of version 29 at level M, read by any telephone."""

_ISSUER, _EXPIRES, _ISSUED, _CONTENT = 1, 4, 6, -260
_LATEST: Final = 253_402_300_799
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_MAY_SIGN: Final = {
    "t": {"1.3.6.1.4.1.1847.2021.1.1", "1.3.6.1.4.1.0.1847.2021.1.1"},
    "v": {"1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.2"},
    "r": {"1.3.6.1.4.1.1847.2021.1.3", "1.3.6.1.4.1.0.1847.2021.1.3"},
}
_ANY_OF_THEM: Final = frozenset().union(*_MAY_SIGN.values())


def issue(
    signer: P256Signer,
    statement: Statement,
    *,
    issuer: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """The text of a certificate with our own content.

    Args:
        signer: the issuer's key; it is named by the first bytes of its SHA-256, for want of an
            X.509 certificate.
        statement: what it states.
        issuer: who signs, in the words of the certificate.
        issued_at: from when on.
        expires_at: until when it is to be believed.

    Raises:
        TooLargeForACode: it would not fit one QR code.
    """
    content = {
        _ISSUER: issuer,
        _EXPIRES: int(expires_at.timestamp()),
        _ISSUED: int(issued_at.timestamp()),
        _CONTENT: {claims.OWN_KIND: claims.claims_of(statement)},
    }
    key_id = certificate_key_id(key_of_point(signer.public_key).spki)
    signed = sign_token(signer, key_id, cbor2.dumps(content, canonical=True))
    text = PREFIX + base45.encode(zlib.compress(signed, 9))
    if len(text) > LARGEST_TEXT:
        raise TooLargeForACode
    return text


def verify(text: str, issuers: Issuers, now: datetime) -> Read:
    """Check a certificate.

    Raises:
        UnreadableCredential: damaged, of another form, or more inside than ``LARGEST_BYTES``.
        UnknownCredentialIssuer: nobody on the list has a key of that name.
        UntrustedCredential: altered, or signed by a key that may not sign this kind.
        EarlyCredential, ExpiredCredential: genuine, and not valid now.
    """
    message = read_message(text)
    issuer = _signed_by(message, issuers)
    content = _content(message)
    issued_at, expires_at = _times(content, now)
    statement, losses = _stated(content, issuer)
    kid = message.key_id.hex()
    return Read(Form.CERTIFICATE, issuer.name, issued_at, expires_at, statement, losses, kid)


def read_message(text: str) -> SignedToken:
    """The signed message inside a text; not yet believed.

    Raises:
        UnreadableCredential: damaged, or of another form.
    """
    if not text.startswith(PREFIX):
        raise UnreadableCredential
    try:
        packed = base45.decode(text[len(PREFIX) :])
        return read_token(_unpacked(packed))
    except (ValueError, UnreadableToken):
        raise UnreadableCredential from None


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, LARGEST_BYTES)
    except zlib.error:
        raise UnreadableCredential from None
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableCredential
    return data


def _signed_by(message: SignedToken, issuers: Issuers) -> Issuer:
    """Whoever of those with a key of that name really signed."""
    named = issuers.of_certificate(message.key_id)
    if not named:
        raise UnknownCredentialIssuer
    for issuer in named:
        if issuer.key.algorithm is not message.algorithm:
            continue
        try:
            issuer.key.verify(message.signature, message.signed)
        except UntrustedSignature:
            continue
        return issuer
    raise UntrustedCredential


def _content(message: SignedToken) -> dict[Any, Any]:
    try:
        content = read_cbor(message.payload)
    except UnreadableToken:
        raise UnreadableCredential from None
    if not isinstance(content, dict):
        raise UnreadableCredential
    return content


def _times(content: dict[Any, Any], now: datetime) -> tuple[datetime, datetime]:
    issued_at, expires_at = _moment(content.get(_ISSUED)), _moment(content.get(_EXPIRES))
    if issued_at > now + _CLOCKS_DIFFER:
        raise EarlyCredential
    if expires_at <= now:
        raise ExpiredCredential
    return issued_at, expires_at


def _stated(content: dict[Any, Any], issuer: Issuer) -> tuple[Statement, tuple[Loss, ...]]:
    match content.get(_CONTENT):
        case {claims.OWN_KIND: own}:
            read, found = claims.statement_of, own
        case {claims.EUROPEAN_KIND: european}:
            _check_use(european, issuer)
            read, found = claims.statement_of_european, european
        case _:
            raise UnreadableCredential
    try:
        return read(found)
    except ValueError:
        raise UnreadableCredential from None


def _check_use(european: object, issuer: Issuer) -> None:
    """A signer whose certificate names what it may sign has to name this kind."""
    named = issuer.key.uses & _ANY_OF_THEM
    if not named or not isinstance(european, dict):
        return
    if any(european.get(kind) and not named & allowed for kind, allowed in _MAY_SIGN.items()):
        raise UntrustedCredential


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise UnreadableCredential
    return datetime.fromtimestamp(value, UTC)
