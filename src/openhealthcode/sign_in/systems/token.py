"""The token endpoint: a signed assertion in, an opaque access token of five minutes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.model import AccessToken, Scope
from openhealthcode.sign_in.systems import store
from openhealthcode.sign_in.systems.assertion import ALGORITHMS, proven_system
from openhealthcode.sign_in.systems.errors import (
    InvalidScope,
    InvalidTokenRequest,
    UnsupportedGrant,
)
from openhealthcode.sign_in.systems.scopes import grant, parse_scopes
from openhealthcode.sign_in.token import TokenKind, new_token, token_key
from openhealthcode.trust import Keys

__all__ = ["ALGORITHMS", "issue_token"]

_LIFETIME_SECONDS: Final = 300
_GRANT: Final = "client_credentials"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_SCOPE: Final = 4096


async def issue_token(
    pool: Pool, keys: Keys, form: Mapping[str, str], endpoint: str
) -> AccessToken:
    """Answer a token request.

    Args:
        pool: the database.
        keys: the installation's.
        form: the fields of the request's form.
        endpoint: this token endpoint's own public URL, which the assertion must be meant for.

    Raises:
        InvalidTokenRequest: a field is missing or of the wrong form.
        UnsupportedGrant: another grant than client credentials.
        InvalidClient: the assertion proves no active system.
        InvalidScope: nothing that is asked for is known and allowed.
    """
    asked = _asked(form)
    at = datetime.now(UTC)
    system = await proven_system(pool, keys, form["client_assertion"], endpoint, at)
    granted = grant(asked, parse_scopes(" ".join(system.scopes)))
    if not granted:
        raise InvalidScope
    token = new_token()
    key = token_key(keys, TokenKind.ACCESS, token)
    expires_at = at + timedelta(seconds=_LIFETIME_SECONDS)
    async with transaction(pool, lookup=(key,)) as connection:
        await store.add_token(connection, key, system.system_id, granted, expires_at)
    return AccessToken(token, _LIFETIME_SECONDS, " ".join(sorted(map(str, granted))))


def _asked(form: Mapping[str, str]) -> frozenset[Scope]:
    """The scopes of a well-formed request."""
    if "grant_type" not in form:
        raise InvalidTokenRequest("grant_type is missing")
    if form["grant_type"] != _GRANT:
        raise UnsupportedGrant
    if form.get("client_assertion_type") != _ASSERTION_TYPE or "client_assertion" not in form:
        raise InvalidTokenRequest("client_assertion_type and client_assertion are needed")
    scope = form.get("scope", "")
    if len(scope) > _LONGEST_SCOPE:
        raise InvalidTokenRequest("scope is too long")
    asked = parse_scopes(scope)
    if not asked:
        raise InvalidScope
    return asked
