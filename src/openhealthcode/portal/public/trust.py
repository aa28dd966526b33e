"""Who may sign health codes: a page for people, and the lists for whoever checks codes.

All of it is public. Lists and tokens are signed; what the page says is for reading, not for relying.
"""

from __future__ import annotations

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import trust
from openhealthcode.access import carried
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.public.trust_view import old_lists, trust_view
from openhealthcode.standards import NotFound
from openhealthcode.trust import NoTrustList

_KEPT: Final = "public, max-age=60"
_CWT: Final = "application/statuslist+cwt"
_JWT: Final = "application/statuslist+jwt"


async def show_trust(request: Request) -> Response:
    """Who is believed, until when, by whose word, and every list there was."""
    platform = platform_of(request)
    view = await trust_view(platform.pool, platform.keys)
    return render(request, "public/trust.html", view=view, old=old_lists())


async def tell_list(request: Request) -> Response:
    """The newest list as its bytes (CBOR).

    Raises:
        NoTrustList: there is none.
    """
    document = await trust.list_document(platform_of(request).pool)
    return _told(request, document, "application/cbor")


async def tell_roots(request: Request) -> Response:
    """The national roots, for another region to admit once the fingerprints were compared.

    Raises:
        NoTrustList: there are none.
    """
    national = platform_of(request).keys.authorities.get(trust.NATIONAL)
    if national is None:
        raise NoTrustList
    return _told(request, trust.write_authority(national).encode(), "application/json")


async def tell_status(request: Request) -> Response:
    """The newest list of revoked codes of a key: CWT, or JWT to who asks for that.

    Raises:
        NotFound: there is none.
    """
    try:
        name = bytes.fromhex(request.path_params["key"])
    except ValueError:
        raise NotFound from None
    pool = platform_of(request).pool
    cwt, jwt = await trust.status_document(pool, request.path_params["region"], name)
    wants_jwt = _JWT in request.headers.get("accept", "")
    if jwt and (wants_jwt or not cwt):
        return _told(request, jwt.encode(), _JWT)
    return _told(request, cwt, _CWT)


async def tell_bundle(request: Request) -> Response:
    """Everything a desk takes along, in one file."""
    platform = platform_of(request)
    taken = await trust.bundle(platform.pool, platform.keys)
    return _told(request, trust.write_bundle(taken), "application/json")


async def tell_keys(request: Request) -> Response:
    """The region's own public keys on the list, as a JWK Set (RFC 7517)."""
    platform = platform_of(request)
    try:
        listed = await trust.current(platform.pool, platform.keys)
    except NoTrustList:
        keys = []
    else:
        region = platform.keys.issuers.region
        own = [one for one in listed.issuers.values() if one.region == region]
        keys = trust.write_jwks(own)["keys"]
    keys = [*keys, carried.card_jwk(platform.keys)]
    return _told(request, orjson.dumps({"keys": keys}), "application/json")


def _told(request: Request, data: bytes, media_type: str) -> Response:
    """The bytes, or that they have not changed; any page of any origin may read them."""
    tag = f'"{trust.sha256(data).hex()[:32]}"'
    headers = {
        "Cache-Control": _KEPT,
        "ETag": tag,
        "Vary": "Accept",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)
