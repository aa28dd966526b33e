"""Anybody checks a health card or certificate: what it says, who vouches, and what it says besides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import credential
from openhealthcode.access import carried
from openhealthcode.credential import Issuers, Read
from openhealthcode.portal.layout import keys_at, platform_of, read_form, render, site_of
from openhealthcode.standards import HealthCodeError, NotFound

_MOST_BYTES: Final = 32 * 1024
_KEPT: Final = "public, max-age=300"


async def show_check(request: Request) -> Response:
    """The field to scan or paste into."""
    return render(request, "public/credentials.html", checked=None, problem="")


async def check(request: Request) -> Response:
    """Say what was pasted and who vouches for it; nothing of it is stored or logged."""
    form = await read_form(request, most_bytes=_MOST_BYTES)
    try:
        checked = await checked_credential(request, form.text("credential"))
    except HealthCodeError as error:
        code = error.code if error.code.startswith("credential-") else "credential-unreadable"
        return render(request, "public/credentials.html", status=422, checked=None, problem=code)
    return render(request, "public/credentials.html", checked=checked, problem="")


async def checked_credential(request: Request, text: str) -> Read:
    """A scanned card or certificate, checked against everybody who is believed here.

    Raises:
        HealthCodeError: it is not to be believed, and why.
    """
    return credential.read(text, await _issuers(request), datetime.now(UTC))


async def tell_revoked(request: Request) -> Response:
    """The names of revoked cards, as the standard publishes them (Card Revocation List).

    Raises:
        NotFound: no key of that name signs cards here.
    """
    platform = platform_of(request)
    kid = carried.card_key(platform.keys).thumbprint
    if request.path_params["kid"] != kid:
        raise NotFound
    revoked = await carried.revoked_cards(platform.pool)
    content = {"kid": kid, "method": "rid", "ctr": max(1, len(revoked)), "rids": revoked}
    headers = {
        "Cache-Control": _KEPT,
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")


async def _issuers(request: Request) -> Issuers:
    platform, site = platform_of(request), site_of(request)
    return await carried.believed_issuers(
        platform.pool,
        platform.keys,
        keys_at(request),
        address=site,
        name=site.partition("://")[2],
    )
