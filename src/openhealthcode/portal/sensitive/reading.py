"""The map in force, for everybody: what betrays which kind, why, by whose word, who reviewed it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from openhealthcode.portal.layout import PLAIN, platform_of, render
from openhealthcode.portal.sensitive.views import by_category
from openhealthcode.terminology import SensitiveMap, in_force, write_map


async def show_map(request: Request) -> Response:
    """The page."""
    found = await _in_force(request)
    return render(
        request, "sensitive/map.html", edition=found.edition, rows=by_category(found.rows)
    )


async def tell_map(request: Request) -> Response:
    """The same as the text a reviewer would edit."""
    found = await _in_force(request)
    return PlainTextResponse(
        write_map(found.edition, found.rows),
        media_type="application/toml",
        headers=PLAIN.headers(),
    )


async def _in_force(request: Request) -> SensitiveMap:
    platform = platform_of(request)
    return await in_force(platform.pool, platform.keys)
