"""What is offered, as one table: the CapabilityStatement follows from the names of the routes."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from openhealthcode.fhir import documentation
from openhealthcode.fhir.capability import ROUTE_NAME, capability
from openhealthcode.fhir.consent import update
from openhealthcode.fhir.create import create
from openhealthcode.fhir.cross_reference import ihe_pix
from openhealthcode.fhir.erasure import attest_erasure, copies_to_erase
from openhealthcode.fhir.feed import process_message
from openhealthcode.fhir.match import match
from openhealthcode.fhir.read import ReadEntry
from openhealthcode.fhir.search import search
from openhealthcode.fhir.token import TOKEN_PATH, smart_configuration, token
from openhealthcode.fhir.transaction import transaction
from openhealthcode.standards import HealthCodeError, NotFound

_EVERY_METHOD: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_SMART: Final = "/.well-known/smart-configuration"


class MethodNotAllowed(HealthCodeError):
    """This address does not offer that interaction."""

    code = "method-not-allowed"

    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__()
        self.allowed = allowed
        """The methods it does offer."""


def routes() -> list[BaseRoute]:
    """Everything systems and their makers call; expects ``app.state.platform``."""
    return [
        Route(f"/fhir{_SMART}", smart_configuration),
        Route("/fhir/Patient/$match", match, methods=["POST"]),
        Route("/fhir/Patient/$ihe-pix", ihe_pix, methods=["GET"]),
        Route("/fhir/{type}/{id}", ReadEntry(), name=ROUTE_NAME + "read", methods=["GET"]),
        Route(
            "/fhir/{type}/{id}/_history/{version}",
            ReadEntry(),
            name=ROUTE_NAME + "vread",
            methods=["GET"],
        ),
        Route("/fhir/Consent/{id}", update, name=ROUTE_NAME + "update", methods=["PUT"]),
        Route("/fhir/$copies-to-erase", copies_to_erase, methods=["GET"]),
        Route("/fhir/$attest-erasure", attest_erasure, methods=["POST"]),
        Route("/fhir/$process-message", process_message, methods=["POST"]),
        Route("/fhir/metadata", capability, name=ROUTE_NAME + "capabilities"),
        Route("/fhir/{type}", search, name=ROUTE_NAME + "search-type", methods=["GET"]),
        Route("/fhir/{type}/_search", search, methods=["POST"]),
        Route("/fhir/{type}", create, name=ROUTE_NAME + "create", methods=["POST"]),
        Route("/fhir", transaction, name=ROUTE_NAME + "transaction", methods=["POST"]),
        Route("/fhir/", transaction, methods=["POST"]),
        Route("/fhir", nothing_here, methods=_EVERY_METHOD),
        Route("/fhir/{rest:path}", nothing_here, methods=_EVERY_METHOD),
        Route(_SMART, smart_configuration),
        Route(TOKEN_PATH, token, methods=["POST"]),
        *documentation.routes(),
    ]


def is_answered_here(path: str) -> bool:
    """Whether failures at this address are told in the manner of FHIR rather than as a page."""
    return path == "/fhir" or path.startswith(("/fhir/", "/oauth/"))


async def nothing_here(request: Request) -> Response:
    """Tell an address that does not exist from one that offers other interactions.

    Raises:
        MethodNotAllowed: the address exists.
        NotFound: it does not.
    """
    others: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.endpoint is not nothing_here:
            match, _ = route.matches(request.scope)
            if match is not Match.NONE:
                others |= route.methods or set()
    if others:
        raise MethodNotAllowed(frozenset(others))
    raise NotFound
