"""Why the token endpoint refuses; ``oauth_error`` is the word RFC 6749, 5.2 has for it."""

from __future__ import annotations

from typing import ClassVar

from openhealthcode.standards import HealthCodeError


class TokenRefused(HealthCodeError):
    """No access token is given for this request."""

    code = "token-refused"
    oauth_error: ClassVar[str] = "invalid_request"


class InvalidTokenRequest(TokenRefused):
    """The token request lacks a parameter, or has one of the wrong form."""

    code = "token-request-malformed"


class UnsupportedGrant(TokenRefused):
    """Only client credentials with a signed assertion are accepted."""

    code = "grant-unsupported"
    oauth_error = "unsupported_grant_type"


class InvalidClient(TokenRefused):
    """The assertion does not prove a registered system."""

    code = "client-unproven"
    oauth_error = "invalid_client"


class InvalidScope(TokenRefused):
    """None of the scopes asked for is known and allowed for this system."""

    code = "scope-refused"
    oauth_error = "invalid_scope"
