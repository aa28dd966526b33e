"""``POST /oauth/token`` and where clients learn of it: SMART Backend Services.

Source: HL7 SMART App Launch 2.2, Backend Services and Conformance; RFC 6749, 5; RFC 7523.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openhealthcode.fhir.negotiation import read_form
from openhealthcode.fhir.outcome import answer_of
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.sign_in import systems
from openhealthcode.sign_in.systems import InvalidTokenRequest, TokenRefused
from openhealthcode.standards import InvalidInput, TooLarge

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - an address
_FORM: Final = "application/x-www-form-urlencoded"
_LARGEST_FORM_BYTES: Final = 32_768
_NEVER_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def token(request: Request) -> Response:
    """Give an access token for a signed assertion, or RFC 6749's word for why not."""
    platform = platform_of(request.scope)
    try:
        form = await _form(request)
        given = await systems.issue_token(
            platform.pool, platform.keys, form, public_url(request.scope) + TOKEN_PATH
        )
    except TokenRefused as refused:
        _, status, _ = answer_of(refused)
        error = {"error": refused.oauth_error, "error_description": str(refused)}
        return JSONResponse(error, status, _NEVER_KEPT)
    answer = {
        "access_token": given.token,
        "token_type": "bearer",
        "expires_in": given.expires_in_seconds,
        "scope": given.scope,
    }
    return JSONResponse(answer, headers=_NEVER_KEPT)


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise InvalidTokenRequest(f"a token request is sent as {_FORM}")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM_BYTES:
            raise TooLarge
    try:
        pairs = read_form(body)
    except InvalidInput:
        raise InvalidTokenRequest("the form cannot be read") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise InvalidTokenRequest("a parameter occurs twice (RFC 6749, 3.2)")
    return form


async def smart_configuration(request: Request) -> Response:
    """What a client needs to know to get a token; public."""
    return JSONResponse(
        {
            "token_endpoint": public_url(request.scope) + TOKEN_PATH,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(systems.ALGORITHMS),
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": ["system/*.crs", "system/*.rs"],
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        },
        headers={"Access-Control-Allow-Origin": "*"},
    )
