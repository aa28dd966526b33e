"""The registrar's pages on invented values, so that they can be looked at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import CounterIdentity
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.sign_in import BindingProof, PendingBinding
from openhealthcode.standards.ids import ResidentId

PENDING = PendingBinding(
    ResidentId(uuid4()), "139****5678", datetime.now(UTC) + timedelta(minutes=12)
)
COMPARED = {
    "number": "482913",
    "who": CounterIdentity("李**", ("880105********002X", "E12*****78")),
    "pending": PENDING,
    "proofs": tuple(BindingProof),
}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/registrar/sign-in": ("sign_in", {"account": "", "problem": ""}),
    "/registrar/sign-in/wrong": ("sign_in", {"account": "A0217", "problem": "wrong"}),
    "/registrar": ("number", {"problem": ""}),
    "/registrar/unknown": ("number", {"problem": "unknown"}),
    "/registrar/binding": ("compare", COMPARED),
    "/registrar/binding/hostile": (
        "compare",
        COMPARED | {"who": CounterIdentity("<b>x</b>\u202e**", ("<i>1</i>",))},
    ),
    "/registrar/binding/done": ("done", {}),
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"registrar/{template}.html", **values)

    return Starlette(routes=[*routes(), *(layout.page_route(path, page) for path in PAGES)])
