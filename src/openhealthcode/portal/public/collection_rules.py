"""The collection rules: for everybody to read, and for programs."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import RULES, UnknownScene
from openhealthcode.portal.layout import language_of, render
from openhealthcode.portal.public.views import as_data, overview, rule_view
from openhealthcode.standards import NotFound

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "max-age=300",
}


async def show_rules(request: Request) -> Response:
    """Every scene, and what none of them asks."""
    return render(request, "public/rules.html", page=overview(RULES, language_of(request)))


async def show_rule(request: Request) -> Response:
    """The rule of one scene with its notice."""
    try:
        rule = RULES.of(request.path_params["scene"])
    except UnknownScene:
        raise NotFound from None
    return render(request, "public/rule.html", page=rule_view(rule, language_of(request)))


async def tell_rules(request: Request) -> Response:  # noqa: ARG001 - the same for everybody
    """The whole rule set as JSON, in both languages."""
    return Response(
        orjson.dumps(as_data(RULES)), media_type="application/json", headers=dict(_HEADERS)
    )
