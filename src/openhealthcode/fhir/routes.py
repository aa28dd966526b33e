"""What is offered, as one table: the CapabilityStatement follows from its addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from openhealthcode.fhir import documentation, own
from openhealthcode.fhir.capability import NOWHERE, capability
from openhealthcode.fhir.create import create
from openhealthcode.fhir.cross_reference import ihe_pix
from openhealthcode.fhir.delete import delete
from openhealthcode.fhir.documents import document, summary
from openhealthcode.fhir.erasure import attest_erasure, copies_to_erase
from openhealthcode.fhir.everything import everything
from openhealthcode.fhir.export import export, export_file, export_status
from openhealthcode.fhir.feed import process_message
from openhealthcode.fhir.frequent import Frequent
from openhealthcode.fhir.group_export import group_export, group_export_status
from openhealthcode.fhir.history import history
from openhealthcode.fhir.latest import last_n
from openhealthcode.fhir.match import match
from openhealthcode.fhir.patch import patch
from openhealthcode.fhir.read import ReadEntry
from openhealthcode.fhir.search import search, search_compartment
from openhealthcode.fhir.terminology import Definitions
from openhealthcode.fhir.token import TOKEN_PATH, smart_configuration, token
from openhealthcode.fhir.transaction import transaction
from openhealthcode.fhir.update import update, update_by_condition
from openhealthcode.fhir.validate import validate
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
        Frequent("/fhir/{type}/{id}", ReadEntry(), method="GET"),
        Frequent("/fhir/{type}", search, method="GET"),
        Frequent("/fhir/{type}", create, method="POST"),
        Route(f"/fhir{_SMART}", smart_configuration),
        Route("/fhir/Patient/$match", match, methods=["POST"]),
        Route("/fhir/Patient/$ihe-pix", ihe_pix, methods=["GET"]),
        Route("/fhir/Patient/$export", export, methods=["POST"]),
        Route("/fhir/Group/{id}/$export", group_export, methods=["GET", "POST"]),
        Route("/fhir/$group-export-status", group_export_status, methods=["GET"]),
        Route("/fhir/$export-status", export_status, methods=["GET"]),
        Route("/fhir/$export-file", export_file, methods=["GET"]),
        Route("/fhir/Observation/$lastn", last_n, methods=["GET", "POST"]),
        Definitions(),
        Route("/fhir/{type}/_history", history, methods=["GET"]),
        Route("/fhir/{type}/{id}", ReadEntry(), methods=["GET"]),
        Route(
            "/fhir/{type}/{id}/_history/{version}",
            ReadEntry(),
            methods=["GET"],
        ),
        Route(
            "/fhir/{type}/{id}/_history",
            history,
            methods=["GET"],
        ),
        Route("/fhir/_history", history, methods=["GET"]),
        Route("/fhir/Patient/{id}/$everything", everything, methods=["GET", "POST"]),
        Route("/fhir/Patient/{id}/$summary", summary, methods=["GET", "POST"]),
        Route("/fhir/Composition/{id}/$document", document, methods=["GET", "POST"]),
        Route("/fhir/{type}/{id}", update, methods=["PUT"]),
        Route("/fhir/{type}/{id}", patch, methods=["PATCH"]),
        Route("/fhir/{type}/{id}", delete, methods=["DELETE"]),
        Route("/fhir/$copies-to-erase", copies_to_erase, methods=["GET"]),
        Route("/fhir/$attest-erasure", attest_erasure, methods=["POST"]),
        Route("/fhir/$process-message", process_message, methods=["POST"]),
        Route("/fhir/metadata", capability),
        Route("/fhir/{type}", search, methods=["GET"]),
        Route("/fhir/{type}/_search", search, methods=["POST"]),
        Route("/fhir/Patient/{id}/{type}/_search", search_compartment, methods=["POST"]),
        Route("/fhir/Patient/{id}/{type}", search_compartment, methods=["GET"]),
        Route("/fhir/{type}/$validate", validate, methods=["POST"]),
        Route("/fhir/{type}/{id}/$validate", validate, methods=["POST"]),
        Route("/fhir/{type}", create, methods=["POST"]),
        Route("/fhir/{type}", update_by_condition, methods=["PUT"]),
        Route("/fhir/{type}", patch, methods=["PATCH"]),
        Route("/fhir/{type}", delete, methods=["DELETE"]),
        Route("/fhir", transaction, methods=["POST"]),
        Route("/fhir/", transaction, methods=["POST"]),
        Route("/fhir", nothing_here, name=NOWHERE, methods=_EVERY_METHOD),
        Route("/fhir/{rest:path}", nothing_here, name=NOWHERE, methods=_EVERY_METHOD),
        Route(_SMART, smart_configuration),
        Route(TOKEN_PATH, token, methods=["POST"]),
        *documentation.routes(),
        *own.routes(),
    ]


def is_answered_here(path: str) -> bool:
    """Whether failures at this address are told in the manner of FHIR rather than as a page."""
    return path == "/fhir" or path.startswith(("/fhir/", "/oauth/", f"{own.BELOW}/"))


async def nothing_here(request: Request) -> Response:
    """Tell an address that does not exist from one that offers other interactions.

    Raises:
        MethodNotAllowed: the address exists.
        NotFound: it does not.
    """
    others: set[str] = set()
    for route in _each(request.app.routes):
        if isinstance(route, Route) and route.endpoint is not nothing_here:
            match, _ = route.matches(request.scope)
            if match is not Match.NONE:
                others |= route.methods or set()
    if others:
        raise MethodNotAllowed(frozenset(others))
    raise NotFound


def _each(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Routes, and those behind one door."""
    for route in routes:
        yield from route.routes if isinstance(route, Definitions) else (route,)
