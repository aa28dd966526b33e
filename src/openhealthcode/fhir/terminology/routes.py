"""The addresses of code systems, value sets, maps and their operations, behind one door.

A request for anybody's record passes this door by with one comparison.
"""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from openhealthcode.fhir.terminology.expand import expand
from openhealthcode.fhir.terminology.lookup import lookup
from openhealthcode.fhir.terminology.read import read
from openhealthcode.fhir.terminology.search import search
from openhealthcode.fhir.terminology.subsumes import subsumes
from openhealthcode.fhir.terminology.translate import translate
from openhealthcode.fhir.terminology.validate_code import in_code_system, in_value_set

TYPES: Final = ("CodeSystem", "ConceptMap", "NamingSystem", "ValueSet")
_OPERATIONS: Final = {
    "CodeSystem/$lookup": lookup,
    "CodeSystem/$validate-code": in_code_system,
    "CodeSystem/{id}/$validate-code": in_code_system,
    "CodeSystem/$subsumes": subsumes,
    "CodeSystem/{id}/$subsumes": subsumes,
    "ValueSet/$expand": expand,
    "ValueSet/{id}/$expand": expand,
    "ValueSet/$validate-code": in_value_set,
    "ValueSet/{id}/$validate-code": in_value_set,
    "ConceptMap/$translate": translate,
    "ConceptMap/{id}/$translate": translate,
}
OPERATIONS: Final = tuple(_OPERATIONS)
"""What can be asked, by type: for the CapabilityStatement."""


class Definitions(BaseRoute):
    """Every address of definitions; others are none of its business."""

    def __init__(self) -> None:
        self.routes: list[BaseRoute] = [
            *(
                Route(f"/fhir/{path}", operation, methods=["GET", "POST"])
                for path, operation in _OPERATIONS.items()
            ),
            *(route for type_ in TYPES for route in _of_type(type_)),
        ]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The address and the method, or nothing at all."""
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(_BEGINNINGS):
            for route in self.routes:
                match, inner = route.matches(scope)
                if match is Match.FULL:
                    return match, inner
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the one that matched answer."""
        for route in self.routes:
            if route.matches(scope)[0] is Match.FULL:
                await route.handle(scope, receive, send)
                return


_BEGINNINGS: Final = tuple(f"/fhir/{type_}" for type_ in TYPES)


def _of_type(type_: str) -> list[BaseRoute]:
    of_type = {"type": type_}
    return [
        _Typed(f"/fhir/{type_}/{{id}}", read, of_type),
        _Typed(f"/fhir/{type_}", search, of_type),
    ]


class _Typed(Route):
    """A route whose type stands in its address."""

    def __init__(self, path: str, endpoint: object, parameters: dict[str, str]) -> None:
        super().__init__(path, endpoint, methods=["GET"])  # type: ignore[arg-type] # an ASGI class
        self._parameters = parameters

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As its route, with the type among the parameters."""
        match, inner = super().matches(scope)
        if match is not Match.NONE:
            inner["path_params"] |= self._parameters
        return match, inner
