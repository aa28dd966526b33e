"""Lists of document signers' certificates, in the two forms that were published.

The gateway's own: ``{"certificates": [{"certificateType": "DSC", "country", "kid", "rawData"}]}``, often
below a line with a signature in base64. The Swedish form: a JWS with its payload in the open, keys
by country under ``dsc_trust_list``. Signatures over the lists are checked where the signer's key was
given; a list without is as good as the way it came.

Source: EU Digital COVID Certificate gateway (trust list); DIGG, DSC Trust List format 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from openhealthcode.trust.elsewhere.key_text import key_inside, lenient_bytes
from openhealthcode.trust.elsewhere.model import (
    Defect,
    ElsewhereKey,
    PublishedKeys,
    Reading,
    UnreadableKeyList,
)
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.published_key import PublishedKey, UnsuitableKey, key_of_certificate
from openhealthcode.trust.signing import P256Signer
from openhealthcode.trust.suite import sha256
from openhealthcode.trust.trust_list import LIFETIME

_KEY_ID_BYTES: Final = 8


def read_certificates(certificates: Sequence[object], now: datetime) -> PublishedKeys:
    """The document signers of the gateway's form."""
    reading = Reading()
    reading.note("", Defect.UNSIGNED)
    for one in certificates:
        match one:
            case {
                "certificateType": "DSC",
                "country": str(country),
                "kid": str(kid),
                "rawData": raw,
            }:
                _take_certificate(reading, country, kid, raw, now)
            case {"certificateType": str(), "kid": str(kid)}:
                reading.note(kid, Defect.AUTHORITY)
            case _:
                reading.note("?", Defect.UNSUITABLE)
    return reading.done()


def read_by_country(
    countries: Mapping[str, object], now: datetime, *, is_signed: bool
) -> PublishedKeys:
    """The document signers of the Swedish form."""
    reading = Reading()
    if not is_signed:
        reading.note("", Defect.UNSIGNED)
    for country, listed in countries.items():
        match listed:
            case {"keys": list(keys)}:
                for one in keys:
                    _take_jwk(reading, country, one, now)
            case _:
                reading.note(country, Defect.UNSUITABLE)
    return reading.done()


def open_list(text: str, signer: PublishedKey | None) -> tuple[dict[str, object], bool]:
    """The payload of a JWS that carries it in the open (RFC 7797), and whether it was checked.

    Raises:
        UnreadableKeyList: no such text.
        UntrustedSignature: not signed by the key that was given.
    """
    header, _, rest = text.strip().partition(".")
    payload, _, signature = rest.rpartition(".")
    try:
        said = json.loads(base64.urlsafe_b64decode(header + "=="))
        content = json.loads(payload)
        signed = base64.urlsafe_b64decode(signature + "==")
    except (ValueError, binascii.Error, RecursionError):
        raise UnreadableKeyList from None
    if not isinstance(said, dict) or said.get("b64") is not False or not isinstance(content, dict):
        raise UnreadableKeyList
    if signer is None:
        return content, False
    if said.get("alg") != signer.algorithm.name:
        raise UntrustedSignature
    signer.verify(signed, f"{header}.{payload}".encode())
    return content, True


def write_list(
    signer: P256Signer,
    issuer: str,
    country: str,
    keys: Mapping[str, Mapping[str, object]],
    now: datetime,
) -> str:
    """Our own keys in the Swedish form: a JWS with its payload in the open, good for a week.

    Args:
        signer: vouches for the list; readers know its key from elsewhere.
        issuer: who publishes it, as an address.
        country: two letters.
        keys: each a JWK by the base64 of its eight bytes.
    """
    listed = [{**jwk, "kid": kid} for kid, jwk in keys.items()]
    content = {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "dsc_trust_list": {country: {"eku": {}, "keys": listed}},
    }
    header = _base64url(json.dumps({"alg": "ES256", "b64": False, "crit": ["b64"]}).encode())
    body = f"{header}.{json.dumps(content, separators=(',', ':'))}"
    return f"{body}.{_base64url(signer.sign(body.encode()))}"


def kid_of(key: PublishedKey) -> str:
    """How certificates name a bare key, in base64."""
    return base64.b64encode(sha256(key.spki)[:_KEY_ID_BYTES]).decode()


def named_by(kid: bytes, der: bytes) -> bool:
    """Whether a key is named as its certificate is."""
    return kid == sha256(der)[:_KEY_ID_BYTES]


def _take_certificate(reading: Reading, country: str, kid: str, raw: object, now: datetime) -> None:
    try:
        der = lenient_bytes(raw, kid, reading, is_url=False)
        name = lenient_bytes(kid, kid, reading, is_url=False)
        key = key_of_certificate(der)
    except UnsuitableKey:
        reading.note(kid, Defect.UNSUITABLE)
        return
    if key.not_after is not None and key.not_after <= now:
        reading.note(kid, Defect.CERTIFICATE_OVER)
        return
    if not named_by(name, der):
        reading.note(kid, Defect.KEY_ID)
    reading.take(ElsewhereKey(country, name, key))


def _take_jwk(reading: Reading, country: str, jwk: object, now: datetime) -> None:
    match jwk:
        case {"kid": str(kid), **rest}:
            pass
        case _:
            reading.note(country, Defect.UNSUITABLE)
            return
    try:
        name = lenient_bytes(kid, kid, reading, is_url=False)
        key, der = key_inside(rest, kid, reading, now)
    except UnsuitableKey:
        reading.note(kid, Defect.UNSUITABLE)
        return
    if der is not None and not named_by(name, der):
        reading.note(kid, Defect.KEY_ID)
    reading.take(ElsewhereKey(country, name, key))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
