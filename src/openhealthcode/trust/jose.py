"""JSON signed or encrypted in compact form: exactly the two forms health cards and links use.

A card is a JWS by ES256 whose payload is deflated without a header. A shared file is a JWE under a
key both sides have ("dir") by AES-256-GCM; we never write ``zip`` into it, and read it. Whatever
unpacks to more than ``LARGEST_BYTES`` is refused unread.

Source: RFC 7515 (JWS), RFC 7516 and 7518 (JWE, dir, A256GCM), RFC 1951 (DEFLATE); SMART Health
Cards and Links 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass, field
from os import urandom
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.signing import SIGNATURE_BYTES, P256Signer

LARGEST_BYTES: Final = 1 << 20
"""Of what is inside; a link may share more than a card, but no more than this."""
FILE_KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_DEFLATE: Final = "DEF"
_LARGEST_HEADER: Final = 4096
_LARGEST_FILE: Final = 16 << 20


class UnreadableJose(HealthCodeError):
    """This is no signed or encrypted JSON of the expected form."""

    code = "jose-unreadable"


@dataclass(frozen=True, slots=True)
class Jws:
    """A signed text taken apart; not yet believed.

    Args:
        header: what the signer says of key and form.
        payload: as signed, unpacked.
        signed: the bytes the signature is over.
        signature: r and s for ES256.
    """

    header: dict[str, Any]
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def sign_deflated(signer: P256Signer, kid: str, payload: bytes) -> str:
    """A compact JWS by ES256 over the deflated payload."""
    header = orjson.dumps({"zip": _DEFLATE, "alg": "ES256", "kid": kid})
    signed = f"{_written(header)}.{_written(deflate(payload))}"
    return f"{signed}.{_written(signer.sign(signed.encode()))}"


def read_jws(text: str) -> Jws:
    """Take a compact JWS of a deflated payload apart.

    Raises:
        UnreadableJose: another form, another algorithm, a header we would have to obey, or more
            inside than ``LARGEST_BYTES``.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise UnreadableJose
    header = _header(parts[0])
    if header.get("alg") != "ES256" or header.get("zip") != _DEFLATE or "crit" in header:
        raise UnreadableJose
    signed = text[: len(parts[0]) + 1 + len(parts[1])].encode()
    signature = _read(parts[2])
    if len(signature) != SIGNATURE_BYTES:  # cut off
        raise UnreadableJose
    return Jws(header, inflate(_read(parts[1])), signed, signature)


def new_file_key() -> bytes:
    """The random key of a shared link."""
    return urandom(FILE_KEY_BYTES)


def encrypt_file(key: bytes, content: bytes, content_type: str) -> str:
    """A compact JWE; each encryption has a nonce of its own."""
    header = _written(orjson.dumps({"alg": "dir", "enc": "A256GCM", "cty": content_type}))
    nonce = urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, content, header.encode())
    text, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    return f"{header}..{_written(nonce)}.{_written(text)}.{_written(tag)}"


def decrypt_file(key: bytes, jwe: str) -> tuple[bytes, str]:
    """What a file holds, and its content type (empty where none is said).

    Raises:
        UnreadableJose: another form, another key, altered, or too large.
    """
    parts = jwe.split(".")
    if len(jwe) > _LARGEST_FILE or len(parts) != 5 or parts[1] or len(key) != FILE_KEY_BYTES:
        raise UnreadableJose
    header = _header(parts[0])
    if header.get("alg") != "dir" or header.get("enc") != "A256GCM" or "crit" in header:
        raise UnreadableJose
    nonce, tag = _read(parts[2]), _read(parts[4])
    if len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES or header.get("zip", _DEFLATE) != "DEF":
        raise UnreadableJose
    try:
        content = AESGCM(key).decrypt(nonce, _read(parts[3]) + tag, parts[0].encode())
    except InvalidTag:
        raise UnreadableJose from None
    content_type = header.get("cty", "")
    if "zip" in header:
        content = inflate(content)
    return content, content_type if isinstance(content_type, str) else ""


def deflate(data: bytes) -> bytes:
    """Raw DEFLATE, without header or checksum."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


def inflate(data: bytes) -> bytes:
    """What ``deflate`` packed.

    Raises:
        UnreadableJose: damaged, cut off, followed by something, or beyond the bound.
    """
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = unpacking.decompress(data, LARGEST_BYTES)
    except zlib.error:
        raise UnreadableJose from None
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableJose
    return content


def _header(part: str) -> dict[str, Any]:
    if len(part) > _LARGEST_HEADER:
        raise UnreadableJose
    try:
        header = orjson.loads(_read(part))
    except orjson.JSONDecodeError:
        raise UnreadableJose from None
    if not isinstance(header, dict):
        raise UnreadableJose
    return header


def _read(part: str) -> bytes:
    """Base64url without padding, in the one form it has."""
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableJose from None
    if "=" in part or _written(data[-(len(data) % 3 or 3) :])[-1:] != part[-1:]:
        raise UnreadableJose
    return data


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
