"""SMART Health Links as the standard serves them: manifest, single file, and a page that opens one.

What is answered is encrypted; the key is after the ``#`` of the link, which no browser sends. Anybody
may ask from any page: there is no session, and what counts is the link itself.

Source: SMART Health Cards and Links 1.0.0, "SMART Health Link Manifest Request".
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openhealthcode.access import carried, links
from openhealthcode.access.links import LinkOver, OpenedLink, WrongPasscode
from openhealthcode.operations import note_refusal
from openhealthcode.portal.layout import language_of, platform_of, render, site_of
from openhealthcode.portal.layout.language import Language
from openhealthcode.standards import HealthCodeError, InvalidInput, TooManyAttempts

_LARGEST_REQUEST: Final = 16 * 1024
_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def routes() -> list[BaseRoute]:
    """The addresses links lead to."""
    return [
        Route("/shl/file/{name}", give_file, methods=["GET"]),
        Route("/shl/{secret}", open_manifest, methods=["POST"]),
        Route("/shl/{secret}", open_directly, methods=["GET"]),
        Route("/shl/{secret}", say_who_may_ask, methods=["OPTIONS"]),
    ]


async def show_viewer(request: Request) -> Response:
    """The page that opens a link in the browser; what it shows never passes through here in clear."""
    return render(request, "public/link.html")


async def open_manifest(request: Request) -> Response:
    """What a link shares, encrypted; each opening is in the resident's log."""
    try:
        asked = await _asked(request)
        recipient, passcode = asked.get("recipient", ""), asked.get("passcode")
        most = asked.get("embeddedLengthMax")
        if not isinstance(recipient, str) or not isinstance(passcode, str | None):
            raise InvalidInput("recipient and passcode are texts")
        if isinstance(most, bool) or not isinstance(most, int | None):
            raise InvalidInput("embeddedLengthMax is a number")
        opened = await _open(request, recipient, passcode, is_direct=False)
        return _answer(await _manifest(request, opened, most))
    except HealthCodeError as error:
        return _refused(request, error)


async def open_directly(request: Request) -> Response:
    """The one file of a link without a manifest."""
    recipient = request.query_params.get("recipient", "")
    try:
        opened = await _open(request, recipient, None, is_direct=True)
    except HealthCodeError as error:
        return _refused(request, error)
    return Response(opened.file, media_type="application/jose", headers=_HEADERS)


async def give_file(request: Request) -> Response:
    """A file of a manifest, once."""
    try:
        content = await links.link_file(platform_of(request).pool, request.path_params["name"])
    except HealthCodeError as error:
        return _refused(request, error)
    return Response(content, media_type="application/jose", headers=_HEADERS)


async def say_who_may_ask(request: Request) -> Response:  # noqa: ARG001 - the same for all
    """Any page of any site may."""
    return Response(status_code=204, headers=_HEADERS)


async def _open(
    request: Request, recipient: str, passcode: str | None, *, is_direct: bool
) -> OpenedLink:
    platform = platform_of(request)
    site = site_of(request)
    issuer = carried.card_issuer(
        platform.keys,
        address=site,
        name=site.partition("://")[2],
        language="en" if language_of(request) is Language.ENGLISH else "zh-CN",
    )
    return await links.open_link(
        platform.pool,
        platform.keys,
        request.path_params["secret"],
        recipient=recipient,
        passcode=passcode,
        is_direct=is_direct,
        issuer=issuer,
    )


async def _manifest(request: Request, opened: OpenedLink, most: int | None) -> dict[str, Any]:
    """A list of one file: inside it, or at an address that works once."""
    told: dict[str, Any] = {
        "contentType": opened.content_type,
        "status": "can-change" if opened.is_long_term else "finalized",
    }
    if opened.content_type == links.FHIR:
        told["fhirVersion"] = "4.0.1"
    if most is not None and len(opened.file) > most:
        name = await links.keep_file(platform_of(request).pool, opened.file)
        return {"files": [told | {"location": f"{site_of(request)}/shl/file/{name}"}]}
    return {"files": [told | {"embedded": opened.file}]}


async def _asked(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_REQUEST:
            raise InvalidInput("a manifest is asked for in a few words")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidInput("a manifest is asked for in JSON") from None
    if not isinstance(asked, dict):
        raise InvalidInput("a manifest is asked for with an object")
    return asked


def _refused(request: Request, error: HealthCodeError) -> Response:
    note_refusal(request, type(error).code)
    match error:
        case WrongPasscode():
            return _answer({"remainingAttempts": error.left}, 401)
        case LinkOver():
            return _answer({"error": LinkOver.code}, 404)
        case TooManyAttempts():
            answer = _answer({"error": TooManyAttempts.code}, 429)
            answer.headers["Retry-After"] = "3600"
            return answer
        case InvalidInput():
            return _answer({"error": InvalidInput.code}, 400)
    raise error


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, _HEADERS, "application/json")
