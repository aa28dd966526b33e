"""``/openapi.json`` and ``/docs``: what there is beside FHIR, for programs and for people.

The page is made from the same file that programs read. FHIR describes itself, at
``/fhir/metadata``; its addresses are listed for programs as they are routed.

Source: OpenAPI Specification 3.1.1.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from openhealthcode.fhir import own
from openhealthcode.fhir.documentation.addresses import fhir_paths, security_schemes
from openhealthcode.fhir.outcome import prefers_chinese
from openhealthcode.fhir.platform import public_url

_FOLDER: Final = files("openhealthcode.fhir.documentation")
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_TEMPLATES: Final = Environment(
    loader=PackageLoader("openhealthcode.fhir", "documentation"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def routes() -> list[BaseRoute]:
    """The description and the page made from it."""
    return [
        Route("/openapi.json", openapi, name="openapi"),
        Route("/docs", page, name="docs"),
        Route("/docs/style.css", style, name="docs-style"),
    ]


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description without the address of this installation."""
    described: dict[str, Any] = orjson.loads(_FOLDER.joinpath("openapi.json").read_bytes())
    return described


async def openapi(request: Request) -> Response:
    """The description, for programs: what is beside FHIR in words, FHIR's own addresses as routed."""
    described = description()
    components = described["components"] | {"securitySchemes": security_schemes(own.COOKIE)}
    paths = fhir_paths(request.app.routes, "/fhir", own.BELOW)
    servers = [{"url": public_url(request.scope)}]
    whole = {"paths": paths | described["paths"], "components": components, "servers": servers}
    return JSONResponse(described | whole)


async def page(request: Request) -> Response:
    """The same, for people, in Chinese or English; no script, nothing from elsewhere."""
    language = "zh" if prefers_chinese(request.headers.get("accept-language", "")) else "en"
    text = _TEMPLATES.get_template("page.html").render(
        described=description(), language=language, url=public_url(request.scope)
    )
    return Response(text, media_type="text/html", headers={"Content-Security-Policy": _PAGE_POLICY})


async def style(_: Request) -> Response:
    """How the page looks."""
    return Response(
        _FOLDER.joinpath("style.css").read_text(encoding="utf-8"), media_type="text/css"
    )
