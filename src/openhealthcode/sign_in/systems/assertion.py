"""Check a client's signed assertion (RFC 7523, 3; SMART Backend Services).

Signed with a registered key and an accepted algorithm; issuer and subject are the system; meant
for this token endpoint; not older than five minutes ahead; never used before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jwk, jws
from joserfc.errors import JoseError

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.registry import System
from openhealthcode.sign_in.systems import store
from openhealthcode.sign_in.systems.errors import InvalidClient
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import SystemId
from openhealthcode.trust import Keys

ALGORITHMS: Final = ("ES256", "ES384", "RS384")
"""ES384 and RS384 are what SMART asks every server to accept; ES256 is what most keys are."""

_LONGEST_LIFETIME_SECONDS: Final = 300
_CLOCK_SECONDS: Final = 5
"""How far the client's clock may be ahead."""
_LONGEST: Final = 8192
_LONGEST_ID: Final = 128


class _Claims(msgspec.Struct, frozen=True):
    """The claims of RFC 7523, 3; times in seconds since 1970."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    jti: str
    nbf: float = 0
    iat: float = 0


_CLAIMS = msgspec.json.Decoder(_Claims)


async def proven_system(
    pool: Pool, keys: Keys, assertion: str, endpoint: str, at: datetime
) -> System:
    """The active system that signed this assertion, which is spent by that.

    Raises:
        InvalidClient: it proves nothing; the message says which rule failed.
    """
    if len(assertion) > _LONGEST or not assertion.isascii():
        raise InvalidClient("the assertion is too long or no JWT")
    system = await _named_system(pool, assertion)
    _check_signature(assertion, system)
    claims = _claims(assertion)
    _check_claims(claims, endpoint, at.timestamp())
    assertion_key = keys.blind_index("assertion", f"{system.system_id}|{claims.jti}")
    forgotten_at = datetime.fromtimestamp(claims.exp + _CLOCK_SECONDS, UTC)
    if not await store.spend_assertion(pool, assertion_key, forgotten_at):
        raise InvalidClient("this assertion was used before")
    return system


async def _named_system(pool: Pool, assertion: str) -> System:
    """The system the unverified assertion names; only its own keys can make that true."""
    try:
        system = await registry.system(pool, SystemId(UUID(_claims(assertion).iss)))
    except (ValueError, NotFound):
        raise InvalidClient("the assertion names no registered system") from None
    if not system.is_active:
        raise InvalidClient("this system is suspended")
    return system


def _check_signature(assertion: str, system: System) -> None:
    try:
        keys = jwk.KeySet.import_key_set({"keys": [dict(key) for key in system.jwks["keys"]]})
        jws.deserialize_compact(assertion, keys, list(ALGORITHMS))
    except (JoseError, ValueError):
        raise InvalidClient("no registered key has signed this assertion so") from None


def _claims(assertion: str) -> _Claims:
    try:
        return _CLAIMS.decode(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        raise InvalidClient("the assertion is no JWT with iss, sub, aud, exp and jti") from None


def _check_claims(claims: _Claims, endpoint: str, now: float) -> None:
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != claims.sub:
        raise InvalidClient("issuer and subject are not the same system")
    if endpoint not in audiences:
        raise InvalidClient("the assertion is not meant for this token endpoint")
    if claims.exp <= now:
        raise InvalidClient("the assertion has expired; is the clock right?")
    if claims.exp > now + _LONGEST_LIFETIME_SECONDS + _CLOCK_SECONDS:
        raise InvalidClient("the assertion is good for more than five minutes")
    if max(claims.nbf, claims.iat) > now + _CLOCK_SECONDS:
        raise InvalidClient("the assertion is not good yet; is the clock right?")
    if not 0 < len(claims.jti) <= _LONGEST_ID:
        raise InvalidClient("the assertion's id is missing or too long")
