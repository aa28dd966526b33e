"""A certified terminal says who asks: a short-lived assertion over one question, good once.

It names the terminal, the operator, the digest of the code and the uses that are asked for, so that
it can be put before no other question. What the terminal may ask for it does not say: that is
written in the registry.

Source: RFC 7523, 3, as for institutions' systems; the claims ``code``, ``uses`` and ``operator``
are this project's.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jwk, jws
from joserfc.errors import JoseError

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.registry import Terminal
from openhealthcode.sign_in.systems import store
from openhealthcode.sign_in.systems.errors import InvalidClient
from openhealthcode.standards import CodeUse, NotFound
from openhealthcode.standards.ids import PractitionerId, TerminalId
from openhealthcode.trust import Keys

_LIFETIME_SECONDS: Final = 60
_CLOCK_SECONDS: Final = 5
_LONGEST: Final = 4096
_LONGEST_ID: Final = 128


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    exp: float
    jti: str
    code: str
    uses: list[str]
    operator: str


_CLAIMS = msgspec.json.Decoder(_Claims)


@dataclass(frozen=True, slots=True)
class ProvenTerminal:
    """A terminal that signed this question, and who operates it."""

    terminal: Terminal
    operator_id: PractitionerId


def code_digest(code: str) -> str:
    """How an assertion names the code: base64url of the SHA-256 of its text as sent."""
    return urlsafe_b64encode(hashlib.sha256(code.encode()).digest()).decode().rstrip("=")


async def proven_terminal(
    pool: Pool, keys: Keys, assertion: str, *, code: str, uses: Collection[CodeUse], endpoint: str
) -> ProvenTerminal:
    """The certified terminal that signed this question, which is spent by that.

    Args:
        assertion: a JWT (ES256) in compact form.
        code: as sent with it.
        uses: as sent with it.
        endpoint: where the question was sent.

    Raises:
        InvalidClient: it proves nothing; the message says which rule failed.
    """
    if len(assertion) > _LONGEST or not assertion.isascii():
        raise InvalidClient("the assertion is too long or no JWT")
    at = datetime.now(UTC)
    claims = _claims(assertion)
    terminal = await _named_terminal(pool, claims, at)
    _check_signature(assertion, terminal)
    _check_claims(claims, code, uses, endpoint, at.timestamp())
    operator_id = await _operator(pool, claims, terminal)
    spent = keys.blind_index("assertion", f"terminal {terminal.terminal_id}|{claims.jti}")
    forgotten_at = datetime.fromtimestamp(claims.exp + _CLOCK_SECONDS, UTC)
    if not await store.spend_assertion(pool, spent, forgotten_at):
        raise InvalidClient("this assertion was used before")
    return ProvenTerminal(terminal, operator_id)


async def _named_terminal(pool: Pool, claims: _Claims, at: datetime) -> Terminal:
    """The terminal the unverified assertion names; only its own key can make that true."""
    try:
        found = await registry.terminal(pool, TerminalId(UUID(claims.iss)))
    except (ValueError, NotFound):
        raise InvalidClient("the assertion names no certified terminal") from None
    if not found.is_certified(at):
        raise InvalidClient("this terminal is suspended, or its certification is over")
    return found


def _check_signature(assertion: str, terminal: Terminal) -> None:
    try:
        key = jwk.ECKey.import_key(dict(terminal.jwk))
        jws.deserialize_compact(assertion, key, ["ES256"])
    except (JoseError, ValueError):
        raise InvalidClient("the terminal's key has not signed this assertion so") from None


def _claims(assertion: str) -> _Claims:
    try:
        return _CLAIMS.decode(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        raise InvalidClient(
            "the assertion is no JWT with iss, aud, exp, jti, code, uses, operator"
        ) from None


def _check_claims(
    claims: _Claims, code: str, uses: Collection[CodeUse], endpoint: str, now: float
) -> None:
    if claims.aud != endpoint:
        raise InvalidClient("the assertion is not meant for this address")
    if claims.exp <= now:
        raise InvalidClient("the assertion has expired; is the clock right?")
    if claims.exp > now + _LIFETIME_SECONDS + _CLOCK_SECONDS:
        raise InvalidClient("the assertion is good for more than a minute")
    if not 0 < len(claims.jti) <= _LONGEST_ID:
        raise InvalidClient("the assertion's id is missing or too long")
    if claims.code != code_digest(code) or sorted(claims.uses) != sorted(uses):
        raise InvalidClient("the assertion is over another question")


async def _operator(pool: Pool, claims: _Claims, terminal: Terminal) -> PractitionerId:
    """Who operates the terminal: somebody of its institution."""
    try:
        operator = await registry.practitioner(pool, PractitionerId(UUID(claims.operator)))
    except (ValueError, NotFound):
        raise InvalidClient("the operator is nobody who is registered") from None
    if operator.institution_id != terminal.institution_id or not operator.may_have_account:
        raise InvalidClient("the operator is nobody of the terminal's institution")
    return operator.practitioner_id
