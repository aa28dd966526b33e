"""An issuer's list of revoked codes as it travels: a Token Status List, as CWT and as JWT.

The issuer's own key signs it, so a region takes a code back without the national roots. A list is
of one key: ``sub`` names it, whatever address it is fetched from.

Source: Token Status List (draft-ietf-oauth-status-list), 4 (list), 5.1 (JWT), 5.2 (CWT).
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import cbor2

from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.signed_message import compact, open1, open_compact, sign1, strictly
from openhealthcode.trust.signing import CodeSigner
from openhealthcode.trust.status_list import StatusList, UnreadableStatusList
from openhealthcode.trust.trust_list import GRACE, LIFETIME, Issuer

STATUS_LIST_SIZE: Final = 1 << 23
"""How many codes a list says something about: indices are drawn below it."""
KEPT_SECONDS: Final = 3600
"""How long a verifier may go by a list before it asks for a newer one, if it can ask."""

_JWT: Final = "statuslist+jwt"
_CWT: Final = "application/statuslist+cwt"
_SUBJECT, _EXPIRES, _ISSUED = 2, 4, 6
_STATUS_LIST, _TTL = 65533, 65534
_LARGEST_TOKEN: Final = 2 << 20


@dataclass(frozen=True, slots=True)
class StatusToken:
    """What was revoked as of a moment, by one issuer's key."""

    key_id: bytes
    issued_at: datetime
    expires_at: datetime
    revoked: StatusList = field(repr=False)

    @property
    def as_of(self) -> datetime:
        """The moment its age counts from; earlier than it was signed if it ends sooner than ours do."""
        return min(self.issued_at, self.expires_at - LIFETIME - GRACE)


def status_name(region: int, name: bytes) -> str:
    """What a list of revoked codes is called, wherever it lies."""
    return f"urn:openhealthcode:status:{region:06d}:{name.hex()}"


def as_cwt(signer: CodeSigner, issuer: Issuer, revoked: StatusList, at: datetime) -> bytes:
    """The list as a signed CBOR Web Token."""
    claims = {
        _SUBJECT: status_name(issuer.region, issuer.key_id),
        _ISSUED: int(at.timestamp()),
        _EXPIRES: int((at + LIFETIME + GRACE).timestamp()),
        _TTL: KEPT_SECONDS,
        _STATUS_LIST: {"bits": 1, "lst": revoked.pack()},
    }
    return sign1(signer, issuer.key_id, _CWT, cbor2.dumps(claims))


def as_jwt(signer: CodeSigner, issuer: Issuer, revoked: StatusList, at: datetime) -> str:
    """The list as a signed JSON Web Token."""
    packed = base64.urlsafe_b64encode(revoked.pack()).rstrip(b"=").decode()
    claims = {
        "sub": status_name(issuer.region, issuer.key_id),
        "iat": int(at.timestamp()),
        "exp": int((at + LIFETIME + GRACE).timestamp()),
        "ttl": KEPT_SECONDS,
        "status_list": {"bits": 1, "lst": packed},
    }
    header = {"typ": _JWT, "kid": issuer.key_id.hex()}
    return compact(signer, header, json.dumps(claims, separators=(",", ":")).encode())


def read_status(token: bytes, issuer: Issuer) -> StatusToken:
    """Read a list of revoked codes, CWT or JWT, as this issuer signed it.

    Raises:
        UntrustedSignature: not signed by this key, or altered.
        UnreadableStatusList: signed, and no list of one bit a code of this key; or too large.
    """
    if len(token) > _LARGEST_TOKEN:
        raise UnreadableStatusList
    subject, issued, expires, bits, packed = (
        _of_jwt(token, issuer) if token[:2] == b"ey" else _of_cwt(token, issuer)
    )
    if subject != status_name(issuer.region, issuer.key_id) or bits != 1 or issued > expires:
        raise UnreadableStatusList
    try:
        moments = (datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(expires, UTC))
    except (ValueError, OverflowError, OSError):
        raise UnreadableStatusList from None
    return StatusToken(issuer.key_id, *moments, StatusList.unpack(packed))


def _of_cwt(token: bytes, issuer: Issuer) -> tuple[str, int, int, int, bytes]:
    payload = open1(token, issuer, _CWT)
    try:
        claims = strictly(payload)
    except UntrustedSignature:
        raise UnreadableStatusList from None  # signed, and no list all the same
    match claims:
        case {
            2: str(subject),
            6: int(issued),
            4: int(expires),
            65533: {"bits": int(bits), "lst": bytes(packed)},
        }:
            return subject, issued, expires, bits, packed
    raise UnreadableStatusList


def _of_jwt(token: bytes, issuer: Issuer) -> tuple[str, int, int, int, bytes]:
    try:
        claims = json.loads(open_compact(token.decode("ascii"), issuer, _JWT))
        match claims:
            case {
                "sub": str(subject),
                "iat": int(issued),
                "exp": int(expires),
                "status_list": {"bits": int(bits), "lst": str(text)},
            }:
                padded = text + "=" * (-len(text) % 4)
                packed = base64.b64decode(padded, b"-_", validate=True)
                return subject, issued, expires, bits, packed
    except (UnicodeDecodeError, binascii.Error, ValueError, RecursionError):
        raise UnreadableStatusList from None
    raise UnreadableStatusList


def is_due(token: StatusToken, now: datetime) -> bool:
    """Whether a newer list should be asked for."""
    return now - token.issued_at >= timedelta(seconds=KEPT_SECONDS)
