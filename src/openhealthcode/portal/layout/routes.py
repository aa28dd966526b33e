"""What every audience's pages share over HTTP: assets and preferences."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from openhealthcode.portal.layout.assets import serve_asset, serve_icon
from openhealthcode.portal.layout.pages import page_route
from openhealthcode.portal.layout.preferences import choose_language, choose_text_size


def routes() -> list[BaseRoute]:
    """The routes every page relies on."""
    return [
        Route("/static/{digest}/{name:path}", serve_asset, name="asset"),
        Route("/favicon.ico", serve_icon),
        page_route("/language", choose_language, methods=("POST",)),
        page_route("/text-size", choose_text_size, methods=("POST",)),
    ]
